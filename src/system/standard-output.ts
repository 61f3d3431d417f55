import { writeSync } from "node:fs";

/**
 * Writes a result to standard output, mostly without `process.stdout`, which takes 2 ms to make. That one gets what
 * could not be written at once: it waits for a full pipe, and tells of what is wrong with a broken one.
 */
export const standardOutput = {
  write(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    let written = 0;
    try {
      // On Windows a console wants UTF-16, which only process.stdout knows.
      if (process.platform !== "win32") written = writeSync(1, bytes);
    } catch {
      // As above.
    }
    if (written < bytes.length) standardStream().write(bytes.subarray(written));
  },
};

/** `process.stdout`. Its reader may be gone before the answer is: a session that was paid for is stored all the same. */
export function standardStream(): NodeJS.WriteStream & { fd: 1 } {
  const { stdout } = process;
  if (!stdout.listeners("error").includes(ignoreGoneReader)) stdout.on("error", ignoreGoneReader);
  return stdout;
}

function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
