import { openSync, writeSync } from "node:fs";
import { failureReason } from "./failure-reason.ts";
import { UserError } from "./user-error.ts";

/**
 * Opens a file (0600 where it is new) for texts that are put to its end, each in one write.
 *
 * @throws UserError where it cannot be opened
 */
export function appendTo(path: string): (text: string) => void {
  let file: number;
  try {
    file = openSync(path, "a", 0o600);
  } catch (error) {
    throw new UserError(`cannot write to ${path}: ${failureReason(error)}`, { cause: error });
  }
  return (text) => void writeSync(file, text);
}
