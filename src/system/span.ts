import { secondsIn } from "./clock.ts";
import { UserError } from "./user-error.ts";

/**
 * A span of time that a person typed, such as `45m`, `2h` or `1h30m`, in milliseconds. Pure.
 *
 * @throws UserError that names the option
 */
export function milliseconds(text: string, option: string): number {
  const seconds = /^(\d+[smh])+$/.test(text) ? secondsIn(text) : undefined;
  if (seconds === undefined) {
    throw new UserError(`${option} takes a time such as 45m, 2h or 1h30m, and not "${text}"`, {
      exitCode: 2,
    });
  }
  return seconds * 1000;
}
