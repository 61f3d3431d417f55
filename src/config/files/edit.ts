import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../system/user-error.ts";
import { usedSections } from "../aws-config.ts";
import { quote } from "../shown.ts";
import {
  type Document,
  type DocumentProperty,
  type DocumentSection,
  inlineComment,
  separator,
  withLines,
} from "./document.ts";
import {
  isBlankLine,
  isCommentLine,
  type Line,
  lastOwnLine,
  lastPropertyLine,
  plainName,
  replaceLines,
  skipSpace,
  trimSpace,
} from "./lines.ts";
import { checkWritable, commentLine, headerLine, type SectionKey } from "./written-text.ts";

// Each edit returns a new document, parsed from the bytes it would have and compared with the intended one. All other
// bytes stay as they are, line endings and final newline included. `printDocument` gives the bytes.

/** A property to be written: anew, or with the lines that it has elsewhere, which every client reads there already. */
export type NewProperty = readonly [name: string, value: string, copied?: readonly string[]];

export interface NewSection extends SectionKey {
  /** Lines of comment right below the header, without their `#`. */
  readonly comments?: readonly string[];
  readonly properties: readonly NewProperty[];
}

/**
 * Adds a section: right behind another one, or at the end.
 *
 * @throws UserError where a section of that name exists, also in a spelling that only some clients read, or the text
 *   cannot be written safely
 */
export function addSection(document: Document, section: NewSection, after?: SectionKey): Document {
  const header = headerLine(section, document.kind);
  refuseDuplicate(document, section);
  const names = new Set<string>();
  for (const [name, value, copied] of section.properties) {
    if (copied === undefined) checkWritable(name, value);
    if (names.has(name)) throw new Error(`${name} is given twice`);
    names.add(name);
  }
  const start = after
    ? behindTightHeaders(document, lastOwnLine(document, lastSection(document, after)))
    : endOfContent(document.lines);
  const indent = leading(document, nextHeader(document, start)?.line);
  // Where sections have no blank line between them, the new one has none either.
  const spaced = start > 0 && (start >= document.lines.length || isBlankLine(document.lines, start));
  const added = [
    ...(spaced ? [""] : []),
    indent + header,
    ...(section.comments ?? []).map((text) => encode(commentLine(text))),
    ...section.properties.flatMap((property) => linesToWrite(property, indent)),
  ];
  const lines = replaceLines(document.lines, start, 0, added, document.ending);
  const meant = outline(document);
  const index = document.sections.filter(({ line }) => line <= start).length;
  meant.splice(index, 0, [
    section.type,
    section.name,
    section.properties.map(([name, value]) => [name, value]),
  ]);
  return reread(document, lines, meant);
}

/**
 * Removes a section (all of that name), with its own comments and the blank line before it.
 *
 * @param comments the number of lines below the header that are its own comments in any case
 */
export function removeSection(document: Document, key: SectionKey, comments = 0): Document {
  const gone = findSections(document, key);
  let lines = document.lines;
  for (const section of gone.toReversed()) {
    const end = Math.max(lastOwnLine(document, section), section.line + comments);
    const spaced = isBlankLine(lines, section.line - 2) && (end >= lines.length || isBlankLine(lines, end));
    const start = spaced ? section.line - 2 : section.line - 1;
    lines = replaceLines(lines, start, end - start, []);
  }
  const meant = outline(document).filter(
    (_, index) => !gone.some((section) => section === document.sections[index]),
  );
  return reread(document, lines, meant);
}

/**
 * Sets a property of an existing section. The value in effect is replaced, continuation lines included; a comment on its
 * line moves to a line of its own, because botocore reads it as part of the value. A new property goes last.
 */
