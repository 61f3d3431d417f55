import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../pty.ts";

/** The processes that a running process starts during some work, one line of strace each. */
export async function startedDuring(pid: number, work: () => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-trace-"));
  try {
    const trace = join(folder, "trace");
    const strace = spawn("strace", ["-f", "-qq", "-e", "trace=process", "-o", trace, "-p", String(pid)], {
      stdio: "ignore",
    });
    const isTraced = () => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    await eventually(isTraced, "strace");
    await work();
    strace.kill("SIGINT");
    await once(strace, "exit");
    const calls = readFileSync(trace, "utf8").split("\n");
    // Threads are no processes.
    return calls.filter((line) => /\b(v?fork|clone3?|execve\w*)\(/.test(line) && !/CLONE_THREAD/.test(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
