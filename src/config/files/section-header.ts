import { UserError } from "../../system/user-error.ts";
import { quote } from "../shown.ts";
import { findSpace, skipSpace, trimSpace } from "./lines.ts";

export type FileKind = "config" | "credentials";

/** `settings` is `[aws-as]` without a name; `ignored` is every section that the grammar ignores. */
type SectionType = "profile" | "sso-session" | "services" | "aws-as" | "settings" | "ignored";

export interface SectionHeader {
  readonly type: SectionType;
  /** The section's name; for `ignored`, all text in the brackets; for `settings`, `aws-as`. */
  readonly name: string;
  /** True for `[default]` in the config file, which `[profile default]` beats. */
  readonly bareDefault: boolean;
}

/** The characters that every client accepts in a name (rule 9 of docs/config-grammar.md). */
export const sectionName = /^[A-Za-z0-9_.@:/+%-]+$/;

const namedTypes: ReadonlySet<string> = new Set(["profile", "sso-session", "services", "aws-as"]);

/** Reads a line that starts with `[`. `where` is its `file:line`. Throws a UserError when the closing bracket is missing. */
export function readSectionHeader(text: string, kind: FileKind, where: string): SectionHeader {
  const close = text.indexOf("]");
  const rest = close < 0 ? close : skipSpace(text, close + 1);
  const next = text[rest];
  if (close < 0 || (next !== undefined && next !== "#" && next !== ";")) {
    throw new UserError(`${where}: section must end with ]${headerForMessage(text, close)}`);
  }
  const inside = trimSpace(text.slice(1, close));
  return kind === "config" ? configHeader(inside) : credentialsHeader(inside);
}

function configHeader(inside: string): SectionHeader {
  if (inside === "default") return { type: "profile", name: "default", bareDefault: true };
  if (inside === "aws-as") return { type: "settings", name: inside, bareDefault: false };
  const space = findSpace(inside);
  if (space < 0) return ignored(inside);
  const type = inside.slice(0, space);
  const name = inside.slice(skipSpace(inside, space));
  if (!namedTypes.has(type) || !sectionName.test(name)) return ignored(inside);
  return { type: type as SectionType, name, bareDefault: false };
}

function credentialsHeader(inside: string): SectionHeader {
  return sectionName.test(inside) ? { type: "profile", name: inside, bareDefault: false } : ignored(inside);
}

function ignored(inside: string): SectionHeader {
  return { type: "ignored", name: Buffer.from(inside, "latin1").toString("utf8"), bareDefault: false };
}

/**
 * A lost newline can put a secret behind the name (`[default aws_secret_access_key = …`), so a message shows only what
 * looks like a plain header, and no word as long as a secret key.
 */
function headerForMessage(text: string, close: number): string {
  const shown = trimSpace(close < 0 ? text : text.slice(0, close + 1));
  return /^\[[ \t]*[\w.@:/+%-]{0,31}(?:[ \t]+[\w.@:/+%-]{1,31})?[ \t]*\]?$/.test(shown)
    ? `: ${quote(shown)}`
    : "";
}
