type Execve = (file: string, words: readonly string[], environment: Readonly<Record<string, string>>) => void;

/** Node.js 22.15 and 23.11 brought it; a failure ends the process with a core file, so none may be left to happen. */
const { execve } = process as { execve?: Execve };

/** Becomes another program; undefined where this Node.js, or the system, cannot. */
export const replaceProcess: Execve | undefined =
  process.platform !== "win32" && execve !== undefined
    ? (file, words, environment) => {
        giveBackOutput();
        defaultSignals();
        execve(file, words, environment);
      }
    : undefined;

/** A pipe that Node.js wrote to does not block, for its next user neither. Node.js undoes that only when it exits. */
function giveBackOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const { _handle: handle } = stream as { _handle?: { setBlocking?: (on: boolean) => void } };
    handle?.setBlocking?.(true);
  }
}

/** Node.js ignores these, and ignored signals stay so in the next program. Handled ones become default ones. */
function defaultSignals(): void {
  for (const signal of ["SIGPIPE", "SIGXFSZ"] as const) process.on(signal, () => undefined);
}
