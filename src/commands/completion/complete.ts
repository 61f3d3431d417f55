import { type AwsConfig, configFiles, loadConfig, readConfigFile } from "../../config/aws-config.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { readRoleArn } from "../../config/resolve/role-arn.ts";
import type { Candidate } from "../../emit/answer.ts";
import { shells } from "../../emit/shells.ts";
import type { Environment } from "../../system/environment.ts";
import { homeOfUser } from "../../system/environment.ts";
import { printable } from "../../system/printable.ts";
import { standardOutput } from "../../system/standard-output.ts";
import type { Grammar } from "./candidates.ts";
import { candidates } from "./candidates.ts";

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

/** What completion knows besides the command line. */
interface Knowledge {
  readonly grammar: Grammar;
  readonly identities: readonly Candidate[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What a shell's functions get to read when TAB was pressed: nothing for a shell that has no completion. Pure.
 *
 * @param words what follows `aws-as complete`: the shell, and the command line as that shell gives it
 */
export function completionAnswer([name, ...given]: readonly string[], known: Knowledge): string {
  const completion = shells.flatMap((shell) => shell.completion).find((each) => each.name === name);
  // A person cannot type what a terminal cannot show, and no such character may reach a terminal.
  const find = (line: readonly string[]) =>
    candidates(line, known.grammar, known.identities)
      .filter(({ word }) => printable(word) === word)
      .map(({ word, description }) => ({ word, description: printable(description) }));
  return completion?.answer(given, find, known.env) ?? "";
}

/** The names that a person can act as, each with what it is. */
function identityCandidates(config: AwsConfig): Candidate[] {
  return identityNames(config).map(({ name, kind }) => {
    const arn = effectiveProfile(config, name)?.get("role_arn")?.value ?? "";
    const role = kind === "role" ? readRoleArn(arn) : undefined;
    return { word: name, description: role ? `role ${role.role} in ${role.account}` : kinds[kind] };
  });
}

const kinds = {
  user: "user",
  role: "role",
  external: "credentials of another source",
  limited: "another identity, limited",
} as const;
