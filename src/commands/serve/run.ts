import { type Acting, actAs } from "../../credentials/act-as.ts";
import type { Machine } from "../../machine/machine.ts";
import { type Answered, serve } from "../../serving/serve.ts";
import { timestamp } from "../../system/clock.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";

export interface ServeRequest {
  readonly names: readonly string[];
  /** The path of the socket. */
  readonly socket: string;
  /** The number of another user who may ask. */
  readonly uid: number | undefined;
  /** Milliseconds after which to end. */
  readonly forMs: number | undefined;
  /** The path of a file that gets a line for each answer. */
  readonly log: string | undefined;
  /** From `--code`. */
  readonly code: string | undefined;
}

/** Serves identities on a socket until the time is up, somebody ends us, or who started us is gone. */
export async function serveUntilTheEnd(
  { names, socket, uid, forMs, log, code }: ServeRequest,
  machine: Machine,
  told: { warn(message: string): void; say(message: string): void },
): Promise<void> {
  if (machine.platform === "win32") {
    throw new UserError(
      "Windows has no sockets that belong to one user, so serve works on Linux and macOS alone",
      {
        hints: ["for one command: aws-as exec --renew NAME -- COMMAND"],
      },
    );
  }
  const ending = machine.ending(forMs);
  const first = new Map<string, Acting>();
  for (const name of names) {
    first.set(name, await actAs({ name, way: "serve", code, unattended: false }, machine, told.warn));
  }
  const note = log === undefined ? undefined : await machine.appendTo(log);
  const serving = await serve(
    first,
    { kind: "socket", path: socket, uid, namesCallers: log !== undefined },
    machine,
    {
      warn: told.warn,
      log: (answered) => note?.(lineOf(answered, machine.clock.now())),
    },
  );
  told.say(`serving ${names.map((name) => `"${name}"`).join(", ")} on ${socket}`);
  const why = await ending;
  serving.close();
  told.say(`no longer serving on ${socket}: ${why}`);
}

/** Names come from who asks, and a line is one line. */
function lineOf({ status, name, because, caller }: Answered, now: number): string {
  const who = caller === undefined ? "pid=? program=?" : `pid=${caller.pid} program=${caller.program}`;
  return `${printable(
    [timestamp(now), status, `identity=${name ?? "?"}`, who, because ?? ""].join(" ").trim(),
  )}\n`;
}
