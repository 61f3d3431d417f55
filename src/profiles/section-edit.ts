import { isDeepStrictEqual } from "node:util";
import { usedSections } from "../config/aws-config.ts";
import { type Document, type DocumentSection, withLines } from "../config/files/document.ts";
import { type Line, lastOwnLine } from "../config/files/lines.ts";
import { identityProperties } from "../config/resolve/identity-properties.ts";
import { groupedBy } from "../system/grouped-by.ts";
import { sha256Of } from "../system/sha256.ts";

/**
 * The properties that adoption moves. `access_key_id` means something in `[aws-as NAME]` alone, and what holds secrets
 * or belongs to a login of aws-cli is refused before anything moves (adoption-refusals.ts).
 */
export const movableProperties: ReadonlySet<string> = new Set(
  identityProperties.filter(
    (name) => !/^(?:sso_|aws_)/.test(name) && name !== "access_key_id" && name !== "login_session",
  ),
);

/** The one section of that type and name that counts. */
export function sectionOf(document: Document, type: "profile" | "aws-as", name: string) {
  return sectionsOf(document, type, name)[0];
}

const sections = new WeakMap<Document, ReadonlyMap<string, readonly DocumentSection[]>>();

/** All that count. Finding thousands of sections one after the other, each in all, takes long, so an index is kept. */
export function sectionsOf(
  document: Document,
  type: "profile" | "aws-as",
  name: string,
): readonly DocumentSection[] {
  let index = sections.get(document);
  if (index === undefined) {
    index = groupedBy(usedSections(document), (section) => `${section.type} ${section.name}`);
    sections.set(document, index);
  }
  return index.get(`${type} ${name}`) ?? [];
}

/**
 * Gives the document other lines and reads it again. While `edit` works, every line is terminated, the last one as
 * `ending` says; a file without a final newline stays one. No section may change but the two of `name`.
 */
export function editLines(
  document: Document,
  name: string,
  ending: Line["ending"],
  edit: (lines: readonly Line[]) => readonly Line[],
): Document {
  const open = document.lines.at(-1)?.ending === "";
  const last = document.lines.length - 1;
  const whole = document.lines.map((line, index) => (open && index === last ? { ...line, ending } : line));
  const edited = edit(whole);
  const lines = edited.map((line, index) =>
    open && index === edited.length - 1 ? { ...line, ending: "" as const } : line,
  );
  const after = withLines(document, lines);
  if (!isDeepStrictEqual(others(document, name), others(after, name))) {
    throw new Error(
      `an edit of ${document.file} would have changed more than it should; nothing was written`,
    );
  }
  return after;
}

function others(document: Document, name: string) {
  return document.sections
    .filter((section) => section.name !== name || (section.type !== "profile" && section.type !== "aws-as"))
    .map((section) => [
      section.type,
      section.name,
      section.properties.map((each) => [each.name, each.value]),
    ]);
}

/** How new lines next to the section end. */
export function endingOf(document: Document, section: DocumentSection): Line["ending"] {
  return document.lines[section.line - 1]?.ending || "\n";
}

/**
 * What the section's own lines hash to, from the header on. Line endings do not count: `aws configure set` writes LF
 * throughout a file that had CRLF, which is no edit of this section.
 */
export function fingerprint(document: Document, section: DocumentSection): string {
  const own = document.lines.slice(section.line - 1, lastOwnLine(document, section));
  const text = own.map((line) => line.text).join("\n");
  return sha256Of(Buffer.from(text, "latin1")).toString("hex").slice(0, 16);
}
