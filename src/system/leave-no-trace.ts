import { closeSync, constants, openSync, readFileSync, writeFileSync } from "node:fs";
import type { Environment } from "./environment.ts";

type Process = Pick<NodeJS.Process, "on" | "platform"> & { readonly env: Environment };

/**
 * Keeps this process from leaving anything behind: what it holds in files or on ports, and modes on the terminal. Called
 * before anything else; costs a tenth of a millisecond.
 */
export function leaveNoTrace(process: Process): void {
  if (process.platform === "linux") leaveNoMemory();
  const options = process.env["NODE_OPTIONS"];
  // Only what NODE_OPTIONS sets for every Node program alike: options given to this one are meant.
  if (options?.includes("--report")) keepEnvironmentFromReports();
  // It opens a port to which any user of this machine may connect and ask.
  if (options?.includes("--inspect")) void import("node:inspector").then(({ close }) => close());
  if (process.platform !== "win32") leaveTerminalModes(process);
}

/** What core files held of memory before us, as the file has it. */
let coreFilter: string | undefined;
const coreFilterFile = "/proc/self/coredump_filter";

/**
 * Core files hold no memory from here on, those of commands that we start included (it is inherited). Node cannot set a
 * resource limit, and `ulimit -c 0` does not count where core files are piped to a program. The registers of the threads
 * are in a core file all the same.
 */
function leaveNoMemory(): void {
  try {
    coreFilter = readFileSync(coreFilterFile, "utf8").trim();
    writeFileSync(coreFilterFile, "0");
  } catch {
    // No /proc, or one that is read-only.
  }
}

/** Starts a command that is the user's own, and no part of ours: its core files are as they would be without us. */
export function withCoreFiles<T>(start: () => T): T {
  if (coreFilter === undefined) return start();
  writeFileSync(coreFilterFile, `0x${coreFilter}`);
  try {
    return start();
  } finally {
    writeFileSync(coreFilterFile, "0");
  }
}

/** Diagnostic reports (`--report-on-fatalerror` and the like) list the environment, and so AWS_AS_PASSPHRASE. */
function keepEnvironmentFromReports(): void {
  // Node 22.13 and later can leave the environment out.
  const report: NodeJS.ProcessReport & { excludeEnv?: boolean } = process.report;
  if ("excludeEnv" in report) {
    report.excludeEnv = true;
    return;
  }
  report.reportOnFatalError = false;
  report.reportOnUncaughtException = false;
  report.reportOnSignal = false;
}

/**
 * Keeps Node from setting the terminal, as it ends, to the modes that it found when it started. It does so for every
 * standard stream that is a terminal, also when another program uses it by then: a client that dies of Ctrl-C before us has
 * its shell edit the next line already, and a background job may end while an editor fills the screen. We change no modes
 * that we do not put back ourselves.
 *
 * Node leaves alone a stream that was closed (`ResetStdio` in its src/node.cc). The terminal itself stays open until we are
 * gone: if no other process has it open, its other side would hang up on us, and our exit status would be SIGHUP.
 */
function leaveTerminalModes(process: Pick<NodeJS.Process, "on" | "platform">): void {
  if (process.platform === "win32") return;
  process.on("exit", () => {
    try {
      openSync("/dev/tty", constants.O_RDWR | constants.O_NOCTTY);
    } catch {
      // No terminal to keep.
    }
    for (const stream of [0, 1, 2]) {
      try {
        closeSync(stream);
      } catch {
        // It was closed when we came.
      }
    }
  });
}
