import type { Document } from "./document.ts";
import { addSection, removeProperty, removeSection, setProperty } from "./edit.ts";
import { isCommentLine } from "./lines.ts";
import type { SectionKey } from "./written-text.ts";

/**
 * Sets a property in `[aws-as NAME]`, or in `[aws-as]` where `name` is undefined. A missing section is added behind the
 * profile of that name, with `comment` below its header.
 */
export function setOwn(
  document: Document,
  name: string | undefined,
  property: string,
  value: string,
  comment: string,
): Document {
  const own = ownSection(name);
  if (has(document, own)) return setProperty(document, own, property, value);
  const profile = { type: "profile", name: name ?? "" } as const;
  const section = { ...own, comments: [comment], properties: [[property, value]] as const };
  return addSection(document, section, has(document, profile) ? profile : undefined);
}

/**
 * Removes it. A section that is then empty is removed too, where `comment` shows that we added it and it has no other
 * comment.
 */
export function removeOwn(
  document: Document,
  name: string | undefined,
  property: string,
  comment: string,
): Document {
  const own = ownSection(name);
  if (!has(document, own)) return document;
  const edited = removeProperty(document, own, property);
  const left = edited.sections.filter((section) => is(section, own));
  const isOurs = left.every(
    ({ line, properties }) =>
      properties.length === 0 &&
      edited.lines[line]?.text.trimEnd() === `# ${comment}` &&
      !isCommentLine(edited.lines, line + 1),
  );
  return isOurs ? removeSection(edited, own, 1) : edited;
}

function ownSection(name: string | undefined): SectionKey {
  return name === undefined ? { type: "settings", name: "aws-as" } : { type: "aws-as", name };
}

function has(document: Document, key: SectionKey): boolean {
  return document.sections.some((section) => is(section, key));
}

function is(section: { type: string; name: string }, key: SectionKey): boolean {
  return section.type === key.type && section.name === key.name;
}
