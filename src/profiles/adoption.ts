import type { Document, DocumentProperty, DocumentSection } from "../config/files/document.ts";
import { removeProperty } from "../config/files/edit.ts";
import {
  isBlankLine,
  isCommentLine,
  type Line,
  lastOwnLine,
  lastPropertyLine,
  skipSpace,
} from "../config/files/lines.ts";
import { headerLine } from "../config/files/written-text.ts";
import { stanzaIdentity } from "../config/resolve/stanza.ts";
import { quote } from "../config/shown.ts";
import {
  type Adoption,
  adoptionLine,
  adoptionOf,
  asideMark,
  type MovedProperty,
  mark,
  movedMark,
  readAdoptionLine,
} from "./marks.ts";
import { editLines, endingOf, fingerprint, movableProperties, sectionOf } from "./section-edit.ts";

/**
 * Makes a profile serve its own name: the lines that say how credentials are got move, byte for byte, to
 * `[aws-as NAME]`, and `credential_process` stands where the first of them stood. All other lines stay, comments too.
 */
export function adoptProfile(document: Document, name: string, command: string): Document {
  const section = sectionOf(document, "profile", name);
  if (section === undefined) throw new Error(`there is no profile ${name} to adopt`);
  const own = sectionOf(document, "aws-as", name);
  const saidThere = new Set(own?.properties.map((property) => property.name));
  const ending = endingOf(document, section);
  const line = (text: string): Line => ({ text, ending });
  const end = lastOwnLine(document, section);

  return editLines(document, name, ending, (lines) => {
    const staying: Line[] = [];
    const moved: Line[] = [];
    const places: MovedProperty[] = [];
    let first: number | undefined;
    for (let index = section.line; index < end; ) {
      const property = section.properties.find((each) => each.line === index + 1);
      if (property === undefined || !movableProperties.has(property.name)) {
        staying.push(lines[index] as Line);
        index += 1;
        continue;
      }
      first ??= staying.length;
      const range = lines.slice(index, property.lastLine);
      if (saidThere.has(property.name)) {
        staying.push(...range.map((each) => ({ ...each, text: asideMark + each.text })));
      } else {
        places.push({ name: property.name, after: staying.length });
        moved.push(...range);
      }
      index = property.lastLine;
    }
    const processAt = first ?? lastPropertyLine(section) - section.line;
    const addedSection = own === undefined && moved.length > 0;
    const mark = adoptionLine({ moved: places, addedSection, was: fingerprint(document, section) });
    const spaced = end >= lines.length || isBlankLine(lines, end);
    const added = addedSection
      ? [
          ...(spaced ? [line("")] : []),
          line(headerLine({ type: "aws-as", name }, "config")),
          line(movedMark),
          ...moved,
        ]
      : [];
    const profile = [
      line(mark),
      ...staying.slice(0, processAt),
      line(`credential_process = ${Buffer.from(command, "utf8").toString("latin1")}`),
      ...staying.slice(processAt),
      ...added,
    ];
    const replaced = { start: section.line, count: end - section.line, lines: profile };
    const there =
      own === undefined || moved.length === 0
        ? []
        : [{ start: lastPropertyLine(own), count: 0, lines: [line(movedMark), ...moved] }];
    return spliced(lines, [replaced, ...there]);
  });
}

interface Splice {
  /** From 0. */
  readonly start: number;
  readonly count: number;
  readonly lines: readonly Line[];
}

/** Carries out changes that do not overlap, from the last to the first, so that none moves another's place. */
function spliced(lines: readonly Line[], changes: readonly Splice[]): readonly Line[] {
  return changes
    .toSorted((a, b) => b.start - a.start)
    .reduce<readonly Line[]>(
      (now, { start, count, lines: put }) => [...now.slice(0, start), ...put, ...now.slice(start + count)],
      lines,
    );
}

/** The file with one profile restored. */
export interface Restored {
  readonly document: Document;
  /** The profile's lines are what they were, byte for byte. */
  readonly exact: boolean;
  /** What could not go back where it was, for the user. */
  readonly remarks: readonly string[];
}

/** Lines of `[aws-as NAME]` on their way back. */
interface Returning {
  readonly property: DocumentProperty;
  /** Undefined: it was added after the adoption. */
  readonly after: number | undefined;
}

/**
 * Undoes an adoption. The moved lines go back as they stand now, so that what was changed in `[aws-as NAME]` meanwhile
 * is kept, and so is every line that was added to either section. The profile is one whose credential_process, if it
 * has one, calls aws-as for it.
 *
 * @param linesAbove of the file, where the document is a piece of it
 */
