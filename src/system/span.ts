import { UserError } from "./user-error.ts";

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/**
 * A span of time that a person typed, such as `45m`, `2h` or `1h30m`, in milliseconds. Pure.
 *
 * @throws UserError that names the option
 */
export function milliseconds(text: string, option: string): number {
  if (!/^(\d+[smh])+$/.test(text)) {
    throw new UserError(`${option} takes a time such as 45m, 2h or 1h30m, and not "${text}"`, {
      exitCode: 2,
    });
  }
  const parts = text.matchAll(/(\d+)([smh])/g);
  return [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}
