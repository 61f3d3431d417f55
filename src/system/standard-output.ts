import { fstatSync, readFileSync, statSync, writeSync } from "node:fs";

/** Standard output for results. */
export interface StandardOutput {
  write(text: string): void;
  /** `process.stdout`, for callers that need a stream. */
  stream(): NodeJS.WriteStream & { fd: 1 };
}

/**
 * Writes results mostly without `process.stdout`, which takes 2 ms to make. That one gets what could not be written at
 * once: it waits for a full pipe, and tells of what is wrong with a broken one.
 *
 * @param onLost told why a result could not be written. A reader that has gone is no loss: what it asked for is stored.
 */
export function standardOutput(onLost: (error: NodeJS.ErrnoException) => void): StandardOutput {
  const tell = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") onLost(error);
  };
  const stream = () => {
    const { stdout } = process;
    if (!stdout.listeners("error").includes(tell)) stdout.on("error", tell);
    used.add(stdout);
    return stdout;
  };
  return {
    stream,
    write(text) {
      const bytes = Buffer.from(text, "utf8");
      let written = 0;
      try {
        // On Windows a console wants UTF-16, which only process.stdout knows.
        if (process.platform !== "win32") written = writeSync(1, bytes);
      } catch {
        // As above.
      }
      if (written < bytes.length) stream().write(bytes.subarray(written));
    },
  };
}

/** True where a person sees the result. What is no device costs nothing to tell. */
export function outputIsTerminal(): boolean {
  try {
    return fstatSync(1).isCharacterDevice() && process.stdout.isTTY;
  } catch {
    return false;
  }
}

/**
 * True where standard output was closed before we started. Node then puts /dev/null there, open for reading as well, which
 * no shell's `>/dev/null` is. Linux alone shows that.
 */
export function outputWasClosed(): boolean {
  try {
    if (!fstatSync(1).isCharacterDevice()) return false;
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync("/proc/self/fdinfo/1", "utf8"))?.[1] ?? "0";
    return fstatSync(1).rdev === statSync("/dev/null").rdev && parseInt(flags, 8) % 4 === 2;
  } catch {
    return false;
  }
}

/** True when somebody in this process has written to a pipe on standard output by `process.stdout`. */
export function wasWritten(): boolean {
  return (
    (process.stdout as Partial<NodeJS.WriteStream>).bytesWritten !== undefined &&
    process.stdout.bytesWritten > 0
  );
}

/** `process.stderr`, made on first use. A broken stderr is no reason to lose a result. */
export function standardError(): NodeJS.WriteStream & { fd: 2 } {
  const { stderr } = process;
  if (!stderr.listeners("error").includes(ignore)) stderr.on("error", ignore);
  used.add(stderr);
  return stderr;
}

/** The streams that were asked for: Node makes each when it is first named. */
const used = new Set<NodeJS.WriteStream>();

/** Waits until what the streams got is out or lost, and `onLost` has been told. */
export async function allWritten(): Promise<void> {
  if (used.size === 0) return;
  await Promise.all([...used].map((stream) => new Promise((done) => stream.write("", done))));
  // A stream calls back before it emits the error.
  await new Promise(setImmediate);
}

function ignore(): void {}

/**
 * Runs `work` with those process warnings left out whose text holds `part`. For libraries that write advice for
 * their own users on standard error, where ours would read it as a failure. Only what happens before `work` returns
 * is covered.
 */
export function withoutWarning<T>(part: string, work: () => T): T {
  const original = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes(part)) Reflect.apply(original, process, [warning, ...rest]);
  };
  try {
    return work();
  } finally {
    process.emitWarning = original;
  }
}
