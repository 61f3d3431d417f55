import { UserError } from "../../system/user-error.ts";
import { quote } from "../shown.ts";
import type { Document, DocumentSection } from "./document.ts";

/** One line of a file. Its bytes are a latin1 string, one character each, so that any bytes survive. */
export interface Line {
  readonly text: string;
  readonly ending: Ending | "";
}

export type Ending = "\n" | "\r\n";

/** Splits at LF and CRLF; a lone CR is an ordinary character. `joinLines` restores the text of any input. */
export function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < text.length) {
    const feed = text.indexOf("\n", start);
    if (feed < 0) {
      lines.push({ text: text.slice(start), ending: "" });
      break;
    }
    const crlf = feed > start && text.charCodeAt(feed - 1) === 0x0d;
    lines.push({ text: text.slice(start, crlf ? feed - 1 : feed), ending: crlf ? "\r\n" : "\n" });
    start = feed + 1;
  }
  return lines;
}

/** The text that the lines were cut from. */
export function joinLines(lines: readonly Line[]): string {
  let text = "";
  for (const line of lines) text += line.text + line.ending;
  return text;
}

/** White space beyond ASCII, as a class of a regular expression: the no-break space of wikis and chats first of all. */
export const wideSpace = "[\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

const isWideSpace = new RegExp(`^${wideSpace}$`);

/** Of the bytes of one character. Bytes one by one will not do: A0 and 85 are also the second halves of letters such as "à". */
function isWide(bytes: string): boolean {
  return isWideSpace.test(Buffer.from(bytes, "latin1").toString("utf8"));
}

/** Blank, tab, vertical tab, form feed, CR. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0b || code === 0x0c;
}

/** How many bytes of white space one character has there; 0 where there is none. */
function spaceAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (code < 0x80 || Number.isNaN(code)) return isSpace(code) ? 1 : 0;
  return [2, 3].find((length) => isWide(text.slice(index, index + length))) ?? 0;
}

/** The same for the character that ends before the index. */
export function spaceBefore(text: string, index: number): number {
  const code = text.charCodeAt(index - 1);
  if (code < 0x80 || Number.isNaN(code)) return isSpace(code) ? 1 : 0;
  return [2, 3].find((length) => length <= index && isWide(text.slice(index - length, index))) ?? 0;
}

/** The index of the first character that is not white space; the length when there is none. */
export function skipSpace(text: string, from = 0): number {
  let index = from;
  for (let length = spaceAt(text, index); length > 0; length = spaceAt(text, index)) index += length;
  return index;
}

/** How many characters of white space a line begins with: what botocore compares to tell what continues what. */
export function indentOf(text: string): number {
  let indent = 0;
  let index = 0;
  for (let length = spaceAt(text, 0); length > 0; length = spaceAt(text, index)) {
    index += length;
    indent += 1;
  }
  return indent;
}

/** Without the white space at both ends. */
export function trimSpace(text: string): string {
  // The built-in is much faster in a process that has just started, and wrong only about bytes beyond ASCII.
  const trimmed = text.trim();
  const ends = trimmed.charCodeAt(0) | trimmed.charCodeAt(trimmed.length - 1);
  if (ends < 0x80 && !text.includes("\xa0")) return trimmed;
  let end = text.length;
  for (let length = spaceBefore(text, end); length > 0; length = spaceBefore(text, end)) end -= length;
  return text.slice(Math.min(skipSpace(text), end), end);
}

const anySpace = /[ \t\r\v\f]/;

/** The index of the first white space; -1 when there is none. */
export function findSpace(text: string): number {
  return text.search(anySpace);
}

export type FileKind = "config" | "credentials";

/** `settings` is `[aws-as]` without a name; `ignored` is every section that the grammar ignores. */
type SectionType = "profile" | "sso-session" | "services" | "aws-as" | "settings" | "ignored";

export interface SectionHeader {
  readonly type: SectionType;
  /** The section's name; for `ignored`, all text in the brackets; for `settings`, `aws-as`. */
  readonly name: string;
  /** True for `[default]` in the config file, which `[profile default]` beats. */
  readonly bareDefault: boolean;
  /** The name is in quotes, as aws-cli writes one that has a blank. */
  readonly quoted?: true;
}

