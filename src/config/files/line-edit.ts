import type { Document, DocumentSection } from "./document.ts";
import type { Line } from "./lines.ts";

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
