import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AwsConfig, configFiles, loadConfig, readConfigFile } from "../../config/aws-config.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import { identityNames, mayHaveProject } from "../../config/resolve/identity-list.ts";
import { readRoleArn, readRoleReference } from "../../config/resolve/role-arn.ts";
import { accountsOf } from "../../config/resolve/short-names.ts";
import type { Candidate } from "../../emit/answer.ts";
import { shells } from "../../emit/shells.ts";
import type { Environment } from "../../system/environment.ts";
import { currentFolder, homeOfUser } from "../../system/environment.ts";
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
  const { identities, roles } = await loadConfig(configFiles(env, homeOfUser()), readConfigFile)
    .then(async (config) => ({
      identities: [...identityCandidates(config), ...(await projectCandidates(config, env))],
      roles: roleCandidates(config),
    }))
    .catch(() => ({ identities: [], roles: [] }));
  // The shell that asked may be gone.
  standardOutput(() => undefined).write(
    completionAnswer(words, { grammar: AWS_AS_GRAMMAR, identities, roles, env }),
  );
}

/** What completion knows besides the command line. */
interface Knowledge {
  readonly grammar: Grammar;
  readonly identities: readonly Candidate[];
  /** Other names for roles, told to who has begun one: they would double the list. */
  readonly roles?: readonly Candidate[];
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
    candidates(line, known.grammar, [...known.identities, ...begun(line.at(-1) ?? "", known.roles)])
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

/** The names of the project's file, where it is allowed; of another nothing may be said in the middle of a line. */
async function projectCandidates(config: AwsConfig, env: Environment): Promise<Candidate[]> {
  const folder = currentFolder();
  if (!mayHaveProject(folder, existsSync)) return [];
  const [{ projectNamesHere }, { fileNotes }, { realPath }] = await Promise.all([
    import("../../credentials/project.ts"),
    import("../../system/files/notes.ts"),
    import("../../system/files/private-files.ts"),
  ]);
  const home = homeOfUser();
  const notes = fileNotes(join(env["AWS_AS_DIR"] || join(home, ".aws", "aws-as"), "notes"));
  const { names } = await projectNamesHere(config, {
    home,
    notes,
    realPath,
    folder: () => folder,
    readFile: readConfigFile,
  });
  return [...names].map(([word, { value, position }]) => {
    const role = readRoleReference(value);
    return { word, description: `role ${role?.role} in ${role?.account}, named in ${position.file}` };
  });
}

/** `ALIAS/ROLE` for all roles that the files name in accounts that have an alias. */
function roleCandidates(config: AwsConfig): Candidate[] {
  const aliases = [...accountsOf(config)];
  if (aliases.length === 0) return [];
  const words = identityNames(config).flatMap(({ name }) => {
    const role = readRoleArn(effectiveProfile(config, name)?.get("role_arn")?.value ?? "");
    return aliases.flatMap(([alias, account]) => (account === role?.account ? `${alias}/${role.role}` : []));
  });
  return [...new Set(words)].map((word) => ({ word, description: "role by its account's alias" }));
}

function begun(typed: string, roles: readonly Candidate[] = []): readonly Candidate[] {
  return typed === "" ? [] : roles.filter(({ word }) => word.startsWith(typed));
}

const kinds = {
  user: "user",
  role: "role",
  external: "credentials of another source",
  limited: "another identity, limited",
} as const;
