import { openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";

/** The terminal as streams, for what draws on it; standard input, output and error may be anything. */
export function openTerminalStreams(): { input: ReadStream; output: WriteStream; close(): void } {
  const [reading, writing] =
    process.platform === "win32" ? ["CONIN$", "CONOUT$"] : (["/dev/tty", "/dev/tty"] as const);
  const input = new ReadStream(openSync(reading, "r+"));
  const output = new WriteStream(openSync(writing, "r+"));
  return {
    input,
    output,
    close: () => {
      input.setRawMode(false);
      input.destroy();
      output.destroy();
    },
  };
}