export function restoreProfile(document: Document, name: string, linesAbove = 0): Restored {
  const section = sectionOf(document, "profile", name);
  if (section === undefined) throw new Error(`there is no profile ${name} to restore`);
  const own = sectionOf(document, "aws-as", name);
  const adoption = adoptionOf(document, section)?.adoption ?? withoutMark(section, own);
  const returning = own === undefined ? [] : returningOf(document, own, adoption.moved);
  const remarks: string[] = [];
  const missing = adoption.moved.filter(
    (each) => !returning.some(({ property }) => property.name === each.name),
  );
  if (missing.length > 0) {
    remarks.push(
      `${missing.map((each) => each.name).join(", ")} is no longer in [aws-as ${name}], so it could not go back`,
    );
  }
  const added = returning.filter(({ after }) => after === undefined).map(({ property }) => property.name);
  if (added.length > 0) {
    remarks.push(
      `${added.join(", ")} was added to [aws-as ${name}] meanwhile, and stands in profile ${quote(name)} now`,
    );
  }

  const { numbers, commandLines } = stayingNumbers(section);
  const gone = new Set(commandLines);
  // All of its marks: a line may have been doubled in a merge.
  for (let number = section.line + 1; number <= section.lastLine; number += 1) {
    if (readAdoptionLine(document.lines[number - 1]?.text ?? "") !== undefined) gone.add(number);
  }
  for (const { property } of returning) {
    for (let number = property.line; number <= property.lastLine; number += 1) gone.add(number);
  }
  const conflicts = returning
    .map(({ property }) => property.name)
    .filter((each) => section.properties.some((said) => said.name === each && !gone.has(said.line)));
  if (conflicts.length > 0) {
    remarks.push(
      `profile ${quote(name)} says ${conflicts.join(", ")} again; what stood in [aws-as ${name}] is a comment there now`,
    );
  }
  if (own !== undefined) {
    const mark = movedMarkOf(document, own);
    if (mark !== undefined) gone.add(mark);
    if (adoption.addedSection && isEmpty(document, own, gone)) goWithSection(document, own, gone);
    else if (adoption.addedSection)
      remarks.push(`left section [aws-as ${name}] in place: something was added to it`);
  }

  const back = asidesToRestore(document, section);
  const stuck = asideNumbers(document, section).filter((number) => !back.has(number));
  if (stuck.length > 0) {
    remarks.push(
      `${document.file}:${linesAbove + (stuck[0] ?? 0)}: what was put aside in profile ${quote(name)} stays a comment: lines were added or taken away between its lines`,
    );
  }

  const restored = editLines(document, name, endingOf(document, section), (lines) => {
    const staying = numbers.filter((number) => !gone.has(number));
    const before = new Map<number, Line[]>();
    for (const { property, after } of returning) {
      const range = lines.slice(property.line - 1, property.lastLine);
      const put = conflicts.includes(property.name)
        ? range.map((each) => ({ ...each, text: `; ${each.text}` }))
        : range;
      const number = placeOf(after, staying, section, gone);
      before.set(number, [...(before.get(number) ?? []), ...put]);
    }
    const kept = lines.flatMap((each, index) => {
      const number = index + 1;
      const now = back.has(number) ? { ...each, text: each.text.slice(asideMark.length) } : each;
      return [...(before.get(number) ?? []), ...(gone.has(number) ? [] : [now])];
    });
    return [...kept, ...(before.get(lines.length + 1) ?? [])];
  });
  const after = sectionOf(restored, "profile", name);
  const exact = after !== undefined && fingerprint(restored, after) === adoption.was;
  return { document: restored, exact, remarks };
}

/** The numbers of the lines that adoption made comments. */
function asideNumbers(document: Document, section: DocumentSection): number[] {
  const numbers = Array.from(
    { length: section.lastLine - section.line },
    (_, index) => section.line + 1 + index,
  );
  return numbers.filter((number) => document.lines[number - 1]?.text.startsWith(asideMark));
}

/**
 * Those of them that may be lines again. Not where that would cut another property's value in two, nor a continuation
 * whose first line is gone: it would become part of whatever stands before it.
 */
function asidesToRestore(document: Document, section: DocumentSection): ReadonlySet<number> {
  const back = new Set<number>();
  for (const number of asideNumbers(document, section)) {
    const text = document.lines[number - 1]?.text.slice(asideMark.length) ?? "";
    const within = section.properties.some(({ line, lastLine }) => line < number && number < lastLine);
    const isFirst = text !== "" && skipSpace(text) === 0;
    if (!within && (isFirst || back.has(number - 1))) back.add(number);
  }
  return back;
}

