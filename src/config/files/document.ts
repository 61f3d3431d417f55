import { UserError } from "../../system/user-error.ts";
import { pathWord } from "../shown.ts";
import {
  type Ending,
  type FileKind,
  findSpace,
  firstEnding,
  indentOf,
  joinLines,
  type Line,
  readSectionHeader,
  type SectionHeader,
  skipSpace,
  spaceBefore,
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
  /** Why nothing of the section may be used: its first line that cannot be read. */
  readonly error?: UserError;
}

/** A file read without loss: `lines` has every byte, `sections` their meaning. */
export interface Document {
  /** The path as messages show it. */
  readonly file: string;
  readonly kind: FileKind;
  /** The three bytes of a UTF-8 byte order mark, or nothing. */
  readonly bom: string;
  readonly lines: readonly Line[];
  /** How a new line ends where none beside it says so: as the first of the file, also in a piece of it. */
  readonly ending: Ending;
  readonly sections: readonly DocumentSection[];
  /** Every line that cannot be read. One in a section spoils that section, and no other. */
  readonly errors: readonly UserError[];
}

type Growing<T> = { -readonly [K in keyof T]: T[K] };
type GrowingSection = Omit<Growing<DocumentSection>, "properties"> & {
  properties: Growing<DocumentProperty>[];
};

const byteOrderMark = "\xef\xbb\xbf";

/**
 * Reads a file by rules 1 to 9 and 13 to 17 of docs/config-grammar.md. `file` is the path as messages show it.
 * Lines that cannot be read are errors of the document: their texts are never in the messages, for a line may be a secret,
 * even the part before the `=` (a base64 token that was broken over several lines ends with one). A header that cannot
 * be read begins a section that is ignored, so that its properties are not those of the one before.
 *
 * @throws UserError for a file that is not in UTF-8, nor anything like it
 */
export function parseDocument(bytes: Buffer, file: string, kind: FileKind): Document {
  return parseText(bytes.toString("latin1"), file, kind);
}

/** The document with other lines, read again. */
export function withLines(document: Document, lines: readonly Line[]): Document {
  const { bom, file, kind, ending } = document;
  return { ...parseText(bom + joinLines(lines), file, kind), ending };
}

/** The bytes are a latin1 string, as in `Line`. */
function parseText(whole: string, file: string, kind: FileKind): Document {
  refuseWideEncoding(whole, file);
  const bom = whole.startsWith(byteOrderMark) ? byteOrderMark : "";
  const read = parseLines(whole.slice(bom.length), file, kind);
  return { file, kind, bom, ...read, ending: firstEnding(read.lines) ?? "\n" };
}

/** Reads whole lines of a file, with so many of the file above them. */
function parseLines(
  text: string,
  file: string,
  kind: FileKind,
  above = 0,
): Pick<Document, "lines" | "sections" | "errors"> {
  const lines = splitLines(text);
  const decode = /[\x80-\xff]/.test(text) ? fromLatin1 : identity;
  const sections: GrowingSection[] = [];
  const errors: UserError[] = [];
  let section: GrowingSection | undefined;
  let property: Growing<DocumentProperty> | undefined;
  // Of the last header or property, as botocore counts: what is indented more than that continues it.
  let level = 0;
  let number = above;
  for (const { text } of lines) {
    number += 1;
    const code = text.charCodeAt(0);
    if (code === HASH || code === SEMICOLON || text === "") continue;
    const isFlush = code > SPACE && code < 0x80;
    const indent = isFlush ? 0 : indentOf(text);
    const body = indent === 0 ? text : text.slice(skipSpace(text));
    const first = indent === 0 ? code : body.charCodeAt(0);
    if (first === HASH || first === SEMICOLON || body === "") continue;
    try {
      if (property !== undefined && indent > level) {
        const more = trimSpace(body);
        // Rule 17: what aws-as makes use of is judged, and nothing else.
        const isJudged = section?.type === "services" && property.used && /^(?:\n|$)/.test(property.value);
        property.value += `\n${decode(more)}`;
        property.lastLine = number;
        if (isJudged) checkSubProperty(more, file, number);
        continue;
      }
      level = indent;
      if (first === BRACKET) {
        section = { ...unreadable(body, decode), line: number, lastLine: number, properties: [] };
        sections.push(section);
        property = undefined;
        Object.assign(section, readSectionHeader(body, kind, file, number));
      } else {
        if (section === undefined)
          throw new UserError("a property before the first section", { at: { file, line: number } });
        // A line that is none has no continuation either, so that it does not run on into the property before it.
        property = undefined;
        property = readProperty(body, decode, file, number);
        section.properties.push(property);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error);
      if (section !== undefined) section.error ??= error;
    }
  }
  closeSections(sections, above + lines.length);
  return { lines, sections, errors };
}

/** The sections of one name in a file, in its order. */
export type SectionLookup = (type: SectionHeader["type"], name: string) => DocumentSection[];