export function setProperty(document: Document, key: SectionKey, ...property: NewProperty): Document {
  const [name, value, copied] = property;
  if (copied === undefined) checkWritable(name, value);
  const section = lastSection(document, key);
  const meant = outline(document);
  const old = findSections(document, key)
    .flatMap((holder) => holder.properties.map((property) => ({ holder, property })))
    .filter((each) => each.property.name === name)
    .at(-1);
  if (old === undefined) {
    meant[document.sections.indexOf(section)]?.[2].push([name, value]);
    const above = section.properties.at(-1)?.line ?? nextHeader(document, section.line)?.line;
    const lines = linesToWrite(property, leading(document, above));
    return reread(
      document,
      replaceLines(document.lines, lastPropertyLine(section), 0, lines, document.ending),
      meant,
    );
  }
  const { holder, property: now } = old;
  meant[document.sections.indexOf(holder)]?.[2].splice(holder.properties.indexOf(now), 1, [name, value]);
  if (copied !== undefined) {
    const lines = linesToWrite(property, leading(document, now.line));
    const count = now.lastLine - now.line + 1;
    return reread(document, replaceLines(document.lines, now.line - 1, count, lines, document.ending), meant);
  }
  const text = document.lines[now.line - 1]?.text ?? "";
  const shorter = withoutContinuations(document.lines, now);
  return reread(
    document,
    replaceLines(shorter, now.line - 1, 1, lineWithValue(text, value), document.ending),
    meant,
  );
}

/** Removes a property from a section, each time it is set there; comments between its lines stay, unless they are ours. */
export function removeProperty(
  document: Document,
  key: SectionKey,
  name: string,
  comments: "stay" | "go" = "stay",
): Document {
  const isGone = (property: DocumentProperty) => property.name === name;
  const sections = findSections(document, key);
  let lines = document.lines;
  for (const property of sections.flatMap(({ properties }) => properties.filter(isGone)).toReversed()) {
    lines =
      comments === "go"
        ? replaceLines(lines, property.line - 1, property.lastLine - property.line + 1, [])
        : replaceLines(withoutContinuations(lines, property), property.line - 1, 1, []);
  }
  const meant = outline(document);
  for (const section of sections) {
    const entry = meant[document.sections.indexOf(section)];
    if (entry)
      entry[2] = entry[2].filter((_, index) => !isGone(section.properties[index] as DocumentProperty));
  }
  return reread(document, lines, meant);
}

function withoutContinuations(lines: readonly Line[], property: DocumentProperty): readonly Line[] {
  let left = lines;
  for (let index = property.lastLine - 1; index >= property.line; index -= 1) {
    if (!isBlankLine(left, index) && !isCommentLine(left, index)) left = replaceLines(left, index, 1, []);
  }
  return left;
}

/** A property as it stands, to be written into another section: its lines without the indentation of the first. */
export function copyOf({ lines }: Document, { name, value, line, lastLine }: DocumentProperty) {
  const own = lines.slice(line - 1, lastLine).map(({ text }) => text);
  const [first = ""] = own;
  const indent = first.slice(0, skipSpace(first));
  return [
    name,
    value,
    own.map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text)),
  ] as const satisfies NewProperty;
}

function linesToWrite([name, value, copied]: NewProperty, indent: string): string[] {
  if (copied === undefined) return [`${indent}${name} = ${encode(value)}`];
  return copied.map((text) => (text === "" ? text : indent + text));
}

/** The property's line with another value, spelled and spaced as it was, its comment on a line before it. */
function lineWithValue(latin1: string, value: string): string[] {
  const comment = inlineComment(latin1);
  const equals = separator(latin1) + 1;
  let start = Math.min(skipSpace(latin1, equals), comment);
  if (start === latin1.length) start = equals;
  const gap = start === equals && /\s/.test(latin1.charAt(equals - 2)) ? " " : "";
  const line = latin1.slice(0, start) + gap + encode(value);
  return comment === latin1.length ? [line] : [trimSpace(latin1.slice(comment)), line];
}

/**
 * The white space that a line begins with. A line that is indented more than the one before continues it, so what is put
 * between indented lines is indented as they are.
 */
