import { readlinkSync } from "node:fs";
import { type Caller, caller } from "./caller.ts";
import { runChild } from "./run-child.ts";

/**
 * The process at the other end of a connection of ours on a Unix socket. Node.js does not tell its credentials
 * (SO_PEERCRED); ss(8) of Linux does, for processes that this user may look at. Undefined where nothing does.
 */
export async function socketCaller(descriptor: number | undefined): Promise<Caller | undefined> {
  if (process.platform !== "linux" || descriptor === undefined || descriptor < 0) return undefined;
  try {
    const own = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
    const result = await runChild({
      program: "ss",
      words: ["--no-header", "--unix", "--numeric", "--processes"],
      environment: { PATH: process.env["PATH"] ?? "" },
      timeLimit: 2000,
      outputLimit: 8 * 1024 * 1024,
      complaintLimit: 100,
    });
    if (own === undefined || result.kind !== "exited") return undefined;
    const pid = callerIn(result.output, own);
    return pid === undefined ? undefined : caller(pid);
  } catch {
    return undefined;
  }
}

/** The process whose socket is connected to ours, in what ss prints: `… ADDRESS INODE ADDRESS INODE users:(("name",pid=1,fd=3))`. */
export function callerIn(listing: string, own: string): number | undefined {
  const rows = listing.split("\n").map((line) => line.trim().split(/\s+/));
  const other = rows.find((row) => row[5] === own)?.[7];
  const row = rows.find((each) => each[5] === other);
  const pid = /pid=(\d+)/.exec(row?.slice(8).join(" ") ?? "")?.[1];
  return pid === undefined ? undefined : Number(pid);
}