/** Takes the two lines of init out of a profile that adoption had made, and leaves what the user has added to it. */
export function releaseProfile(document: Document, name: string): Document {
  const without = removeProperty(document, { type: "profile", name }, "credential_process");
  const section = sectionOf(without, "profile", name);
  if (section === undefined) throw new Error(`there is no profile ${name} to release`);
  return editLines(without, name, endingOf(without, section), (lines) =>
    lines.filter(({ text }, index) => index !== section.line || text.trimEnd() !== `# ${mark}`),
  );
}

/**
 * For a profile whose comments some program removed: all that says how to get credentials goes back to where the line
 * of aws-as is.
 */
function withoutMark(section: DocumentSection, own: DocumentSection | undefined): Adoption {
  const { numbers, commandLines } = stayingNumbers(section);
  const after = numbers.filter((number) => number < (commandLines[0] ?? 0)).length;
  const names = (own?.properties ?? []).map(({ name }) => name).filter((name) => movableProperties.has(name));
  return { moved: names.map((name) => ({ name, after })), addedSection: names.length > 0, was: "" };
}

/** The properties of `[aws-as NAME]` that go back: the moved ones, and others of their kind that were added behind them. */
function returningOf(document: Document, own: DocumentSection, moved: readonly MovedProperty[]): Returning[] {
  const mark = movedMarkOf(document, own);
  return own.properties.flatMap((property): Returning[] => {
    const place = moved.find((each) => each.name === property.name);
    if (place !== undefined) return [{ property, after: place.after }];
    // The device is what aws-as itself writes there, and there it shall stay.
    const kin = movableProperties.has(property.name) && property.name !== "mfa_serial";
    return kin && mark !== undefined && property.line > mark ? [{ property, after: undefined }] : [];
  });
}

/** The number of the line, from 1. */
function movedMarkOf(document: Document, own: DocumentSection): number | undefined {
  const lines = document.lines.slice(own.line, own.lastLine);
  const index = lines.findIndex(({ text }) => text.trimEnd() === movedMark);
  return index < 0 ? undefined : own.line + 1 + index;
}

/** The numbers of the profile's lines below its header but for its credential_process, and the numbers of that. */
function stayingNumbers(section: DocumentSection): { numbers: number[]; commandLines: number[] } {
  const command = section.properties.find(
    ({ name, value }) => name === "credential_process" && stanzaIdentity(value) !== undefined,
  );
  const numbers: number[] = [];
  const commandLines: number[] = [];
  for (let number = section.line + 1; number <= section.lastLine; number += 1) {
    if (command !== undefined && number >= command.line && number <= command.lastLine)
      commandLines.push(number);
    else numbers.push(number);
  }
  return { numbers, commandLines };
}

/**
 * The number of the line that a returning one goes before. Lines may have come and gone in between, and none may cut
 * another's value in two.
 */
function placeOf(
  after: number | undefined,
  staying: readonly number[],
  section: DocumentSection,
  gone: ReadonlySet<number>,
): number {
  const said = section.properties.filter(({ line }) => !gone.has(line));
  const end = 1 + Math.max(section.line, ...said.map(({ lastLine }) => lastLine));
  if (after === undefined) return end;
  const number = staying[after] ?? Math.max(end, 1 + (staying.at(-1) ?? section.line));
  const cut = said.find(({ line, lastLine }) => line < number && number <= lastLine);
  return cut === undefined ? number : cut.lastLine + 1;
}

/** True where nothing is left that is the section's own: comments right before the next header belong to that. */
function isEmpty(document: Document, own: DocumentSection, gone: ReadonlySet<number>): boolean {
  const left = document.lines
    .slice(own.line, own.lastLine)
    .filter((_, index) => !gone.has(own.line + 1 + index));
  if (left.some((_, index) => !isBlankLine(left, index) && !isCommentLine(left, index))) return false;
  let comments = 0;
  while (isCommentLine(left, comments)) comments += 1;
  return comments === 0 || (comments === left.length && own.lastLine < document.lines.length);
}

/** Adds the section's header to what goes, and the blank line that set it apart. */
function goWithSection(document: Document, own: DocumentSection, gone: Set<number>): void {
  gone.add(own.line);
  let next = own.line + 1;
  while (gone.has(next)) next += 1;
  const alone = next > document.lines.length || isBlankLine(document.lines, next - 1);
  if (alone && isBlankLine(document.lines, own.line - 2)) gone.add(own.line - 1);
}
