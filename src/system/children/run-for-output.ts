import type { Environment } from "../environment.ts";
import { passphraseProcessTimeoutMs } from "../limits.ts";
import { UserError } from "../user-error.ts";
import { runCommand } from "./run-command.ts";

/**
 * The standard output of a configured command.
 *
 * @param setting names the command in messages, which never show the command line: it may hold a secret
 * @throws UserError when it does not end with status 0
 */
export async function runForOutput(setting: string, command: string, env: Environment): Promise<string> {
  const result = await runCommand(command, { environment: env, timeLimit: passphraseProcessTimeoutMs });
  switch (result.kind) {
    case "exited":
      if (result.status === 0) return result.output;
      throw new UserError(`${setting} failed with exit status ${result.status}`);
    case "cancelled":
      throw new UserError(`${setting} was cancelled`, { exitCode: 130 });
    case "killed":
      throw new UserError(`${setting} was ended by ${result.by}`);
    case "timed-out":
      throw new UserError(`${setting} did not end within ${passphraseProcessTimeoutMs / 1000} s`);
    case "too-long":
      throw new UserError(`${setting} printed far more than one line`);
    case "not-started":
      throw new UserError(`${setting} could not be started: ${result.because}`);
  }
}