/** The characters that every client accepts in a name (rule 9 of docs/config-grammar.md). */
export const sectionName = /^[A-Za-z0-9_.@:/+%-]+$/;

/** The same with blanks within: in quotes in the config file, as it is in the credentials file. */
export const spacedName = /^[A-Za-z0-9_.@:/+%-]+(?:[ \t]+[A-Za-z0-9_.@:/+%-]+)*$/;

/** A name as people mean it: without quotes, and white space within as one blank. */
export function plainName(name: string): string {
  return name.replace(/["']/g, "").trim().split(/\s+/).join(" ");
}

const namedTypes: ReadonlySet<string> = new Set(["profile", "sso-session", "services", "aws-as"]);

/** Reads a line that starts with `[`. Throws a UserError when the closing bracket is missing. */
export function readSectionHeader(text: string, kind: FileKind, file: string, line: number): SectionHeader {
  const close = text.indexOf("]");
  const rest = close < 0 ? close : skipSpace(text, close + 1);
  const next = text[rest];
  if (close < 0 || (next !== undefined && next !== "#" && next !== ";")) {
    throw new UserError(`section must end with ]${headerForMessage(text, close)}`, { at: { file, line } });
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
  const said = inside.slice(skipSpace(inside, space));
  const [, , quoted] = /^(["'])(.*)\1$/.exec(said) ?? [];
  const isName = quoted === undefined ? sectionName.test(said) : spacedName.test(quoted);
  if (!namedTypes.has(type) || !isName) return ignored(inside);
  const header = { type: type as SectionType, name: quoted ?? said, bareDefault: false };
  return quoted === undefined ? header : { ...header, quoted: true };
}

function credentialsHeader(inside: string): SectionHeader {
  const [type = "", ...rest] = inside.split(/[ \t]/);
  return spacedName.test(inside) && !(rest.length > 0 && namedTypes.has(type))
    ? { type: "profile", name: inside, bareDefault: false }
    : ignored(inside);
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

/**
 * Replaces `count` lines from `start` (from 0) by new text in latin1, as in `Line`. New lines get the ending of the old
 * ones or their neighbours, or the one given; whether the file has a final newline does not change.
 */
export function replaceLines(
  lines: readonly Line[],
  start: number,
  count: number,
  texts: readonly string[],
  otherwise: Ending = "\n",
): readonly Line[] {
  const open = lines.at(-1)?.ending === "";
  const near = [...lines.slice(start, start + count), lines[start - 1], lines[start]];
  const ending = firstEnding(near) ?? otherwise;
  const added = texts.map((text) => ({ text, ending }));
  const changed: Line[] = [...lines.slice(0, start), ...added, ...lines.slice(start + count)];
  const last = changed.length - 1;
  return changed.map((line, index) => {
    if (index === last && open) return { text: line.text, ending: "" };
    return line.ending === "" ? { text: line.text, ending } : line;
  });
}

/** How the first line ends that is not a file's last without a newline. */
export function firstEnding(lines: readonly (Line | undefined)[]): Ending | undefined {
  return lines.find((line) => line !== undefined && line.ending !== "")?.ending || undefined;
}

/** True for a line of white space. Lines count from 0; beyond the end is not a line. */
export function isBlankLine(lines: readonly Line[], index: number): boolean {
  const line = lines[index];
  return line !== undefined && skipSpace(line.text) === line.text.length;
}

/** True for a comment, indented or not. */
export function isCommentLine(lines: readonly Line[], index: number): boolean {
  const { text = "" } = lines[index] ?? {};
  const first = text[skipSpace(text)];
  return first === "#" || first === ";";
}

/** The last line of a section's last property, continuations included, or its header line. From 1. */
export function lastPropertyLine(section: DocumentSection): number {
  return section.properties.at(-1)?.lastLine ?? section.line;
}

/**
 * The last line that belongs to a section, from 1. Comments right behind the last property do, unless they run into the
 * next header, which they then describe.
 */
export function lastOwnLine(document: Document, section: DocumentSection): number {
  const last = lastPropertyLine(section);
  let end = last;
  while (end < section.lastLine && isCommentLine(document.lines, end)) end += 1;
  return end === section.lastLine && end < document.lines.length ? last : end;
}
