import type { Document, DocumentSection } from "./document.ts";
import { isTightHeader, outline, reread } from "./edit.ts";

/**
 * Cuts a document into pieces that are edited by themselves and joined again, because each edit reads its whole document
 * anew: 4,000 edits of one file would read it 4,000 times. An edit gives the same bytes in its piece as in the whole,
 * since each piece but the last ends with the header of the next one, which no edit touches.
 *
 * @param groups sections that one edit looks at or changes; each group stays in one piece. With a section that an edit
 *   may remove goes the one above it, whose last blank line goes too
 */
export function cutApart(document: Document, groups: Iterable<readonly DocumentSection[]>): Document[] {
  const { sections, lines } = document;
  const numbers = new Map(sections.map((section, number) => [section, number]));
  const reach = sections.map((_, number) => number);
  for (const group of groups) {
    const members = group.map((section) => numbers.get(section) ?? 0);
    const first = Math.min(...members);
    reach[first] = Math.max(reach[first] ?? 0, ...members);
  }
  // The number of each piece's first section.
  const starts = [0];
  let last = 0;
  for (const [number, section] of sections.entries()) {
    // An edit may go on behind a tight header, so that one has no piece of its own.
    if (number > last && !isTightHeader(document, section)) starts.push(number);
    last = Math.max(last, reach[number] ?? number);
  }
  if (starts.length === 1) return [document];
  return starts.map((start, number) => {
    const end = starts[number + 1];
    const next = end === undefined ? undefined : sections[end];
    const above = start === 0 ? 0 : (sections[start]?.line ?? 1) - 1;
    const own = [...sections.slice(start, end), ...(next === undefined ? [] : [headerOf(next)])];
    return {
      ...document,
      bom: start === 0 ? document.bom : "",
      lines: lines.slice(above, next?.line),
      sections: own.map((section) => raised(section, above)),
      errors: [],
    };
  });
}

/** A section without all that is below its header. */
function headerOf({ error, ...section }: DocumentSection): DocumentSection {
  const isOfHeader = error?.at?.line === section.line;
  return { ...section, lastLine: section.line, properties: [], ...(isOfHeader && { error }) };
}

/** A section whose lines are counted from further down. */
function raised(section: DocumentSection, by: number): DocumentSection {
  const raise = <T extends { line: number; lastLine: number }>(each: T): T => ({
    ...each,
    line: each.line - by,
    lastLine: each.lastLine - by,
  });
  return { ...raise(section), properties: section.properties.map(raise) };
}

/** The document of these pieces, once they were edited; whether it has a final newline does not change. */
export function joinPieces(document: Document, pieces: readonly Document[]): Document {
  const [first, ...more] = pieces;
  if (first === undefined || more.length === 0) return first ?? document;
  const own = <T>(all: readonly T[], number: number) => (number < more.length ? all.slice(0, -1) : all);
  const lines = pieces.flatMap((piece, number) => own(piece.lines, number));
  const last = lines.at(-1);
  if (last !== undefined && document.lines.at(-1)?.ending === "")
    lines[lines.length - 1] = { ...last, ending: "" };
  const meant = pieces.flatMap((piece, number) => own(outline(piece), number));
  return reread(first, lines, meant);
}
