import { UserError } from "../../system/user-error.ts";
import { quote } from "../shown.ts";
import { type FileKind, sectionName, spacedName } from "./lines.ts";

/** A section that aws-as writes. `settings` is `[aws-as]`, whose name is `aws-as`. */
export interface SectionKey {
  readonly type: "profile" | "aws-as" | "settings";
  readonly name: string;
}

// What PHP's ini parser takes for constants.
const reservedNames = new Set(["yes", "no", "on", "off", "true", "false", "null", "none"]);

/**
 * The header line that every client reads alike: one space, no quotes, nothing behind the bracket. Only aws-as reads
 * `[aws-as NAME]`, so that there a name may have blanks.
 */
export function headerLine({ type, name }: SectionKey, kind: FileKind): string {
  if (type === "aws-as" && kind === "config" && name.includes(" ") && spacedName.test(name)) {
    return `[aws-as '${name}']`;
  }
  if (!sectionName.test(name)) {
    throw new UserError(`the name ${quote(name)} cannot be written: use letters, digits and _.@:/+%- only`);
  }
  if (kind === "credentials") {
    if (type !== "profile")
      throw new Error(`a section of type ${type} does not belong in the credentials file`);
    return `[${name}]`;
  }
  return type === "settings" ? "[aws-as]" : `[${type} ${name}]`;
}

/**
 * A property's value that every client reads alike. Throws a UserError for one that some client would cut or
 * misread; it does not show the value.
 */
export function checkWritable(name: string, value: string): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name) || reservedNames.has(name)) {
    throw new UserError(`the property name ${quote(name)} cannot be written: some AWS clients misread it`);
  }
  const problem = unwritable(value);
  if (problem !== undefined) throw new UserError(`the value of ${name} cannot be written: ${problem}`);
}

function unwritable(value: string): string | undefined {
  if (value.trim() === "") return "it is empty";
  if (value.trim() !== value) return "it begins or ends with white space";
  if (hasControl(value)) return "it holds a line break or another control character";
  if (/[[\]]/.test(value)) return "it holds a square bracket, which some AWS clients take for a section";
  if (/(?:^|\s)[#;]/.test(value)) return "it holds a # or ; that would begin a comment";
  if (Buffer.from(value).toString() !== value) return "it is not valid Unicode";
  return undefined;
}

/** A comment line in column 1. */
export function commentLine(text: string): string {
  if (hasControl(text)) throw new Error("a comment must be one line");
  return `# ${text}`;
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
