import type { Document } from "../config/document.ts";
import { mark } from "./actions.ts";
import { adoptionOf } from "./adoption-mark.ts";

/** The sections in a file that init wrote. */
export interface Marked {
  readonly profiles: ReadonlySet<string>;
  /** Profiles that it took over in place. */
  readonly adopted: ReadonlySet<string>;
  /** Names of `[aws-as NAME]`. */
  readonly devices: ReadonlySet<string>;
}

/** Finds the sections whose first line below the header is our mark. */
export function markedSections(document: Document): Marked {
  const found = document.sections.filter(({ line }) => document.lines[line]?.text.trimEnd() === `# ${mark}`);
  const named = (type: string) =>
    new Set(found.filter((section) => section.type === type).map(({ name }) => name));
  const adopted = document.sections.filter(
    (section) => section.type === "profile" && adoptionOf(document, section) !== undefined,
  );
  return {
    profiles: named("profile"),
    adopted: new Set(adopted.map(({ name }) => name)),
    devices: named("aws-as"),
  };
}
