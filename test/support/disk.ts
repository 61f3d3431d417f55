import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ended, type Home, type Run, started } from "./home.ts";

/**
 * A home on a disk of its own: half a megabyte, which can be filled up or made read-only.
 *
 * It is mounted in a mount namespace that ends with the test, whatever happens to the test. The program runs in there;
 * the test looks in from outside.
 */
export interface DiskHome {
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Run>;
  config(): string;
  /** Leaves not a byte to write. */
  fill(): void;
  /** Undoes `fill`. */
  clear(): void;
  makeReadOnly(): void;
  remove(): Promise<void>;
}

const isRoot = process.getuid?.() === 0;
const unshare = ["--mount", ...(isRoot ? [] : ["--map-root-user"])];

/** The reason to skip tests on a disk of their own, or false. With AWS_AS_TEST_ALL=1 it is a failure. */
export function withoutDisk(): string | false {
  const command = "mount -t tmpfs none /tmp && command -v nsenter";
  const tried = spawnSync("unshare", [...unshare, "sh", "-c", command], { encoding: "utf8" });
  if (tried.status === 0) return false;
  const reason = `NOT TESTED: nothing can be mounted here (${tried.error?.message ?? tried.stderr.trim()})`;
  if (process.env["AWS_AS_TEST_ALL"] === "1") throw new Error(reason);
  return reason;
}

/** Puts a home on a disk of its own. */
export async function homeOnDisk(home: Home): Promise<DiskHome> {
  const script =
    'cp -a "$0" "$0.copy" && mount -t tmpfs -o size=512k,mode=700 none "$0" && cp -a "$0.copy/." "$0" && echo ready && read -r wait';
  const holder = spawn("unshare", [...unshare, "sh", "-c", script, home.path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [ready] = (await once(createInterface(holder.stdout), "line")) as [string];
  if (ready !== "ready") throw new Error(`no disk: ${ready}`);
  const enter = [
    ...["--target", String(holder.pid), "--mount"],
    ...(isRoot ? [] : ["--user", "--preserve-credentials"]),
  ];
  const outside = (...names: string[]) => join(`/proc/${holder.pid}/root`, home.path, ...names);
  const filler = outside("filler");
  return {
    run: (args, env = {}) =>
      ended(
        spawn("nsenter", [...enter, ...started(), ...args], {
          cwd: "/",
          env: { ...home.env, ...env },
          stdio: ["ignore", "pipe", "pipe"],
          detached: true,
        }),
      ),
    config: () => readFileSync(outside(".aws", "config"), "utf8"),
    fill: () => {
      try {
        // In pages: what does not fit as a whole would leave room behind.
        for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    clear: () => rmSync(filler),
    makeReadOnly: () => {
      execFileSync("nsenter", [...enter, "mount", "-o", "remount,ro", home.path]);
    },
    remove: async () => {
      holder.stdin.end();
      if (holder.exitCode === null) await once(holder, "exit");
      rmSync(`${home.path}.copy`, { recursive: true, force: true });
    },
  };
}
