import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

/** The way of a profile as botocore goes it, or why there is none. */
export type TheirWay =
  | {
      readonly root: Readonly<Record<string, unknown>>;
      readonly hops: readonly unknown[];
      readonly region: string | null;
    }
  | { readonly error: string };

/** What botocore makes of two files. */
export type TheirAnswer =
  | { readonly refused: string }
  | { readonly profiles: Readonly<Record<string, TheirWay>> };

/** The two files, as text. */
export interface Files {
  readonly config: string;
  readonly credentials: string;
}

/** One Python process with botocore, which answers for one pair of files after the other. */
export interface Botocore {
  readonly version: string;
  resolve(files: Files): Promise<TheirAnswer>;
  stop(): Promise<void>;
}

const program = resolve(import.meta.dirname, "../../../../test/support/botocore/chains.py");
const python = "python3";

/** For `{ skip: withoutBotocore() }`; in test/all.sh a machine without it is a failure. */
export function withoutBotocore(): string | false {
  if (spawnSync(python, ["-c", "import botocore"]).status === 0) return false;
  const reason = "NOT TESTED: no botocore (Debian: apt install python3-botocore)";
  if (process.env["AWS_AS_TEST_ALL"] === "1") throw new Error(reason);
  return reason;
}

export async function startBotocore(): Promise<Botocore> {
  const child: ChildProcess = spawn(python, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("botocore has ended");
    return JSON.parse(value) as unknown;
  };
  const { botocore: version } = (await answer()) as { botocore: string };
  return {
    version,
    resolve: async (files) => {
      child.stdin?.write(`${JSON.stringify(files)}\n`);
      return (await answer()) as TheirAnswer;
    },
    stop: async () => {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
