import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import type { Environment } from "../environment.ts";
import { commandShell } from "./run-command.ts";

/**
 * The path of a folder or file by Windows' short names (`C:\\Users\\JANEDO~1`), as the disk has them: a name that is guessed
 * may be another folder's. Only cmd.exe tells it to those who cannot call GetShortPathName. With /u it writes UTF-16.
 */
export function shortPath(path: string, env: Environment): string | undefined {
  // Both would be replaced in the line.
  if (/[%"]/.test(path)) return undefined;
  const line = `"for /f "delims=" %I in ("${path}") do @echo %~sI"`;
  const options = { windowsVerbatimArguments: true, windowsHide: true, timeout: 10_000 };
  const { stdout } = spawnSync(commandShell(env), ["/d", "/u", "/v:off", "/s", "/c", line], options);
  const short = stdout?.toString("utf16le").trim();
  return short && isSame(short, path) ? short : undefined;
}

function isSame(one: string, other: string): boolean {
  try {
    const [first, second] = [one, other].map((path) => statSync(path, { bigint: true }));
    return first?.ino === second?.ino && first?.dev === second?.dev;
  } catch {
    return false;
  }
}
