import type { Document } from "../config/files/document.ts";
import { isBlankLine, lastOwnLine, lastPropertyLine } from "../config/files/line-edit.ts";
import type { Line } from "../config/files/lines.ts";
import { headerLine } from "../config/files/written-text.ts";
import { adoptionLine, asideMark, type MovedProperty, movedMark } from "./adoption-mark.ts";
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
