import { UserError } from "../../system/user-error.ts";
import {
  type FileKind,
  findSpace,
  isSpace,
  joinLines,
  type Line,
  readSectionHeader,
  type SectionHeader,
  skipSpace,
  splitLines,
  trimSpace,
} from "./lines.ts";

/** One property with its lines, counted from 1. */
export interface DocumentProperty {
  /** Lower case. */
  readonly name: string;
  /** Continuation lines are joined with a newline. */
  readonly value: string;
  readonly line: number;
  /** Its last continuation line; blank lines and comments may lie between. */
  readonly lastLine: number;
  /** False for a name with white space inside: kept in the file and ignored (rule 14). */
  readonly used: boolean;
}

/** A section: its header and all lines before the next one. */
export interface DocumentSection extends SectionHeader {
  readonly line: number;
  /** The line before the next header, or the last of the file. */
  readonly lastLine: number;
  readonly properties: readonly DocumentProperty[];
}

/** A file read without loss: `lines` has every byte, `sections` their meaning. */
export interface Document {
  /** The path as messages show it. */
  readonly file: string;
  readonly kind: FileKind;
  /** The three bytes of a UTF-8 byte order mark, or nothing. */
  readonly bom: string;
  readonly lines: readonly Line[];
  readonly sections: readonly DocumentSection[];
}

type Growing<T> = { -readonly [K in keyof T]: T[K] };
type GrowingSection = Omit<Growing<DocumentSection>, "properties"> & {
  properties: Growing<DocumentProperty>[];
};

/** What a header is until it is read, and where it cannot be. */
const unreadable: SectionHeader = { type: "ignored", name: "unreadable", bareDefault: false };

const byteOrderMark = "\xef\xbb\xbf";

/**
 * Reads a file by rules 1 to 9 and 13 to 17 of docs/config-grammar.md. `file` is the path as messages show it.
 * Throws a UserError, which never shows a property line's text: that may be a secret, even the part before the `=`
 * (a base64 token that was broken over several lines ends with one).
 *
 * @param errors takes the errors, so that none is thrown: the file is then read as if it had none of these lines. A
 *   header that cannot be read begins a section that is ignored, so that its properties are not those of the one before.
 */
export function parseDocument(bytes: Buffer, file: string, kind: FileKind, errors?: UserError[]): Document {
  const whole = bytes.toString("latin1");
  const bom = whole.startsWith(byteOrderMark) ? byteOrderMark : "";
  const lines = splitLines(whole.slice(bom.length));
  const decode = /[\x80-\xff]/.test(whole) ? fromLatin1 : identity;
  const sections: GrowingSection[] = [];
  let section: GrowingSection | undefined;
  let property: Growing<DocumentProperty> | undefined;
  let subProperties = false;
  let number = 0;
  for (const { text } of lines) {
    number += 1;
    const code = text.charCodeAt(0);
    if (code === HASH || code === SEMICOLON || text === "") continue;
    const indented = isSpace(code);
    if (indented && skipSpace(text) === text.length) continue;
    try {
      if (code === BRACKET) {
        section = { ...unreadable, line: number, lastLine: number, properties: [] };
        sections.push(section);
        property = undefined;
        const { type, name, bareDefault } = readSectionHeader(text, kind, file, number);
        section.type = type;
        section.name = name;
        section.bareDefault = bareDefault;
      } else if (indented) {
        if (section === undefined)
          throw new UserError("an indented line before the first section", { at: { file, line: number } });
        if (property === undefined)
          throw new UserError("an indented line with no property before it to continue", {
            at: { file, line: number },
          });
        const more = trimSpace(text);
        if (subProperties && property.used) checkSubProperty(more, file, number);
        property.value += `\n${decode(more)}`;
        property.lastLine = number;
      } else {
        if (section === undefined)
          throw new UserError("a property before the first section", { at: { file, line: number } });
        property = readProperty(text, decode, file, number);
        subProperties = property.value === "";
        section.properties.push(property);
      }
    } catch (error) {
      if (errors === undefined || !(error instanceof UserError)) throw error;
      errors.push(error);
    }
  }
  closeSections(sections, lines.length);
  return { file, kind, bom, lines, sections };
}

/** The bytes that the document was read from. */
export function printDocument(document: Document): Buffer {
  return Buffer.from(document.bom + joinLines(document.lines), "latin1");
}

const HASH = 0x23;
const SEMICOLON = 0x3b;
const BRACKET = 0x5b;

function readProperty(text: string, decode: Decode, file: string, line: number): Growing<DocumentProperty> {
  // The comment goes first: in `name # x = y` there is no `=`.
  const comment = inlineComment(text);
  const said = comment === text.length ? text : text.slice(0, comment);
  const equals = said.indexOf("=");
  if (equals < 0)
    throw new UserError('a line without "=" (not shown: it may hold a secret)', { at: { file, line } });
  const name = trimSpace(said.slice(0, equals));
  if (name === "") throw new UserError('no name before "="', { at: { file, line } });
  return {
    name: decode(name).toLowerCase(),
    value: decode(trimSpace(said.slice(equals + 1))),
    line,
    lastLine: line,
    used: !name.includes(" ") && findSpace(name) < 0,
  };
}

/** Where a comment begins within a property line: `#` or `;` behind white space (rule 15). The length when there is none. */
export function inlineComment(text: string): number {
  // Nearly every line leaves here; walking over characters is slow in a process that has just started.
  if (!text.includes("#") && !text.includes(";")) return text.length;
  for (let index = 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code === HASH || code === SEMICOLON) && isSpace(text.charCodeAt(index - 1))) return index;
  }
  return text.length;
}

function checkSubProperty(text: string, file: string, line: number): void {
  const equals = text.indexOf("=");
  if (equals < 0)
    throw new UserError('a sub-property without "=" (not shown: it may hold a secret)', {
      at: { file, line },
    });
  if (equals === 0) throw new UserError('no sub-property name before "="', { at: { file, line } });
}

function closeSections(sections: GrowingSection[], lineCount: number): void {
  let next = lineCount + 1;
  for (let index = sections.length - 1; index >= 0; index -= 1) {
    const section = sections[index];
    if (section === undefined) continue;
    section.lastLine = next - 1;
    next = section.line;
  }
}

type Decode = (latin1: string) => string;
const identity: Decode = (text) => text;
const fromLatin1: Decode = (text) => Buffer.from(text, "latin1").toString("utf8");
