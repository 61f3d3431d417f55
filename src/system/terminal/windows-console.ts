import { closeSync, openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";
import type { OpenTerminal, Terminal, TerminalLine } from "./terminal.ts";

/**
 * The Windows console, by its device names, in its own line mode with echo. Windows knows no background jobs; a process
 * without a console cannot open CONIN$, which is the state "none". Node has no mode with lines and without echo, so that
 * while typing is hidden the keys come one by one, Ctrl-C among them.
 */
export function windowsConsole(): Terminal {
  return {
    state: () => {
      const device = openConsole();
      if (device === undefined) return "none";
      closeSync(device.input);
      closeSync(device.output);
      return "foreground";
    },
    open: () => {
      const device = openConsole();
      return device === undefined ? "none" : conversation(device);
    },
  };
}

interface Console {
  readonly input: number;
  readonly output: number;
}

function openConsole(): Console | undefined {
  let input: number | undefined;
  try {
    input = openSync("\\\\.\\CONIN$", "r+");
    return { input, output: openSync("\\\\.\\CONOUT$", "r+") };
  } catch {
    if (input !== undefined) closeSync(input);
    return undefined;
  }
}

function conversation({ input, output }: Console): OpenTerminal {
  const stream = new ReadStream(input).setEncoding("utf8");
  // A stream of a console, unlike a file, writes letters of all languages.
  const screen = new WriteStream(output);
  screen.on("error", () => {});
  let pending = "";
  let keys = "";
  let ended = false;
  let wake = () => {};
  stream.on("data", (chunk: string) => {
    if (stream.isRaw) {
      const typed = hiddenLines(keys + chunk);
      pending += typed.lines;
      keys = typed.rest;
      ended ||= typed.end === "end";
      // As the console does in line mode: whoever asks listens, and ends the question in good order.
      if (typed.end === "interrupted") process.emit("SIGINT", "SIGINT");
    } else pending += chunk;
    wake();
  });
  for (const event of ["end", "error", "close"]) {
    stream.on(event, () => {
      ended = true;
      wake();
    });
  }
  return {
    typedAhead: () => [],
    write: (text) => new Promise((done) => screen.write(text, () => done())),
    readLine: async (signal): Promise<TerminalLine> => {
      for (;;) {
        signal.throwIfAborted();
        const end = pending.indexOf("\n");
        if (end >= 0) {
          const text = pending.slice(0, end).replace(/\r$/, "");
          pending = pending.slice(end + 1);
          return { kind: "line", text };
        }
        if (ended) return { kind: "end" };
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    },
    hideTyping: () => stream.setRawMode(true).isRaw,
    showTyping: () => {
      stream.setRawMode(false);
    },
    onStop: () => {},
    onLost: () => {},
    close: () => {
      // Also where nothing was hidden: a read that is given up leaves the console as it was.
      stream.setRawMode(false);
      stream.destroy();
      screen.destroy();
    },
  };
}

/** What the keys of a console come to that has no lines: whole lines, and what is left of one that goes on. Pure. */
export function hiddenLines(keys: string): {
  readonly lines: string;
  readonly rest: string;
  readonly end?: "interrupted" | "end";
} {
  let lines = "";
  let rest = "";
  // Arrows and their kin come as sequences.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const key of keys.replace(/\x1b(?:\[[0-9;]*[ -/]*[@-~]|O.)?/g, "")) {
    if (key === "\x03") return { lines, rest: "", end: "interrupted" };
    // Ctrl-Z and Ctrl-D.
    if ((key === "\x1a" || key === "\x04") && rest === "") return { lines, rest, end: "end" };
    if (key === "\r" || key === "\n") {
      lines += `${rest}\n`;
      rest = "";
    } else if (key === "\b" || key === "\x7f") rest = [...rest].slice(0, -1).join("");
    else if (key >= " ") rest += key;
  }
  return { lines, rest };
}
