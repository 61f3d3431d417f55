import { UserError } from "../../system/user-error.ts";
import { quote } from "../shown.ts";
import type { Document, DocumentSection } from "./document.ts";

/** One line of a file. Its bytes are a latin1 string, one character each, so that any bytes survive. */
export interface Line {
  readonly text: string;
  readonly ending: "\n" | "\r\n" | "";
}

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

/**
 * Blank, tab, vertical tab, form feed, CR. JavaScript's own white space has the byte A0, which is the second half of
 * letters such as "à" in UTF-8.
 */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0b || code === 0x0c;
}

/** The index of the first character that is not white space; the length when there is none. */
export function skipSpace(text: string, from = 0): number {
  let index = from;
  while (index < text.length && isSpace(text.charCodeAt(index))) index += 1;
  return index;
}

/** Without the white space at both ends. */
export function trimSpace(text: string): string {
  // The built-in is much faster in a process that has just started, and wrong only about A0.
  const trimmed = text.trim();
  if (trimmed.length === text.length || !text.includes("\xa0")) return trimmed;
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end -= 1;
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
}

/** The characters that every client accepts in a name (rule 9 of docs/config-grammar.md). */
export const sectionName = /^[A-Za-z0-9_.@:/+%-]+$/;

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

/**
 * Replaces `count` lines from `start` (from 0) by new text in latin1, as in `Line`. New lines get the ending of the old
 * ones or their neighbours; whether the file has a final newline does not change.
 */
export function replaceLines(
  lines: readonly Line[],
  start: number,
  count: number,
  texts: readonly string[],
): readonly Line[] {
  const open = lines.at(-1)?.ending === "";
  const near = [...lines.slice(start, start + count), lines[start - 1], lines[start]];
  const terminated = (line?: Line) => line !== undefined && line.ending !== "";
  const ending = (near.find(terminated) ?? lines.find(terminated))?.ending || "\n";
  const added = texts.map((text) => ({ text, ending }));
  const changed: Line[] = [...lines.slice(0, start), ...added, ...lines.slice(start + count)];
  const last = changed.length - 1;
  return changed.map((line, index) => {
    if (index === last && open) return { text: line.text, ending: "" };
    return line.ending === "" ? { text: line.text, ending } : line;
  });
}

/** True for a line of white space. Lines count from 0; beyond the end is not a line. */
export function isBlankLine(lines: readonly Line[], index: number): boolean {
  const line = lines[index];
  return line !== undefined && /^[ \t\r\v\f]*$/.test(line.text);
}

export function isCommentLine(lines: readonly Line[], index: number): boolean {
  const first = lines[index]?.text[0];
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
