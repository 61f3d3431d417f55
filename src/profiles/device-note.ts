import type { Document, DocumentSection } from "../config/files/document.ts";
import { removeProperty, removeSection, setProperty } from "../config/files/edit.ts";
import { setOwn } from "../config/files/own-section.ts";
import { mark } from "./actions.ts";
import { editLines, endingOf, sectionOf } from "./section-edit.ts";

/** The comment above a device in a section that was there before. */
const noteMark = "# from IAM, by aws-as init; aws-as init --remove takes it out";

/** Writes the device of a key down in `[aws-as NAME]`, in such a way that it is known as ours afterwards. */
export function noteDevice(document: Document, name: string, serial: string): Document {
  const own = sectionOf(document, "aws-as", name);
  if (own === undefined || own.properties.some((property) => property.name === "mfa_serial")) {
    return setOwn(document, name, "mfa_serial", serial, mark);
  }
  const noted = setProperty(document, { type: "aws-as", name }, "mfa_serial", serial);
  const line = deviceLine(sectionOf(noted, "aws-as", name));
  if (line === undefined) throw new Error("the device is not where it was written");
  const note = { text: noteMark, ending: endingOf(document, own) };
  return editLines(noted, name, note.ending, (lines) => lines.toSpliced(line - 1, 0, note));
}

/** True for a section whose device bears our comment, although the section is not ours. */
export function holdsNote(document: Document, section: DocumentSection): boolean {
  const line = section.type === "aws-as" ? deviceLine(section) : undefined;
  return line !== undefined && document.lines[line - 2]?.text.trimEnd() === noteMark;
}

/** Takes the device out again, with the whole section if that is ours. */
export function removeDevice(document: Document, name: string): Document {
  const key = { type: "aws-as", name } as const;
  const own = sectionOf(document, "aws-as", name);
  if (own === undefined || !holdsNote(document, own)) return removeSection(document, key);
  const note = (deviceLine(own) ?? 0) - 2;
  const without = editLines(document, name, endingOf(document, own), (lines) => lines.toSpliced(note, 1));
  return removeProperty(without, key, "mfa_serial");
}

/** From 1. */
function deviceLine(section: DocumentSection | undefined): number | undefined {
  return section?.properties.find((property) => property.name === "mfa_serial")?.line;
}
