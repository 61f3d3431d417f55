import type { Task } from "../machine/machine.ts";
import type { PromptResult } from "../prompt/prompt.ts";
import type { LongTermKey } from "../session/long-term-key.ts";
import { UserError } from "../system/user-error.ts";
import { wrongId, wrongSecret } from "./read-key.ts";

interface KeyQuestion {
  /** Whose key is asked for: ends "Access key id". */
  readonly of: string;
  /** Throws for an id that is not wanted, before the secret is asked for. */
  accept(accessKeyId: string): void;
  /** How to do without a person. */
  readonly otherwise: readonly string[];
}

/** Asks for an id and its secret, which is not shown. */
export async function askForKey(
  { of, accept, otherwise }: KeyQuestion,
  { machine: { people } }: Pick<Task, "machine">,
): Promise<LongTermKey> {
  const judge = (line: string) => {
    const problem = wrongId(line.trim());
    return problem === undefined ? { answer: line.trim() } : { complaint: problem };
  };
  const accessKeyId = requireAnswer(await people.line(`Access key id ${of}:`, judge), otherwise);
  accept(accessKeyId);
  const secretAccessKey = requireAnswer(await people.secret("Secret access key (not shown):"), otherwise);
  const problem = wrongSecret(secretAccessKey.reveal());
  if (problem !== undefined) throw new UserError(`this is no secret of a key: ${problem}`);
  return { accessKeyId, secretAccessKey };
}

/** The answer of a person, or the error that there is none. `otherwise` says how to do without one. */
export function requireAnswer<T>(result: PromptResult<T>, otherwise: readonly string[]): T {
  switch (result.kind) {
    case "answer":
      return result.value;
    case "cannot-ask":
      throw new UserError(`there is no way to ask: ${result.because}`, { hints: otherwise });
    case "timed-out":
      throw new UserError("nobody answered in time", { hints: otherwise });
    case "cancelled":
      throw new UserError("cancelled; nothing was changed", { exitCode: 130 });
  }
}
