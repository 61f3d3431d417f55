import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ended, type Home, type Run, started } from "./home.ts";
import { withoutLong } from "./long.ts";

/*
 * Programs of Node that the kernel kills (SIGKILL) right before a system call, by strace.
 *
 * Between two calls that change something (a file, a folder, what another process or AWS was sent) the world stays the
 * same. So a run is traced first, and then killed once in each of its states: before its first change, after each one,
 * and at its end.
 */

/** Calls that change something whenever they succeed, in the names that any Linux has (`?`: where it exists). */
const changing =
  "?rename,?renameat,?renameat2,?link,?linkat,?symlink,?symlinkat,?unlink,?unlinkat,?mkdir,?mkdirat,?rmdir,?truncate,?ftruncate,?chmod,?fchmod,?fchmodat,?chown,?fchown,?fchownat";
/** Calls that change something with some arguments. */
const mayChange = "?open,?openat,?write,?pwrite64,?writev,?sendto,?sendmsg,?fork,?vfork,?clone,?clone3";
/** Calls that change nothing, but may be easier to kill at than the change that follows. */
const unchanging = "?read,?pread64,?recvfrom,?recvmsg,?close,?fcntl,?fsync,?fdatasync,exit_group";
const calls = [changing, mayChange, unchanging].join();
const alwaysChanges = new Set(changing.replaceAll("?", "").split(","));

/** Calls whose number differs from run to run, by what a bus or another thread sends. */
const unsteady = /^(p?read|p?write|close|fcntl|recv|send)/;