/**
 * Finds sections as `parseDocument` reads them, without reading the others: of 4,000 profiles one answer needs three.
 * Undefined for a file whose sections cannot be told apart by their first byte.
 */
export function sectionLookup(bytes: Buffer, file: string, kind: FileKind): SectionLookup | undefined {
  const text = bytes.toString("latin1");
  // The first lines tell the encoding. A bracket behind white space is a header or the rest of a value.
  if (
    !/^(?:$|[\n -~])/.test(text) ||
    text.startsWith("\0", 1) ||
    /(?:^|\n)[\t\v\f\r \x80-\xff]+\[/.test(text)
  )
    return undefined;
  return (type, name) => {
    const found: DocumentSection[] = [];
    for (let at = 0; at >= 0 && name !== ""; ) {
      const word = text.indexOf(name, at);
      if (word < 0) break;
      const start = text.lastIndexOf("\n", word) + 1;
      const end = text.indexOf("\n", word);
      at = end;
      if (text.charCodeAt(start) !== BRACKET || !isHeaderOf(text.slice(start, end < 0 ? text.length : end)))
        continue;
      const next = text.indexOf("\n[", start);
      const own = text.slice(start, next < 0 ? text.length : next + 1);
      found.push(...parseLines(own, file, kind, linesAbove(text, start)).sections);
    }
    return found;

    function isHeaderOf(line: string): boolean {
      try {
        const header = readSectionHeader(line, kind, file, 0);
        return header.type === type && header.name === name;
      } catch {
        return false;
      }
    }
  };
}

function linesAbove(text: string, end: number): number {
  let lines = 0;
  for (let feed = text.indexOf("\n"); feed >= 0 && feed < end; feed = text.indexOf("\n", feed + 1))
    lines += 1;
  return lines;
}

/** What a header is that cannot be read: its text is compared with names that are asked for, and never shown. */
function unreadable(text: string, decode: Decode): SectionHeader {
  return {
    type: "ignored",
    name: decode(trimSpace(text.slice(1).replace(/\].*$/s, ""))),
    bareDefault: false,
  };
}

const encodings: readonly [name: string, begins: RegExp][] = [
  ["UTF-32", /^(?:\xff\xfe\0\0|\0\0\xfe\xff)/],
  ["UTF-16", /^(?:\xff\xfe|\xfe\xff)/],
  ["UTF-32LE", /^[^\0]\0\0\0/],
  ["UTF-32BE", /^\0\0\0[^\0]/],
  ["UTF-16LE", /^[^\0]\0[^\0]\0/],
  ["UTF-16BE", /^\0[^\0]\0[^\0]/],
];

/**
 * Windows PowerShell 5 writes UTF-16 wherever `>` is used, and some editors do. No AWS client reads such a file.
 * Without a byte order mark it shows by the zero bytes, which no text has.
 */
function refuseWideEncoding(whole: string, file: string): void {
  const [encoding] = encodings.find(([, begins]) => begins.test(whole)) ?? [];
  if (encoding === undefined) return;
  const [path, copy] = [pathWord(file), pathWord(`${file}.${encoding.toLowerCase()}`)];
  throw new UserError(`the file is in ${encoding}, and AWS clients read UTF-8`, {
    at: { file, line: 1 },
    hints: [
      `convert it: cp -p ${path} ${copy} && iconv -f ${encoding} -t UTF-8 ${copy} > ${path}`,
      ...(encoding.startsWith("UTF-16")
        ? [
            `in PowerShell: $f = Resolve-Path ${path}; [IO.File]::WriteAllText($f, [IO.File]::ReadAllText($f, [Text.Encoding]::Unicode))`,
          ]
        : []),
    ],
  });
}

/** The bytes that the document was read from. */
export function printDocument(document: Document): Buffer {
  return Buffer.from(document.bom + joinLines(document.lines), "latin1");
}

const SPACE = 0x20;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const BRACKET = 0x5b;

function readProperty(text: string, decode: Decode, file: string, line: number): Growing<DocumentProperty> {
  // The comment goes first: in `name # x = y` there is no `=`.
  const comment = inlineComment(text);
  const said = comment === text.length ? text : text.slice(0, comment);
  const equals = separator(said);
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

/**
 * Where name and value part: at the first `=` or `:`, as for botocore and Go; -1 when there is neither. A colon counts
 * behind one word alone: in `role_arn arn:aws:…` it is the equals sign that is missing.
 */
export function separator(text: string): number {
  const equals = text.indexOf("=");
  const colon = text.indexOf(":");
  if (colon < 0 || (equals >= 0 && equals < colon)) return equals;
  return findSpace(trimSpace(text.slice(0, colon))) < 0 ? colon : equals;
}

/** Where a comment begins within a property line: `#` or `;` behind white space (rule 15). The length when there is none. */
export function inlineComment(text: string): number {
  // Nearly every line leaves here; walking over characters is slow in a process that has just started.
  if (!text.includes("#") && !text.includes(";")) return text.length;
  for (let index = 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code === HASH || code === SEMICOLON) && spaceBefore(text, index) > 0) return index;
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
