import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** A complete answer, before it goes out. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What goes wrong. Milliseconds throughout. */
export type FaultKind =
  /** Answers rightly, but late. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** Resets the connection (RST). */
  | { readonly kind: "reset" }
  | { readonly kind: "unavailable" }
  | { readonly kind: "internal-error" }
  | { readonly kind: "throttle" }
  /** A login page with status 200, as hotels have it. */
  | { readonly kind: "html" }
  | { readonly kind: "truncated-xml" }
  | { readonly kind: "empty" }
  /** Says that the body is longer than it is, then ends the connection. */
  | { readonly kind: "wrong-length" }
  /** The right answer, one byte at a time. */
  | { readonly kind: "trickle"; readonly milliseconds: number }
  /** 302 to a login page. */
  | { readonly kind: "captive-portal"; readonly location?: string };

export type Fault = FaultKind & {
  /** The action it strikes; `*`, the default, strikes any. */
  readonly action?: string;
  /** How many requests it strikes; 1 by default, `Infinity` until it is cleared. */
  readonly times?: number;
  /**
   * When it strikes: `before`, the default, AWS never acted on the request; `after`, AWS did (the code is used up, the
   * session exists) and the answer was lost. Delay, trickle, wrong length and truncation always act.
   */
  readonly when?: "before" | "after";
};

/** The faults still to come, first set first struck. */
export class Faults {
  #waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** How many strikes are left. */
  left(): number {
    return this.#waiting.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault that strikes this request, used up by one. */
  take(action: string): Fault | undefined {
    const found = this.#waiting.find(({ fault }) => (fault.action ?? "*") === "*" || fault.action === action);
    if (!found) return undefined;
    found.left -= 1;
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    return found.fault;
  }
}

/** Whether the request is carried out at all. */
export function actsFirst(fault: Fault | undefined): boolean {
  if (!fault || fault.when === "after") return true;
  return ["delay", "trickle", "wrong-length", "truncated-xml"].includes(fault.kind);
}

/** Answers in the fault's way. `errorAnswer` makes an error in the service's own XML. */
export async function strike(
  fault: Fault,
  answer: Answer,
  response: ServerResponse,
  errorAnswer: (code: string, status: number, message: string) => Answer,
): Promise<void> {
  const html =
    "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Sign in &amp; surf</body></html>";
  const page = { "content-type": "text/html" };
  switch (fault.kind) {
    case "delay":
      await sleep(fault.milliseconds, undefined, { ref: false });
      return send(response, answer);
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "unavailable":
      return send(response, errorAnswer("ServiceUnavailable", 503, "Service Unavailable"));
    case "internal-error":
      return send(
        response,
        errorAnswer("InternalFailure", 500, "The request processing has failed because of an unknown error."),
      );
    case "throttle":
      return send(response, errorAnswer("Throttling", 400, "Rate exceeded"));
    case "html":
      return send(response, { status: 200, headers: page, body: html });
    case "truncated-xml":
      return send(response, { ...answer, body: answer.body.slice(0, answer.body.length / 2) });
    case "empty":
      return send(response, { status: 200, headers: {}, body: "" });
    case "captive-portal": {
      const location = fault.location ?? "http://127.0.0.1:1/login";
      return send(response, { status: 302, headers: { ...page, location }, body: html });
    }
    case "wrong-length":
      response.writeHead(answer.status, {
        ...answer.headers,
        "content-length": String(Buffer.byteLength(answer.body) + 100),
      });
      response.write(answer.body, () => response.socket?.destroySoon());
      return;
    case "trickle":
      response.writeHead(answer.status, answer.headers);
      for (const byte of Buffer.from(answer.body)) {
        if (response.destroyed) return;
        response.write(Buffer.of(byte));
        await sleep(fault.milliseconds, undefined, { ref: false });
      }
      response.end();
      return;
  }
}

/** The whole answer with its true length. */
export function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-length": String(Buffer.byteLength(answer.body)),
  });
  response.end(answer.body);
}