/** What a socket is sent that makes the other side act: HTTP to AWS, and what changes a keyring, in plain in D-Bus. */
const asksForChange = /<socket:.*("(POST|PUT) |CreateItem|SetSecret|Delete)/;

/** A temporary file that grows until it takes the place of another: nobody reads it before. */
const growsUnseen = /^(open|openat|write|pwrite64|fchmod|ftruncate)\(.*\.tmp[">]/;

/** A command: its words, and its whole environment. */
export interface Victim {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** Right before a system call. */
export interface KillPoint {
  readonly call: string;
  /** Which of its name, counted from 1 in each thread. */
  readonly nth: number;
  /** Made by the thread that the program began with. */
  readonly main: boolean;
  /** The change before it, as strace shows it, for messages. */
  readonly after: string;
}

interface Call {
  readonly name: string;
  readonly nth: number;
  readonly main: boolean;
  /** Made by the program, not by one that it started. */
  readonly own: boolean;
  readonly changes: boolean;
  /** As strace shows it. */
  readonly line: string;
}

interface PointOptions {
  /** Changes by the program's own threads, or by what it started too. */
  readonly among?: "own" | "all";
  /** Each state of a temporary file that nobody reads yet, and not its last one alone. AWS_AS_TEST_LONG=1 looks at all. */
  readonly unseen?: boolean;
}

/**
 * One point for each state that a run goes through.
 *
 * strace counts calls in each thread by itself, and kills at the first thread that gets so far. So a point is a call of
 * the main thread, which can be traced alone, or one that no other thread made as often before, if possible of a kind
 * that comes as often in each run. States without such a call are left out: none of the program's own, many of what it
 * starts.
 */
export async function killPointsOf(victim: Victim, options: PointOptions = {}): Promise<KillPoint[]> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-strace-"));
  try {
    const log = join(folder, "log");
    const run = await traced(victim, ["-f", "-y", "-s", "400", "-o", log, "-e", `trace=${calls}`]);
    if (run.status !== 0) throw new Error(`it fails without being killed: ${run.stderr}`);
    return pointsIn(callsIn(readFileSync(log, "utf8")), options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function pointsIn(
  calls: readonly Call[],
  { among = "own", unseen = withoutLong() === false }: PointOptions,
): KillPoint[] {
  const points: KillPoint[] = [];
  const seen = new Set<string>();
  let point: KillPoint | undefined;
  let after = "nothing";
  let isGrowing = false;
  for (const { name, nth, main, own, changes, line } of calls) {
    const isAmong = own || among === "all";
    const isSteadier = point === undefined || !unsteady.test(name) || unsteady.test(point.call);
    if (isAmong && isSteadier && (main || !seen.has(`${name} ${nth}`)))
      point = { call: name, nth, main, after };
    seen.add(`${name} ${nth}`);
    if (!isAmong || !changes) continue;
    const grows = !unseen && growsUnseen.test(line);
    if (point !== undefined && !(isGrowing && grows)) points.push(point);
    isGrowing = grows;
    point = undefined;
    after = line.slice(0, 160);
  }
  return point === undefined ? points : [...points, point];
}

/** Runs it again, killed there. `signal` is null where it never got there this time, or where a child was killed. */
export function runKilledAt(victim: Victim, { call, nth, main }: Omit<KillPoint, "after">): Promise<Run> {
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${nth}`];
  return traced(victim, [...(main ? [] : ["-f"]), "-o", "/dev/null", ...inject]);
}

/** Runs a program under strace. */
function traced({ words, env, cwd }: Victim, options: readonly string[]): Promise<Run> {
  // Not with --seccomp-bpf, which strace 6.1 injects no signals with.
  const child = spawn("strace", ["-qq", ...options, ...words], {
    cwd,
    // Node's file work on one thread, so that its calls come in one order.
    env: { ...env, UV_THREADPOOL_SIZE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return ended(child);
}

/** What `killEverywhere` hands to a check. */
export interface Kill {
  /** From 0. */
  readonly index: number;
  /** For messages. */
  readonly when: string;
  readonly run: Run;
}

/** How many runs were killed, of so many that should have been. */
export interface Kills {
  readonly killed: number;
  readonly points: number;
}

/**
 * Kills a command of the program in every second of its states (with AWS_AS_TEST_LONG=1 in each), from the same beginning
 * each time.
 *
 * @param begin puts everything outside the home back as it was in the beginning
 * @param check looks at what a killed run left
 */
export async function killEverywhere(
  t: TestContext,
  home: Home,
  args: readonly string[],
  begin: () => void,
  check: (kill: Kill) => Promise<void>,
): Promise<Kills> {
  const keep = mkdtempSync(join(tmpdir(), "aws-as-beginning-"));
  try {
    cpSync(home.path, keep, { recursive: true, preserveTimestamps: true });
    const restart = () => {
      for (const entry of readdirSync(home.path)) {
        rmSync(join(home.path, entry), { recursive: true, force: true, maxRetries: 5 });
      }
      cpSync(keep, home.path, { recursive: true, preserveTimestamps: true });
      begin();
    };
    restart();
    const points = someOf(t, await killPointsOf(ofHome(home, args)));
    let killed = 0;
    for (const [index, point] of points.entries()) {
      restart();
      const run = await runKilledAt(ofHome(home, args), point);
      if (run.signal === "SIGKILL") killed += 1;
      await check({ index, when: `killed after ${point.after}`, run });
    }
    return { killed, points: points.length };
  } finally {
    rmSync(keep, { recursive: true, force: true });
  }
}

/** Every second point, and with AWS_AS_TEST_LONG=1 all: each takes seconds of work. */
export function someOf(t: TestContext, points: readonly KillPoint[]): readonly KillPoint[] {
  const why = withoutLong();
  if (!why) return points;
  t.diagnostic(`every second of ${points.length} states; a kill in each ${why}`);
  return points.filter((_, index) => index % 2 === 0);
}

/** Asserts that runs were killed in most states: on a busy machine threads take turns in another way each time. */
export function assertReached(t: TestContext, { killed, points }: Kills): void {
  t.diagnostic(`killed in ${killed} of ${points} states`);
  assert.ok(points > 1 && killed >= (points * 2) / 3, `killed in ${killed} of ${points} states`);
}

/** The program in a home. */
export function ofHome(home: Home, args: readonly string[]): Victim {
  return { words: [...started(), ...args], env: home.env, cwd: home.path };
}

/** All calls in the order in which they began. */
function callsIn(log: string): Call[] {
  const lines = wholeLines(log);
  const main = lines[0]?.pid;
  const threads = new Set([main]);
  for (const { pid, name, line, result } of lines) {
    if (name.startsWith("clone") && line.includes("CLONE_THREAD") && threads.has(pid)) threads.add(result);
  }
  const counts = new Map<string, number>();
  return lines.map(({ pid, name, line, result }) => {
    const nth = (counts.get(`${pid} ${name}`) ?? 0) + 1;
    counts.set(`${pid} ${name}`, nth);
    const own = threads.has(pid);
    const changes = Number(result) >= 0 && hasChanged(name, line, own);
    return { name, nth, main: pid === main, own, changes, line };
  });
}

function hasChanged(name: string, line: string, own: boolean): boolean {
  if (alwaysChanges.has(name)) return true;
  if (/^open/.test(name)) return /O_EXCL|O_TRUNC/.test(line) && !/"\/(proc|dev)\//.test(line);
  if (/write|send/.test(name)) return /\(\d+<\/(?!proc\/|dev\/)/.test(line) || asksForChange.test(line);
  // Shells start many processes that only look at something.
  return own && /fork|clone/.test(name) && !line.includes("CLONE_THREAD");
}

interface Line {
  readonly pid: string;
  readonly name: string;
  line: string;
  /** What the call answered; `?` where it did not come back. */
  result: string;
}

/** Joins what strace tears apart when another thread's call comes between. */
function wholeLines(log: string): Line[] {
  const all: Line[] = [];
  const torn = new Map<string, Line>();
  for (const text of log.split("\n")) {
    const [, pid = "", resumed, name] = /^(\d+) +(<\.\.\. )?(\w+)(?:\(| resumed)/.exec(text) ?? [];
    if (name === undefined) continue;
    const rest = text.slice(text.indexOf(" ") + 1).trimStart();
    const result = /.*\) += (-?\d+|\?)/.exec(text)?.[1] ?? "?";
    const begun = torn.get(pid);
    if (resumed !== undefined && begun?.name === name) {
      begun.line += rest;
      begun.result = result;
      torn.delete(pid);
    } else if (resumed === undefined) {
      const line: Line = { pid, name, line: rest, result };
      all.push(line);
      if (text.endsWith("<unfinished ...>")) torn.set(pid, line);
    }
  }
  return all;
}
