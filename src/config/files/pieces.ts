import { type Document, type DocumentSection, parseDocument, printDocument } from "./document.ts";
import { outline, reread } from "./edit.ts";
import { isBlankLine } from "./lines.ts";

/**
 * Cuts a document into pieces that are edited by themselves and joined again, because each edit reads its whole document
 * anew: 4,000 edits of one file would read it 4,000 times. An edit gives the same bytes in its piece as in the whole,
 * since each cut has a blank line above it.
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
  const starts = [0];
  let last = -1;
  for (const [number, { line }] of sections.entries()) {
    if (number > last && number > 0 && isBlankLine(lines, line - 2)) starts.push(line - 1);
    last = Math.max(last, reach[number] ?? number);
  }
  if (starts.length === 1) return [document];
  return starts.map((start, number) => {
    const part = {
      ...document,
      bom: number === 0 ? document.bom : "",
      lines: lines.slice(start, starts[number + 1]),
    };
    return parseDocument(printDocument(part), document.file, document.kind);
  });
}

/** The document of these pieces, once they were edited; whether it has a final newline does not change. */
export function joinPieces(document: Document, pieces: readonly Document[]): Document {
  const [first, ...more] = pieces;
  if (first === undefined || more.length === 0) return first ?? document;
  const lines = pieces.flatMap((piece) => piece.lines);
  const last = lines.at(-1);
  if (last !== undefined && document.lines.at(-1)?.ending === "")
    lines[lines.length - 1] = { ...last, ending: "" };
  return reread(first, lines, pieces.flatMap(outline));
}
