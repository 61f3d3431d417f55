import type { PromptResult } from "../../prompt/prompt.ts";
import { UserError } from "../../system/user-error.ts";

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
