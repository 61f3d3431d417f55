import { configFiles, loadConfig, readConfigFile } from "../../config/aws-config.ts";
import type { Environment } from "../../system/environment.ts";
import { homeOfUser } from "../../system/home.ts";
import { standardOutput } from "../../system/standard-output.ts";
import { completionAnswer } from "./answer.ts";
import type { Grammar } from "./grammar.ts";
import { identityCandidates } from "./identities.ts";

/** What clipanion says of the commands, put in by the build, so that the TAB key does not wait for clipanion. */
declare const AWS_AS_GRAMMAR: Grammar;

/**
 * `aws-as complete …`: prints what can stand where TAB was pressed. Opens no store, asks for nothing, and reports no
 * error, because it would stand in the middle of the line that a person types.
 *
 * @param words what follows `complete`
 */
export async function printCompletions(words: readonly string[], env: Environment): Promise<void> {
  const identities = await loadConfig(configFiles(env, homeOfUser()), readConfigFile).then(
    identityCandidates,
    () => [],
  );
  // The shell that asked may be gone.
  standardOutput(() => undefined).write(
    completionAnswer(words, { grammar: AWS_AS_GRAMMAR, identities, env }),
  );
}
