import { closeSync, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import type { OpenTerminal, Terminal, TerminalLine } from "./terminal.ts";

/**
 * The Windows console, by its device names, in its own line mode with echo. Written from the documentation
 * and never run yet. Windows knows no background jobs; a process without a console window cannot open
 * CONIN$, which is the state "none". Typing cannot be hidden without raw mode, so `hideTyping` answers false.
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
  let pending = "";
  let ended = false;
  let wake = () => {};
  stream.on("data", (chunk) => {
    pending += chunk;
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
    write: async (text) => {
      writeSync(output, text);
    },
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
    hideTyping: () => false,
    showTyping: () => {},
    onStop: () => {},
    onLost: () => {},
    close: () => {
      stream.destroy();
      closeSync(output);
    },
  };
}
