import { timingSafeEqual } from "node:crypto";
import type { FakeAws } from "./fake-aws.ts";
import type { Answer, Fault } from "./faults.ts";
import type { RevokeHow } from "./revoke.ts";
import type { RawRequest } from "./sigv4.ts";
import { checkWorld, type LongTermKey, type World } from "./world.ts";

/** What can be told to a fake in another process. Times in milliseconds. Every answer is a `ControlAnswer`. */
export type ControlCommand =
  | { readonly do: "set-clock"; readonly to?: number; readonly stopped?: boolean }
  | { readonly do: "advance"; readonly milliseconds: number }
  | { readonly do: "fault"; readonly fault: Fault }
  | { readonly do: "clear-faults" }
  | { readonly do: "revoke"; readonly arn: string; readonly how?: RevokeHow }
  | { readonly do: "set-world"; readonly world: World }
  | { readonly do: "set-rules"; readonly rules: Partial<FakeAws["rules"]> }
  /** What an administrator does to keys: makes one for a user by ARN, switches one off or on, deletes one. */
  | { readonly do: "make-key"; readonly user: string }
  | { readonly do: "set-key"; readonly id: string; readonly status: LongTermKey["status"] }
  | { readonly do: "remove-key"; readonly id: string }
  | { readonly do: "code"; readonly serial: string }
  | { readonly do: "shown-code"; readonly serial: string }
  | { readonly do: "clear-requests" }
  | { readonly do: "look" };

/** The state after the command. `code` answers the two commands that ask for one, `key` the one that makes one. */
export interface ControlAnswer {
  readonly now: number;
  readonly counts: Record<string, number>;
  readonly requests: FakeAws["requests"]["all"];
  readonly world: World;
  readonly code?: string;
  readonly key?: LongTermKey;
}

/** Answers `POST /__control`. Anything but the right token gets a 404, as if there were nothing here. */
export function answerControl(fake: FakeAws, token: string, request: RawRequest): Answer {
  const given = Buffer.from(String(request.headers["x-control-token"] ?? ""));
  const right = Buffer.from(token);
  if (request.method !== "POST" || given.length !== right.length || !timingSafeEqual(given, right)) {
    return { status: 404, headers: {}, body: "" };
  }
  try {
    const said = obey(fake, JSON.parse(request.body.toString("utf8")) as ControlCommand);
    const answer: ControlAnswer = {
      now: fake.now(),
      counts: fake.requests.counts(),
      requests: fake.requests.all,
      world: fake.world,
      ...said,
    };
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(answer) };
  } catch (error) {
    return { status: 400, headers: {}, body: error instanceof Error ? error.message : String(error) };
  }
}

function obey(fake: FakeAws, command: ControlCommand): Pick<ControlAnswer, "code" | "key"> | undefined {
  switch (command.do) {
    case "set-clock":
      fake.setClock(command.to, { stopped: command.stopped ?? false });
      return undefined;
    case "advance":
      fake.advance(command.milliseconds);
      return undefined;
    case "fault":
      fake.faults.add(command.fault);
      return undefined;
    case "clear-faults":
      fake.faults.clear();
      return undefined;
    case "revoke":
      fake.revoke(command.arn, command.how);
      return undefined;
    case "set-world":
      fake.world = checkWorld(command.world);
      return undefined;
    case "set-rules":
      Object.assign(fake.rules, command.rules);
      return undefined;
    case "make-key":
      return { key: fake.makeKey(command.user) };
    case "set-key":
      fake.setKey(command.id, command.status);
      return undefined;
    case "remove-key":
      fake.removeKey(command.id);
      return undefined;
    case "code":
      return { code: fake.code(command.serial) };
    case "shown-code":
      return { code: fake.shownCode(command.serial) };
    case "clear-requests":
      fake.requests.clear();
      return undefined;
    case "look":
      return undefined;
    default:
      throw new Error(`unknown command: ${JSON.stringify(command)}`);
  }
}

/** Tells a fake in another process what to do. Throws what it answers when it does not understand. */
export async function control(url: string, token: string, command: ControlCommand): Promise<ControlAnswer> {
  const response = await fetch(new URL("/__control", url), {
    method: "POST",
    headers: { "x-control-token": token },
    body: JSON.stringify(command),
  });
  if (!response.ok) throw new Error(`fake aws answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as ControlAnswer;
}
