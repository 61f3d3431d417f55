import { dirname } from "node:path";
import { UserError } from "../system/user-error.ts";
import type { Property } from "./resolve/identity.ts";
import { readRoleReference } from "./resolve/role-arn.ts";
import { quote } from "./shown.ts";

/** Its name, in the folder of a project or at the top of its repository. */
export const projectFileName = ".aws-as";

/** Short names to roles, each an ARN or `ACCOUNT/ROLE`, with its line. */
export type ProjectNames = ReadonlyMap<string, Property>;

/**
 * Where a project's file may be, the nearest folder first: up to the top of the repository that one is in, else to the home.
 * Nowhere outside of both, where the folders above may be anybody's. Pure, but for `isRepository`.
 */
export function projectFolders(
  folder: string,
  home: string,
  isRepository: (folder: string) => boolean,
): string[] {
  const folders: string[] = [];
  for (let here = folder; here !== ""; here = dirname(here)) {
    folders.push(here);
    if (isRepository(here)) return folders;
    if (dirname(here) === here) break;
  }
  const end = folders.indexOf(home);
  return end < 0 ? [] : folders.slice(0, end + 1);
}

/**
 * Lines of `NAME = ROLE`, comments behind `#`, and nothing else: there is nothing in it that could be run, or that changes how a role is
 * assumed. Pure.
 *
 * @throws UserError for any other line: a file that is half understood would be allowed for what it does not say
 */
export function parseProjectFile(text: string, file: string): ProjectNames {
  const names = new Map<string, Property>();
  for (const [index, raw] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") continue;
    const position = { file, line: index + 1 };
    const [, name, value] = /^([A-Za-z0-9][\w.@+-]{0,63})\s*=\s*(\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || readRoleReference(value) === undefined) {
      throw new UserError(`${quote(line)} is no name of a role`, {
        at: position,
        hints: ["each line is like this: deploy = arn:aws:iam::111111111111:role/deploy"],
      });
    }
    if (names.has(name)) throw new UserError(`${quote(name)} is named twice`, { at: position });
    names.set(name, { value, position });
  }
  return names;
}