function leading({ lines }: Document, number: number | undefined): string {
  const text = number === undefined ? "" : (lines[number - 1]?.text ?? "");
  return text.slice(0, skipSpace(text));
}

function nextHeader({ sections }: Document, line: number): DocumentSection | undefined {
  return sections.find((section) => section.line > line);
}

/**
 * JavaScript does not take `[profile a];note` for a header, and gives its properties to the section before: that must
 * not be one that we write. So the new section goes behind it.
 */
function behindTightHeaders(document: Document, start: number): number {
  const next = nextHeader(document, start);
  return next !== undefined && isTightHeader(document, next)
    ? behindTightHeaders(document, lastOwnLine(document, next))
    : start;
}

/** Whether a comment follows the section's header without a blank. */
export function isTightHeader({ lines }: Document, { line }: DocumentSection): boolean {
  return /^[^\]]*\][#;]/.test(lines[line - 1]?.text ?? "");
}

/** UTF-8 bytes in the form that lines hold. */
function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function findSections(document: Document, { type, name }: SectionKey): DocumentSection[] {
  return usedSections(document).filter((section) => section.type === type && section.name === name);
}

function lastSection(document: Document, key: SectionKey): DocumentSection {
  const section = findSections(document, key).at(-1);
  if (section === undefined) {
    throw new UserError(`there is no section ${headerLine(key, document.kind)} in ${document.file}`);
  }
  return section;
}

/** @throws UserError where a section of that name exists, also in a spelling that only some clients read */
export function refuseDuplicate(document: Document, key: SectionKey): void {
  const header = headerLine(key, document.kind);
  const there = headersOf(document).get(header.slice(1, -1));
  if (there !== undefined) {
    throw new UserError(`${document.file}:${there.line}: the section ${quote(header)} exists already`);
  }
}

const headers = new WeakMap<Document, ReadonlyMap<string, DocumentSection>>();

/** Sections by what stands in their brackets, without quotes and superfluous white space. Kept for the next call. */
function headersOf(document: Document): ReadonlyMap<string, DocumentSection> {
  let found = headers.get(document);
  if (found === undefined) {
    const plain = ({ type, name }: DocumentSection) => {
      if (type === "ignored") return plainName(name);
      return document.kind === "credentials" || type === "settings" ? name : `${type} ${name}`;
    };
    // The first of them counts.
    found = new Map(document.sections.toReversed().map((section) => [plain(section), section]));
    headers.set(document, found);
  }
  return found;
}

function endOfContent(lines: readonly Line[]): number {
  let end = lines.length;
  while (end > 0 && isBlankLine(lines, end - 1)) end -= 1;
  return end;
}

/** A document without its layout: type, name, properties, and what cannot be read. */
type Outline = [type: string, name: string, properties: [name: string, value: string][], error?: string][];

export function outline(document: Document): Outline {
  return document.sections.map(({ type, name, properties, error }) => {
    const said = properties.map((property): [string, string] => [property.name, property.value]);
    return error === undefined ? [type, name, said] : [type, name, said, error.what];
  });
}

export function reread(document: Document, lines: readonly Line[], meant: Outline): Document {
  const edited = withLines(document, lines);
  if (!isDeepStrictEqual(outline(edited), meant)) {
    const indented = document.sections.find(({ line }) => leading(document, line) !== "");
    if (indented !== undefined) {
      throw new UserError("the header is indented, so that the edit would make it a part of the line above", {
        at: { file: document.file, line: indented.line },
        hints: ["write headers and properties flush left, then run the same command again"],
      });
    }
    // Such a line belongs to the section that it stands below, and would go over to another.
    const unreadable = document.sections.find(({ error }) => error !== undefined)?.error;
    if (unreadable !== undefined) throw unreadable;
    throw new Error(
      `an edit of ${document.file} would have changed more than it should; nothing was written`,
    );
  }
  return edited;
}
