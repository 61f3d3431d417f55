import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import type { IPty } from "@lydell/node-pty";

/**
 * A terminal with a real program on it: what a person sees and types.
 *
 *   const shell = await startShell("bash");
 *   await shell.run("stty -a");                    // types a command, answers what it printed
 *   shell.type("aws-as login dev\r");
 *   await shell.waitFor("MFA code for");           // reads on from where the last match ended
 *   shell.type("123456\r");
 *   shell.press("ctrl-z");
 *   await shell.close();
 *
 * Waiting is always for a text, never for a time. A wait that fails shows all that was on the terminal.
 * Give every test that uses this `{ skip: withoutPty() }`.
 */
export interface Pty {
  readonly pid: number;
  /** Everything that was printed, escape sequences removed, lines ending in `\n`. */
  output(): string;
  /** Everything that was printed, as it came. */
  rawOutput(): string;
  /** What is visible after carriage returns and backspaces took effect, line by line. */
  screen(): string[];
  /** Waits for a text after the end of the last match; answers what stood between, the match included. */
  waitFor(what: string | RegExp, milliseconds?: number): Promise<string>;
  type(text: string): void;
  press(key: keyof typeof keys): void;
  resize(columns: number, rows: number): void;
  /** Sends a signal to the program; SIGHUP is what a closed terminal window sends. */
  kill(signal?: NodeJS.Signals): void;
  /** Resolves when the program has ended. */
  exit(): Promise<{ code: number; signal: number }>;
  /** Kills what still runs. */
  close(): Promise<void>;
}

/** A shell at its prompt. */
export interface ShellPty extends Pty {
  /** Types a command and waits for the prompt that follows it; answers what was printed between. */
  run(command: string, milliseconds?: number): Promise<string>;
  /** Waits for the next prompt. */
  waitForPrompt(milliseconds?: number): Promise<string>;
}

export interface PtyOptions {
  /** The whole environment, but for PATH, HOME, TERM and the locale, which are set where absent. */
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
}

const keys = {
  enter: "\r",
  "ctrl-c": "\x03",
  "ctrl-d": "\x04",
  "ctrl-z": "\x1a",
  "ctrl-s": "\x13",
  "ctrl-q": "\x11",
  "ctrl-\\": "\x1c",
  backspace: "\x7f",
  tab: "\t",
  escape: "\x1b",
} as const;

const prompt = "pty-ready> ";
const patience = 60_000;

type NodePty = typeof import("@lydell/node-pty");
let loaded: NodePty | Error | undefined;

// By require, so that a machine without the binary can still load the tests and say why it skips.
function load(): NodePty | Error {
  try {
    loaded ??= createRequire(import.meta.url)("@lydell/node-pty") as NodePty;
  } catch (error) {
    loaded = error as Error;
  }
  return loaded;
}

/** The reason to skip tests on a terminal, or false. With AWS_AS_TEST_ALL=1 never a reason: they then fail. */
export function withoutPty(): string | false {
  const pty = load();
  if (!(pty instanceof Error) || process.env["AWS_AS_TEST_ALL"] === "1") return false;
  return `SKIPPED: no pseudo-terminal here (${pty.message})`;
}

/** Starts a program on a terminal of its own, whose session it leads. */
export function startPty(file: string, args: readonly string[], options: PtyOptions = {}): Pty {
  const pty = load();
  if (pty instanceof Error) throw new Error(`@lydell/node-pty does not load: ${pty.message}`);
  const program = pty.spawn(file, [...args], {
    name: "xterm-256color",
    cols: options.columns ?? 400,
    rows: options.rows ?? 50,
    cwd: options.cwd ?? process.cwd(),
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      HOME: "/nonexistent",
      TERM: "xterm-256color",
      LC_ALL: "C.UTF-8",
      ...options.env,
    },
  });
  return wrap(program);
}

