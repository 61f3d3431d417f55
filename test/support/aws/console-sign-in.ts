import { randomBytes } from "node:crypto";
import type { Answer } from "./faults.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { Session } from "./sessions.ts";
import type { RawRequest } from "./sigv4.ts";
import type { State } from "./state.ts";

/** A quarter of an hour. */
const tokenLife = 900_000;

/** What a sign-in token stands for. */
interface SignIn {
  readonly principal: string;
  readonly issuedAt: number;
  /** Seconds; absent: as long as the session. */
  readonly sessionSeconds?: number;
  /** Milliseconds since 1970. */
  readonly sessionEnds: number;
}

/**
 * The console's federation endpoint: a session for a token, and a token for a browser's console. It answers a refusal with a
 * page of status 400 that gives no reason, as AWS does.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 */
export class ConsoleSignIn {
  /** The consoles that were opened: whose, where, and until when. */
  readonly opened: { readonly principal: string; readonly destination: string; readonly endsAt: number }[] =
    [];
  readonly #state: State;
  readonly #tokens = new Map<string, SignIn>();

  constructor(state: State) {
    this.#state = state;
  }

  actionOf({ target }: RawRequest, parameters: ReadonlyMap<string, string>): string | undefined {
    return target.split("?")[0] === "/federation" ? (parameters.get("Action") ?? "") : undefined;
  }

  answer(action: string, parameters: ReadonlyMap<string, string>, log: LoggedRequest): Answer {
    const answer =
      action === "getSigninToken"
        ? this.#token(parameters, log)
        : action === "login"
          ? this.#login(parameters)
          : undefined;
    log.outcome = answer === undefined ? "refused" : "ok";
    return answer ?? this.failure("", 400, "Invalid credentials parameter");
  }

  failure(_code: string, status: number, message: string): Answer {
    const body = `<html><head><title>Error</title></head><body><h1>HTTP Status ${status}</h1><p>${message}</p></body></html>`;
    return { status, headers: { "content-type": "text/html" }, body };
  }

  secrets(): string[] {
    return [...this.#tokens.keys()];
  }

  #token(parameters: ReadonlyMap<string, string>, log: LoggedRequest): Answer | undefined {
    const session = this.#sessionOf(parameters.get("Session") ?? "");
    // "The temporary credentials of GetSessionToken" sign in to no console:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
    if (session === undefined || session.kind === "base") return undefined;
    log.accessKeyId = session.accessKeyId;
    const wished = parameters.get("SessionDuration");
    const seconds = Number(wished);
    if (wished !== undefined) {
      // https://repost.aws/knowledge-center/invalid-credentials-parameter
      if (session.kind === "federated" || session.isChained) return undefined;
      if (!/^\d+$/.test(wished) || seconds < 900 || seconds > 43_200) return undefined;
    }
    const token = randomBytes(400).toString("base64url");
    this.#tokens.set(token, {
      principal: session.principal,
      issuedAt: this.#state.now(),
      sessionEnds: session.expiresAt,
      ...(wished === undefined ? {} : { sessionSeconds: seconds }),
    });
    const headers = { "content-type": "application/json" };
    return { status: 200, headers, body: JSON.stringify({ SigninToken: token }) };
  }

  #sessionOf(text: string): Session | undefined {
    let given: Record<string, unknown>;
    try {
      given = JSON.parse(text);
    } catch {
      return undefined;
    }
    const session = this.#state.sessions.find(String(given["sessionId"]));
    const isRight =
      session !== undefined &&
      session.secretAccessKey === given["sessionKey"] &&
      session.sessionToken === given["sessionToken"] &&
      !session.revoked &&
      this.#state.now() < session.expiresAt;
    return isRight ? session : undefined;
  }

  #login(parameters: ReadonlyMap<string, string>): Answer | undefined {
    const signIn = this.#tokens.get(parameters.get("SigninToken") ?? "");
    const destination = parameters.get("Destination") ?? "";
    const now = this.#state.now();
    if (signIn === undefined || now - signIn.issuedAt > tokenLife || !URL.canParse(destination))
      return undefined;
    const endsAt =
      signIn.sessionSeconds === undefined ? signIn.sessionEnds : now + signIn.sessionSeconds * 1000;
    this.opened.push({ principal: signIn.principal, destination, endsAt });
    const page = `<html><title>AWS Management Console</title><body>${signIn.principal}</body></html>`;
    return { status: 200, headers: { "content-type": "text/html" }, body: page };
  }
}
