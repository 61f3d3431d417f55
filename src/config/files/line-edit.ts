import type { Document, DocumentSection } from "./document.ts";
import type { Line } from "./lines.ts";

/**
 * Lines with `count` of them from `start` (from 0) replaced by new text in latin1, as `Line` has it. New lines
 * end as the old ones or their neighbours do; a file without a final newline stays one, and one with it too.
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

/** The last line of a section's last property, continuations included; its header's when there is none. From 1. */
export function lastPropertyLine(section: DocumentSection): number {
  return section.properties.at(-1)?.lastLine ?? section.line;
}

/**
 * The last line that is a section's own, from 1. Comments right behind the last property are, unless they run
 * into the next header, which they then describe.
 */
export function lastOwnLine(document: Document, section: DocumentSection): number {
  const last = lastPropertyLine(section);
  let end = last;
  while (end < section.lastLine && isCommentLine(document.lines, end)) end += 1;
  return end === section.lastLine && end < document.lines.length ? last : end;
}
