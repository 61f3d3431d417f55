import { readSync } from "node:fs";
import { isatty } from "node:tty";
import { failureReason } from "./failure-reason.ts";
import { UserError } from "./user-error.ts";

/** Bytes: far more than a key takes. */
const limit = 64 * 1024;

/**
 * All of standard input, as text. Read only by a command with --stdin: otherwise it belongs to the caller.
 *
 * @throws UserError when it is a terminal (what is typed there would be shown), too long, or cannot be read
 */
export function readStandardInput(): string {
  if (isatty(0)) {
    throw new UserError("standard input is a terminal, which would show what is typed", {
      hints: ["leave out --stdin to be asked, or hand the key over: aws-as keys add NAME --stdin < FILE"],
      exitCode: 2,
    });
  }
  const bytes = Buffer.alloc(limit + 1);
  let length = 0;
  try {
    while (length <= limit) {
      const count = readSome(bytes, length);
      if (count === 0) break;
      length += count;
    }
  } catch (error) {
    throw new UserError(`could not read standard input: ${failureReason(error)}`, { cause: error });
  }
  if (length > limit) throw new UserError(`standard input is longer than ${limit} bytes, which is no key`);
  const text = bytes.toString("utf8", 0, length);
  bytes.fill(0);
  return text;
}

/** Waits for more where the other end has not written yet: another holder of a pipe may have made it non-blocking. */
function readSome(bytes: Buffer, offset: number): number {
  for (;;) {
    try {
      return readSync(0, bytes, offset, bytes.length - offset, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
