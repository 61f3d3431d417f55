import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { one } from "../aws/world-of-one.ts";
import type { Desk } from "../desk.ts";
import { ended, type Run } from "../home.ts";

/** Gets a session for my-user1, so that no switch after it asks anything. */
export async function signIn(desk: Desk): Promise<void> {
  const login = await desk.alone("aws-as", ["login", "my-user1", "--code", desk.fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
}

/** Runs a shell at the desk to its end, without a terminal. */
export function runShell(
  desk: Desk,
  words: readonly [string, ...string[]],
  options: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<Run> {
  const [program, ...args] = words;
  return ended(
    spawn(program, args, {
      cwd: options.cwd ?? desk.home.path,
      env: { ...desk.env, ...options.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}
