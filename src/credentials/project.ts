import { join } from "node:path";
import { type AwsConfig, tildePath } from "../config/aws-config.ts";
import {
  type ProjectNames,
  parseProjectFile,
  projectFileName,
  projectFolders,
} from "../config/project-file.ts";
import { effectiveProfile } from "../config/resolve/effective-profile.ts";
import { roleOfName } from "../config/resolve/short-names.ts";
import type { Machine } from "../machine/machine.ts";
import { sha256Hex } from "../system/sha256.ts";
import { UserError } from "../system/user-error.ts";

/** The file of the project that this process was started in. */
export interface ProjectFile {
  /** In a folder with all links resolved. */
  readonly path: string;
  /** As messages show it. */
  readonly shown: string;
  readonly names: ProjectNames;
  readonly hash: string;
}

/** What finding the file and knowing whether it is allowed take. */
export type ProjectHost = Pick<Machine, "realPath" | "folder" | "home" | "readFile" | "notes">;

/** What is remembered of a file that was allowed. */
interface Allowed {
  readonly hash: string;
  /** Names to roles, to tell what has changed. */
  readonly roles: Readonly<Record<string, string>>;
}

/** Bytes: a list of names has some hundreds. */
const largest = 64 * 1024;

/**
 * The nearest file of the project; undefined where there is none.
 *
 * @throws UserError for one that cannot be understood
 */
export async function projectFile(machine: ProjectHost): Promise<ProjectFile | undefined> {
  const real = (path: string) => machine.realPath(path);
  const folder = real(machine.folder());
  if (folder === undefined) return undefined;
  const isRepository = (each: string) => real(join(each, ".git")) !== undefined;
  for (const each of projectFolders(folder, real(machine.home) ?? machine.home, isRepository)) {
    const path = join(each, projectFileName);
    // A folder of that name, or a file that is not ours to read, is nobody's list of names.
    const bytes = await machine.readFile(path).catch(() => undefined);
    if (bytes === undefined) continue;
    const shown = tildePath(path, machine.home);
    if (bytes.length > largest) throw new UserError(`${shown} is too large to be a list of names`);
    const text = bytes.toString("utf8");
    return { path, shown, names: parseProjectFile(text, shown), hash: sha256Hex(text) };
  }
  return undefined;
}

/**
 * The names of the project, if one of them is the one that is looked for: then the person has to have allowed the file as it
 * is now, or does so.
 */
export async function projectNamesFor(
  name: string,
  config: AwsConfig,
  machine: Machine,
  mayAsk: boolean,
): Promise<ProjectNames | undefined> {
  const file = await projectFile(machine);
  if (file === undefined || !file.names.has(name)) return undefined;
  const before = await allowedBefore(file, machine);
  if (before?.hash === file.hash) return file.names;
  const state = before === undefined ? "is not allowed yet" : "has changed since it was allowed";
  const refused = (exitCode: 1 | 130) =>
    new UserError(`"${name}" is named by ${file.shown}, which ${state}`, {
      hints: ["look at it, and then: aws-as allow"],
      exitCode,
    });
  if (!mayAsk) throw refused(1);
  const answer = await machine.people.confirm("Use these names?", [
    `${file.shown} ${before === undefined ? "names roles" : "has changed"}:`,
    ...changes(file.names, before, config),
  ]);
  if (answer.kind !== "answer" || !answer.value) throw refused(answer.kind === "cannot-ask" ? 1 : 130);
  await allow(file, machine);
  return file.names;
}

/**
 * All names of the project that mean something here: those of a file that is allowed as it is now, without those that are
 * taken. Asks nobody and throws nothing.
 *
 * @returns `unused`: why those of a file that is there do not count
 */
export async function projectNamesHere(
  config: AwsConfig,
  machine: ProjectHost,
): Promise<{ readonly names: ProjectNames; readonly unused?: string }> {
  const none = new Map<never, never>();
  try {
    const file = await projectFile(machine);
    if (file === undefined) return { names: none };
    const before = await allowedBefore(file, machine);
    if (before?.hash !== file.hash) {
      const state =
        before === undefined ? "names roles and is not allowed yet" : "has changed since it was allowed";
      return { names: none, unused: `${file.shown} ${state}: aws-as allow` };
    }
    const isFree = (name: string) =>
      effectiveProfile(config, name) === undefined && roleOfName(config, name) === undefined;
    return { names: new Map([...file.names].filter(([name]) => isFree(name))) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { names: none, unused: error.message };
  }
}

/** Remembers that the file may be used as it is. */
export async function allow({ path, hash, names }: ProjectFile, { notes }: Machine): Promise<void> {
  const roles = Object.fromEntries([...names].map(([name, { value }]) => [name, value]));
  await notes.write(noteOf(path), { hash, roles } satisfies Allowed);
}

/** Forgets that it may. */
export async function disallow({ path }: ProjectFile, { notes }: Machine): Promise<void> {
  await notes.remove(noteOf(path));
}

export async function allowedBefore(
  { path }: ProjectFile,
  { notes }: Pick<Machine, "notes">,
): Promise<Allowed | undefined> {
  const note = (await notes.read(noteOf(path))) as Partial<Allowed> | undefined;
  return typeof note?.hash === "string" ? { hash: note.hash, roles: note.roles ?? {} } : undefined;
}

function noteOf(path: string): string {
  return `projects/${sha256Hex(path).slice(0, 32)}`;
}

/** What there is to know before it is allowed, a line each: all names, or what became of those that were allowed before. */
export function changes(names: ProjectNames, before: Allowed | undefined, config: AwsConfig): string[] {
  const known = new Map(Object.entries(before?.roles ?? {}));
  const lines = [...names].flatMap(([name, { value }]) => {
    const was = known.get(name);
    if (was === value) return [];
    const isTaken = effectiveProfile(config, name) !== undefined;
    const remarks = [
      was === undefined ? [] : `was ${was}`,
      isTaken ? "not used: you have a profile of that name" : [],
    ];
    return [
      `  ${name} = ${value}${remarks
        .flat()
        .map((remark) => `   (${remark})`)
        .join("")}`,
    ];
  });
  const gone = [...known.keys()].filter((name) => !names.has(name)).map((name) => `  ${name} is gone`);
  return [...lines, ...gone];
}
