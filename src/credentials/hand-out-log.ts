import { isAbsolute } from "node:path";
import { type AwsConfig, expandHome, tildePath } from "../config/aws-config.ts";
import type { Property } from "../config/resolve/identity.ts";
import { quote } from "../config/shown.ts";
import type { Machine } from "../machine/machine.ts";
import type { Caller } from "../system/children/caller.ts";
import { timestamp } from "../system/clock.ts";
import { UserError } from "../system/user-error.ts";
import { agentOf, agentOfProcess } from "./agents.ts";

/** How credentials leave aws-as. */
export const ways = ["process", "env", "switch", "renew", "exec", "serve", "console", "export"] as const;

export type LogWay = (typeof ways)[number];

/** Credentials on their way out, or somebody who was refused them. */
export interface HandedOut {
  readonly way: LogWay;
  /** Undefined: what was asked for by a name that is not served. */
  readonly identity: string | undefined;
  readonly outcome: "cached" | "new" | "refused";
  /** Why it was refused. */
  readonly because?: string | undefined;
  /** Without an end: a long-term key. */
  readonly session?: {
    readonly credentials: { readonly accessKeyId: string };
    readonly expiresAt?: number | undefined;
  };
  /** Who asked, where that is not who started us. */
  readonly by?: Caller | undefined;
  /** The program that `exec` runs. */
  readonly command?: string | undefined;
}

/** One line of the log, version 1: docs/json.md. Nothing in it is a secret; what is not known is null. */
export interface LogEntry {
  readonly version: 1;
  readonly time: string;
  /** null: what was asked for by a name that is not served. */
  readonly identity: string | null;
  readonly way: LogWay;
  readonly outcome: HandedOut["outcome"];
  /** Why it was refused. */
  readonly because: string | null;
  /** Until when the credentials are good; null: a long-term key, or refused. */
  readonly expiration: string | null;
  /** The last four characters of the access key id. */
  readonly key: string | null;
  readonly program: string | null;
  readonly pid: number | null;
  readonly terminal: string | null;
  readonly folder: string | null;
  /** The command that `exec` runs, without its arguments. */
  readonly command: string | null;
  /** The coding agent in whose process tree it was asked for. */
  readonly agent: string | null;
}

/** The path that `[aws-as] log` says. */
export function pathOfLog(said: Property, home: string): string {
  const path = expandHome(said.value, home);
  if (isAbsolute(path)) return path;
  throw new UserError(`log = ${said.value} is not a whole path`, {
    at: said.position,
    hints: ["write it from / or ~/, such as: log = ~/.aws/aws-as/log.jsonl"],
  });
}

/**
 * Puts a hand-out into the log of `[aws-as] log`, where there is one.
 *
 * @throws UserError where that cannot be done: who keeps a log wants to find everything there, so that nothing is handed out
 */
export async function noteInLog(config: AwsConfig, handedOut: HandedOut, machine: Machine): Promise<void> {
  const said = config.settings?.properties.get("log");
  if (!said?.value) return;
  const path = pathOfLog(said, machine.home);
  try {
    await noteIn(path, handedOut, machine);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`nothing is handed out that is not in the log: ${error.message}`, {
      at: said.position,
      hints: [`the log is ${quote(tildePath(path, machine.home))}: mend it, or take out the line \`log\``],
      cause: error,
    });
  }
}

/** The same for any file. */
export async function noteIn(path: string, handedOut: HandedOut, machine: Machine): Promise<void> {
  const entry = await entryOf(handedOut, machine);
  // Who does not get it at once leaves the work to who has it.
  const lock = () => machine.lock("log", machine.clock.monotonic());
  await machine.appendLine(path, JSON.stringify(entry), lock);
}

async function entryOf(handedOut: HandedOut, machine: Machine): Promise<LogEntry> {
  const { identity, way, outcome, because, session, command } = handedOut;
  const isByOther = "by" in handedOut;
  const by = isByOther ? handedOut.by : await machine.caller();
  const { expiresAt, credentials } = session ?? {};
  const agentAtSocket = async () => by && agentOfProcess(by.pid, machine);
  // At the other end of the port of `exec` is its command, of a socket anybody.
  const isAtSocket = isByOther && way === "serve";
  const agent = await (isAtSocket ? agentAtSocket() : agentOf(machine));
  return {
    version: 1,
    time: timestamp(machine.clock.now()),
    identity: identity ?? null,
    way,
    outcome,
    because: because ?? null,
    expiration: expiresAt === undefined ? null : timestamp(expiresAt),
    key: credentials?.accessKeyId.slice(-4) ?? null,
    program: by?.program ?? null,
    pid: by?.pid ?? null,
    terminal: by?.terminal ?? null,
    // Where it was asked for is where we run, but at the other end of a socket.
    folder: (isAtSocket ? by?.folder : machine.folder()) || null,
    command: command ?? null,
    agent: agent?.name ?? null,
  };
}
