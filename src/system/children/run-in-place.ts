import { type ChildProcess, spawn } from "node:child_process";
import { constants as fileModes, readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { withCoreFiles } from "../leave-no-trace.ts";
import { procStat } from "../proc-stat.ts";
import { inForeground } from "../terminal/controlling-terminal.ts";
import { UserError } from "../user-error.ts";
import { replaceProcess } from "./replace-process.ts";
import { placesOnPath } from "./run-child.ts";

/** A command that the user typed, and no part of ours: its words, and its whole environment. */
export interface OwnCommand {
  readonly words: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Becomes the command: this process is it from now on. Where the system or Node.js cannot do that, the command runs as
 * `runAttended` does it.
 *
 * @returns the command's exit status, where it did not take our place
 * @throws UserError of status 127 or 126, as of env(1), where it cannot be started
 */
export async function runInPlace(command: OwnCommand): Promise<number> {
  refuseWhatCannotRun(command);
  // What the kernel refuses (a script without an interpreter's line, a program for another machine) would end Node.js with a
  // core file. prlimit(1) and env(1) know what to do: one of them takes our place, and the command takes theirs.
  const limited = withFileLimit(command.words);
  const env = envs.find(isProgram);
  const start =
    limited ?? (env && !command.words[0].includes("=") ? [env, "--", ...command.words] : undefined);
  const [starter] = start ?? [];
  if (replaceProcess !== undefined && starter !== undefined && fits(command)) {
    withCoreFiles(() => replaceProcess?.(starter, start ?? [], command.environment));
  }
  return runAttended(command);
}

const envs = ["/usr/bin/env", "/bin/env"];
const limiters = ["/usr/bin/prlimit", "/bin/prlimit"];

/**
 * Runs the command and stays beside it, as if we were not there: it has our terminal and our place in its job. Signals are
 * passed on, but for those that the terminal sends to both of us; when the command stops, so do we; when a signal ends it,
 * the same one ends us.
 *
 * @returns the command's exit status
 * @throws UserError of status 127 or 126, as of env(1), where it cannot be started
 */
export async function runAttended(command: OwnCommand): Promise<number> {
  refuseWhatCannotRun(command);
  const [program, ...words] = withFileLimit(command.words) ?? command.words;
  let child: ChildProcess | undefined;
  const off = passOnSignals(() => child?.pid);
  try {
    return await new Promise((resolve, reject) => {
      const started = withCoreFiles(() =>
        spawn(program, words, { stdio: "inherit", env: command.environment }),
      );
      child = started;
      started.on("error", (error: NodeJS.ErrnoException) => reject(cannotStart(command.words[0], error)));
      started.on("exit", (status, signal) => {
        child = undefined;
        off();
        if (signal !== null) endBy(signal);
        resolve(status ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0)));
      });
    });
  } finally {
    off();
  }
}

/** The terminal sends these to the whole job, the command included. */
const ofTerminal = ["SIGINT", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGWINCH"] as const;
const ofOthers = ["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const;

/** @returns what ends the passing on */
function passOnSignals(pid: () => number | undefined): () => void {
  if (process.platform === "win32") {
    // Windows tells every process of the console itself.
    process.on("SIGINT", ignore);
    return () => void process.off("SIGINT", ignore);
  }
  const passOn = (signal: NodeJS.Signals) => {
    const to = pid();
    if (to === undefined) return;
    try {
      process.kill(to, signal);
    } catch {
      // It has just ended, or changed its user: then the terminal alone reaches it.
    }
  };
  const passOnToJob = (signal: NodeJS.Signals) => {
    if (!inForeground()) passOn(signal);
  };
  // Linux alone tells cheaply whether the command is stopped; elsewhere the terminal stops both of us, or nobody does.
  const canFollow = process.platform === "linux";
  const jobSignals = ofTerminal.filter((signal) => canFollow || !/^SIGT/.test(signal));
  const stopAlong = () => {
    if (!isStopped(pid())) return;
    // Without a listener it has its usual meaning: it stops us, until somebody continues us.
    process.off("SIGTSTP", passOnToJob);
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", passOnToJob);
  };
  const continueIt = () => {
    if (isStopped(pid())) passOn("SIGCONT");
  };
  for (const signal of ofOthers) process.on(signal, passOn);
  for (const signal of jobSignals) process.on(signal, passOnToJob);
  if (canFollow) process.on("SIGCHLD", stopAlong).on("SIGCONT", continueIt);
  return () => {
    for (const signal of ofOthers) process.off(signal, passOn);
    for (const signal of jobSignals) process.off(signal, passOnToJob);
    if (canFollow) process.off("SIGCHLD", stopAlong).off("SIGCONT", continueIt);
  };
}

function ignore(): void {}

function isStopped(pid: number | undefined): boolean {
  try {
    return pid !== undefined && procStat(pid).state === "T";
  } catch {
    return false;
  }
}

/** Ends this process as a signal ended the command, so that a shell says what it says of the command. */
function endBy(signal: NodeJS.Signals): void {
  // One that Node.js ignores is a usual one again after that.
  if (signal !== "SIGKILL") process.on(signal, ignore).removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * The command with the limit of open files that this process was started with: Node.js raises its own to what is allowed,
 * and some programs walk through all that they may open. Our parent's is taken for it. Undefined: it is as it was.
 */
function withFileLimit(words: OwnCommand["words"]): [string, ...string[]] | undefined {
  try {
    const [own, before] = ["self", process.ppid].map(fileLimit);
    const limiter = limiters.find(isProgram);
    if (own === undefined || before === undefined || before === own || limiter === undefined)
      return undefined;
    return [limiter, `--nofile=${before}:`, "--", ...words];
  } catch {
    return undefined;
  }
}

/** The soft limit of open files; undefined where it is not told. */
function fileLimit(pid: number | string): string | undefined {
  return /^Max open files +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1];
}

/** As env(1) does it: 127 for what is not there, 126 for what is no program. */
function refuseWhatCannotRun({ words: [program], environment }: OwnCommand): void {
  if (process.platform === "win32") return;
  const paths = program.includes("/") ? [program] : placesOnPath(program, environment);
  if (paths.some(isProgram)) return;
  const isThere = paths.some((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
  throw cannotStart(program, { code: isThere ? "EACCES" : "ENOENT" });
}

function cannotStart(program: string, { code = "" }: { readonly code?: string | undefined }): UserError {
  if (code === "ENOENT") return new UserError(`command not found: "${program}"`, { exitCode: 127 });
  const why = code === "EACCES" ? "it is no program, or you may not run it" : code;
  return new UserError(`cannot run "${program}": ${why}`, { exitCode: 126 });
}

function isProgram(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return false;
  const { S_IXUSR, S_IXGRP, S_IXOTH } = fileModes;
  return (found.mode & (S_IXUSR | S_IXGRP | S_IXOTH)) !== 0;
}

/** Whether words and environment are few enough for the kernel: a quarter of the smallest usual stack, 128 KiB a text. */
function fits({ words, environment }: OwnCommand): boolean {
  const texts = [...words, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
  const sizes = texts.map((text) => Buffer.byteLength(text) + 9);
  return Math.max(...sizes) < 128 * 1024 && sizes.reduce((sum, size) => sum + size, 0) < 1024 * 1024;
}
