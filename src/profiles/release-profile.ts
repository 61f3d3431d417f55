import type { Document } from "../config/files/document.ts";
import { removeProperty } from "../config/files/edit.ts";
import { mark } from "./actions.ts";
import { editLines, endingOf, sectionOf } from "./section-edit.ts";

/** Takes our two lines out of a profile that adoption had made, and leaves what people have added to it. */
export function releaseProfile(document: Document, name: string): Document {
  const without = removeProperty(document, { type: "profile", name }, "credential_process");
  const section = sectionOf(without, "profile", name);
  if (section === undefined) throw new Error(`there is no profile ${name} to release`);
  return editLines(without, name, endingOf(without, section), (lines) =>
    lines.filter(({ text }, index) => index !== section.line || text.trimEnd() !== `# ${mark}`),
  );
}