function wrap(program: IPty): Pty {
  let raw = "";
  let seen = 0;
  let ended: { code: number; signal: number } | undefined;
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  program.onData((data) => {
    raw += data;
    // nushell and others ask where the cursor is, and wait for the answer that every terminal gives.
    if (data.includes("\x1b[6n")) program.write("\x1b[1;1R");
    // fish 4 asks what terminal this is, and waits two seconds for it.
    if (data.includes("\x1b[c") || data.includes("\x1b[0c")) program.write("\x1b[?62;22c");
    notify();
  });
  program.onExit(({ exitCode, signal }) => {
    ended = { code: exitCode, signal: signal ?? 0 };
    notify();
  });

  /** Resolves with the first defined answer of `look`, which is asked again at every change. */
  function until<T>(look: () => T | undefined, milliseconds: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        stop();
        resolve(found);
      };
      const timer = setTimeout(() => {
        stop();
        const state = ended ? `the program ended with ${JSON.stringify(ended)}` : "the program runs";
        reject(new Error(`waited ${milliseconds} ms for ${what}; ${state}; on the terminal:\n${plain(raw)}`));
      }, milliseconds);
      const stop = () => {
        clearTimeout(timer);
        listeners.delete(check);
      };
      listeners.add(check);
      check();
    });
  }

  const self: Pty = {
    pid: program.pid,
    output: () => plain(raw),
    rawOutput: () => raw,
    screen: () => overtyped(raw),
    waitFor: (what, milliseconds = patience) =>
      until(
        () => {
          const text = plain(raw);
          const rest = text.slice(seen);
          const match = typeof what === "string" ? literal(rest, what) : what.exec(rest);
          if (!match) return undefined;
          const end = match.index + match[0].length;
          seen += end;
          return rest.slice(0, end);
        },
        milliseconds,
        typeof what === "string" ? JSON.stringify(what) : String(what),
      ),
    type: (text) => program.write(text),
    press: (key) => program.write(keys[key]),
    resize: (columns, rows) => program.resize(columns, rows),
    kill: (signal = "SIGHUP") => program.kill(signal),
    exit: () => until(() => ended, patience, "the end of the program"),
    close: async () => {
      if (!ended) program.kill("SIGKILL");
      await self.exit();
    },
  };
  return self;
}

/** Starts an interactive shell that reads no start-up files, and waits for its prompt. */
export async function startShell(
  shell: "bash" | "zsh" | "sh",
  options: PtyOptions & { readonly args?: readonly string[] } = {},
): Promise<ShellPty> {
  const args = {
    bash: ["--noprofile", "--norc", "-i"],
    zsh: ["-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr"],
    sh: ["-i"],
  }[shell];
  const env = { PS1: prompt, HISTFILE: "/dev/null", ...options.env };
  const pty = startPty(shell, [...args, ...(options.args ?? [])], { ...options, env });
  const waitForPrompt = (milliseconds?: number) => pty.waitFor(prompt, milliseconds);
  await waitForPrompt();
  return {
    ...pty,
    waitForPrompt,
    run: async (command, milliseconds) => {
      pty.type(`${command}\r`);
      // The echo of the command ends in a line end; what follows is the command's own.
      await pty.waitFor("\n");
      const text = await waitForPrompt(milliseconds);
      return text.slice(0, -prompt.length).replace(/^\r/, "");
    },
  };
}

/** Resolves when the condition holds, asked every 20 ms; for what gives no sign of itself, like a process's death. */
export async function eventually(
  condition: () => boolean,
  what: string,
  milliseconds = patience,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await delay(20);
  }
}

/** The processes that run now, zombies aside, with parent, process group and state as `ps` tells them. */
export function processes(): {
  pid: number;
  parent: number;
  group: number;
  state: string;
  command: string;
}[] {
  const listing = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,state=,args="], { encoding: "utf8" });
  return listing
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid, parent, group, state = "", command = ""]) => {
      return { pid: Number(pid), parent: Number(parent), group: Number(group), state, command };
    })
    .filter(({ pid, state }) => pid > 0 && !state.startsWith("Z"));
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  // Asked many times a second.
  if (!existsSync("/proc/self/stat")) return processes().some((one) => one.pid === pid);
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** The one child of a process, such as the command that a shell is running. */
export function childOf(pid: number): number {
  const children = processes().filter(({ parent }) => parent === pid);
  if (children.length !== 1 || !children[0]) {
    throw new Error(`process ${pid} has ${children.length} children: ${JSON.stringify(children)}`);
  }
  return children[0].pid;
}

function literal(text: string, wanted: string): { index: number; 0: string } | undefined {
  const index = text.indexOf(wanted);
  return index < 0 ? undefined : { index, 0: wanted };
}

/** Without escape sequences (CSI, OSC, character sets, keypad modes), with `\n` line ends. */
function plain(raw: string): string {
  return (
    raw
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
      .replace(/\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78])/g, "")
      .replace(/\r+\n/g, "\n")
  );
}

function overtyped(raw: string): string[] {
  return plain(raw)
    .split("\n")
    .map((line) => {
      const cells: string[] = [];
      let column = 0;
      for (const character of line) {
        if (character === "\r") column = 0;
        else if (character === "\b") column = Math.max(0, column - 1);
        else if (character >= " ") cells[column++] = character;
      }
      return cells.join("").trimEnd();
    });
}
