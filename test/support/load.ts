import { readFileSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { openFiles } from "./crowd.ts";
import { withoutLong } from "./long.ts";
import { eventually } from "./pty.ts";

/** What it costs a process to answer requests. Linux alone tells. */
export interface Cost {
  /** Of the time from a question to its answer, in milliseconds; on a busy machine it is the machine's. */
  readonly median: number;
  /** Processor time for each, in milliseconds. */
  readonly cpu: number;
  /** kB of memory that were not there after half of them. */
  readonly more: number;
}

/**
 * Asks a process for credentials, 64 requests at a time: 10,000 times with AWS_AS_TEST_LONG=1, else 2,000. Fails where an
 * answer holds none, and where files stay open.
 */
export async function underLoad(pid: number, to: NetConnectOpts, question: string): Promise<Cost> {
  const total = withoutLong() ? 2_000 : 10_000;
  const times: number[] = [];
  const half = async () => {
    let left = total / 2;
    await Promise.all(Array.from({ length: 64 }, () => askAgain(to, question, times, () => left-- > 0)));
  };
  const open = openFiles(pid).length;
  const closed = () => eventually(() => openFiles(pid).length <= open, "the end of the connections");
  await half();
  await closed();
  const [memory, cpu] = [memoryOf(pid), cpuOf(pid)];
  await half();
  await closed();
  return {
    median: times.sort((a, b) => a - b)[times.length / 2] ?? Number.NaN,
    cpu: (cpuOf(pid) - cpu) / (total / 2),
    more: memoryOf(pid) - memory,
  };
}

/** Asks over one connection for as long as `more` says. By hand, as Node's own client takes longer than what it asks. */
function askAgain(to: NetConnectOpts, question: string, times: number[], more: () => boolean): Promise<void> {
  return new Promise((done, fail) => {
    let began = 0;
    let got = "";
    const socket = connect(to);
    const next = () => {
      if (!more()) return done(void socket.end());
      began = performance.now();
      socket.write(question);
    };
    socket.on("connect", next);
    socket.on("error", fail);
    socket.on("data", (text) => {
      got += text;
      const [head = "", body] = got.split("\r\n\r\n");
      const length = /^content-length: (\d+)/im.exec(head)?.[1];
      if (body === undefined || body.length < Number(length)) return;
      if (!/^HTTP\/1.1 200 [\s\S]*AccessKeyId/.test(got)) return fail(new Error(got));
      got = "";
      times.push(performance.now() - began);
      next();
    });
  });
}

function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** In milliseconds; a hundredth of a second is what the kernel counts in. */
function cpuOf(pid: number): number {
  const [user, system] =
    readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ").slice(11, 13) ?? [];
  return (Number(user) + Number(system)) * 10;
}
