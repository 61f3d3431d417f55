import { type Acting, actAs, noteHandOut } from "../../credentials/act-as.ts";
import { noteIn } from "../../credentials/hand-out-log.ts";
import type { Machine } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import { serve } from "../../serving/serve.ts";
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
  const config = await readConfig(machine);
  if (log !== undefined) await machine.appendLine(log, undefined, async () => undefined);
  const isLogged = log !== undefined || Boolean(config.settings?.properties.get("log")?.value);
  const someForbidAgents = [...first.values()].some(({ identity }) => identity.guard?.agents !== undefined);
  const serving = await serve(
    first,
    { kind: "socket", path: socket, uid, namesCallers: isLogged || someForbidAgents },
    machine,
    {
      warn: told.warn,
      log: async ({ status: _, ...handedOut }) => {
        const entry = { ...handedOut, way: "serve" } as const;
        if (log !== undefined) await noteIn(log, entry, machine);
        await noteHandOut(config, entry, machine);
      },
    },
  );
  told.say(`serving ${names.map((name) => `"${name}"`).join(", ")} on ${socket}`);
  const why = await ending;
  serving.close();
  told.say(`no longer serving on ${socket}: ${why}`);
}
