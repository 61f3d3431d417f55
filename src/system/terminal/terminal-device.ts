import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, statSync, writeSync } from "node:fs";
import { type Clock, systemClock } from "../clock.ts";
import { inForeground, terminalPath } from "./controlling-terminal.ts";
import type { OpenTerminal, Terminal, TerminalLine, TerminalState } from "./terminal.ts";

/**
 * The controlling terminal on POSIX systems.
 *
 * It is opened without blocking and read in a polled loop, not as a stream. A pending read of a stream
 * would take the keys meant for the next reader, would hold the process open, and would stop the whole job
 * with SIGTTIN if the job went to the background meanwhile. So every read is preceded by a look at whether
 * the terminal is still ours. The terminal's modes are left alone, but for `hideTyping`: whoever kills us
 * finds the terminal as it was.
 */

/** Milliseconds between two looks for input: below what a person notices. */
const pollInterval = 30;

/** Milliseconds that another program has for all its lines, before the question is shown again below them. */
const othersLines = 500;

/** /dev/tty, with the time it is polled by. */
export function terminalDevice(clock: Clock = systemClock): Terminal {
  return {
    state: () => {
      const device = openDevice();
      if (typeof device === "string") return device;
      closeSync(device);
      return "foreground";
    },
    open: () => {
      const device = openDevice();
      return typeof device === "string" ? device : conversation(device, clock);
    },
  };
}

/**
 * Notes the terminal's modes before a program uses it. The returned function puts them back, with colours and cursor
 * as usual and on a new line, if the program was ended while it used it.
 */
export function saveTerminalModes(): () => void {
  const modes = stty("-g");
  return () => {
    // In the background the terminal is the shell's, which has set it up for itself by now.
    if (!inForeground()) return;
    if (modes !== undefined) stty(modes);
    const device = openDevice();
    if (typeof device === "string") return;
    writeNow(device, Buffer.from("\x1b[0m\x1b[?25h\r\n"));
    closeSync(device);
  };
}

function openDevice(): number | Exclude<TerminalState, "foreground"> {
  let device: number;
  try {
    device = openSync("/dev/tty", constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return "none";
  }
  if (inForeground()) return device;
  closeSync(device);
  return "background";
}

function conversation(device: number, clock: Clock): OpenTerminal {
  const buffer = Buffer.alloc(4096);
  let pending = "";
  let ended = false;
  let savedModes: string | undefined;
  let stopping = () => {};
  let lost = async () => {};
  let showing = Promise.resolve();
  const path = terminalPath();
  let written: number | undefined;

  /** Takes what the terminal has to give now, without waiting. */
  function drain(): void {
    while (!ended) {
      const count = readNow(device, buffer);
      if (count === undefined) return;
      if (count === 0) ended = true;
      pending += buffer.toString("utf8", 0, count);
    }
  }

  function nextLine(): string | undefined {
    const end = pending.indexOf("\n");
    if (end < 0) return undefined;
    const line = pending.slice(0, end);
    pending = pending.slice(end + 1);
    return line;
  }

  /**
   * When a program last wrote on the terminal, to 8 s; what a person types and the kernel echoes does not count. The
   * kernel tells by the file's time: `tty_update_time` in https://github.com/torvalds/linux/blob/master/drivers/tty/tty_io.c
   */
  function lastWritten(): number | undefined {
    return path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  }

  /** Shows the question again, on a line of its own, if another program has written since we did. */
  async function uncover(signal: AbortSignal): Promise<void> {
    const now = lastWritten();
    if (now === undefined || now === written) return;
    await clock.sleep(othersLines, signal).catch(() => {});
    if (signal.aborted || !inForeground()) return;
    drain();
    if (ended || pending.includes("\n")) return;
    writeNow(device, Buffer.from("\r\n"));
    await lost();
  }

  function showTyping(): void {
    if (savedModes !== undefined) stty(savedModes);
    savedModes = undefined;
  }

  function hideTyping(): boolean {
    const modes = stty("-g");
    if (modes === undefined) return false;
    savedModes ??= modes;
    return stty("-echo") !== undefined;
  }

  // Suspended with hidden typing, a person would be left in a shell that shows nothing.
  function onStop(): void {
    const hidden = savedModes !== undefined;
    showTyping();
    stopping();
    process.off("SIGTSTP", onStop);
    // With the handler gone this stops us here, or does nothing where the kernel allows no stop.
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", onStop);
    if (!inForeground()) return;
    if (hidden) hideTyping();
    showing = lost();
  }
  process.on("SIGTSTP", onStop);

  return {
    hideTyping,
    showTyping,
    onStop: (callback) => {
      stopping = callback;
    },
    onLost: (callback) => {
      lost = callback;
    },
    typedAhead: () => {
      if (inForeground()) drain();
      const lines: string[] = [];
      for (let line = nextLine(); line !== undefined; line = nextLine()) lines.push(line);
      return lines;
    },
    write: async (text, signal) => {
      let rest = Buffer.from(text);
      while (rest.length > 0 && inForeground()) {
        const count = writeNow(device, rest);
        rest = rest.subarray(count);
        if (count > 0) continue;
        if (signal === undefined || signal.aborted) return;
        await clock.sleep(pollInterval, signal).catch(() => {});
      }
      written = lastWritten();
    },
    readLine: async (signal): Promise<TerminalLine> => {
      for (;;) {
        await showing;
        signal.throwIfAborted();
        const line = nextLine();
        if (line !== undefined) return { kind: "line", text: line };
        if (ended) return { kind: "end" };
        if (!inForeground()) return { kind: hungUp() ? "end" : "background" };
        drain();
        if (ended || pending.includes("\n")) continue;
        await uncover(signal);
        await clock.sleep(pollInterval, signal).catch(() => {});
      }
    },
    close: () => {
      process.off("SIGTSTP", onStop);
      showTyping();
      closeSync(device);
    },
  };
}

function hungUp(): boolean {
  const device = openDevice();
  if (typeof device === "number") closeSync(device);
  return device === "none";
}

/** The bytes read, 0 at the end of input, undefined when there is nothing yet. A hang-up (EIO) is an end. */
function readNow(device: number, buffer: Buffer): number | undefined {
  try {
    return readSync(device, buffer);
  } catch (error) {
    return isBusy(error) ? undefined : 0;
  }
}

/** The bytes written, 0 when the terminal takes none now (Ctrl-S). A hang-up swallows everything. */
function writeNow(device: number, bytes: Buffer): number {
  try {
    return writeSync(device, bytes);
  } catch (error) {
    return isBusy(error) ? 0 : bytes.length;
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EAGAIN" || code === "EINTR";
}

/**
 * Runs `stty` on the terminal; what it printed, or undefined when it failed. In a session of its own, where
 * neither a second Ctrl-C nor job control can stop it halfway. It gets a descriptor of its own: libuv makes
 * what a child inherits blocking, which would make our own reads block.
 */
function stty(...words: string[]): string | undefined {
  let input: number;
  try {
    input = openSync("/dev/tty", constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
  // `detached` works for spawnSync as for spawn; only the types do not know it.
  const detached: object = { detached: true };
  const done = spawnSync("stty", words, { ...detached, stdio: [input, "pipe", "ignore"], timeout: 3000 });
  closeSync(input);
  return done.status === 0 ? done.stdout.toString("utf8").trim() : undefined;
}
