import type { Document, DocumentSection } from "../config/files/document.ts";
import { identityProperties } from "../config/resolve/identity-properties.ts";

/** Where a moved property stood: behind so many of the lines that stayed, counted from the header. */
export interface MovedProperty {
  readonly name: string;
  readonly after: number;
}

/**
 * What it takes to undo an adoption, beside the moved lines themselves. It stands in a comment of the adopted
 * profile: so it goes where the file goes, to other machines too, and nothing else can get lost.
 */
export interface Adoption {
  readonly moved: readonly MovedProperty[];
  /** `[aws-as NAME]` was made for it. */
  readonly addedSection: boolean;
  /** Hexadecimal digits that the profile's lines hashed to before; what comes back is compared with it. */
  readonly was: string;
}

/** The comment above lines that adoption moved into `[aws-as NAME]`. */
export const movedMark = "# moved here by aws-as init; aws-as init --remove moves it back";

/**
 * Before a line of a profile that `[aws-as NAME]` says otherwise: it can neither stay nor move there. With
 * a semicolon, because PHP reads on behind a `#`, and a policy's braces would cost it the whole file.
 */
export const asideMark = "; put aside by aws-as init: ";

const begin = "# adopted by aws-as init; aws-as init --remove undoes it: ";

/**
 * The comment as one line: `… moved 1 role_arn source_profile 3 mfa_serial, added section, was 0123456789abcdef`. No
 * brackets, quotes or other characters that some client's parser might stumble over even in a comment.
 */
export function adoptionLine({ moved, addedSection, was }: Adoption): string {
  let at: number | undefined;
  const words = moved.flatMap(({ name, after }) => {
    const place = after === at ? [] : [String(after)];
    at = after;
    return [...place, name];
  });
  const parts = [
    words.length === 0 ? "moved nothing" : `moved ${words.join(" ")}`,
    ...(addedSection ? ["added section"] : []),
    `was ${was}`,
  ];
  return begin + parts.join(", ");
}

/** Reads such a line; undefined for any other, and for one that was tampered with. */
export function readAdoptionLine(text: string): Adoption | undefined {
  if (!text.startsWith(begin)) return undefined;
  const found = /^moved ([a-z0-9_ ]+)(, added section)?, was ([0-9a-f]{16})$/.exec(
    text.slice(begin.length).trimEnd(),
  );
  if (found === null) return undefined;
  const [, words = "", added, was = ""] = found;
  const moved: MovedProperty[] = [];
  let after: number | undefined;
  for (const word of words === "nothing" ? [] : words.split(" ")) {
    if (/^\d{1,6}$/.test(word)) after = Number(word);
    else if (after !== undefined && identityProperties.includes(word)) moved.push({ name: word, after });
    else return undefined;
  }
  return { moved, addedSection: added !== undefined, was };
}

/** The line of a section that says it is adopted, and its index in the file, from 0. */
export function adoptionOf(
  document: Document,
  section: DocumentSection,
): { readonly adoption: Adoption; readonly index: number } | undefined {
  for (let index = section.line; index < section.lastLine; index += 1) {
    const adoption = readAdoptionLine(document.lines[index]?.text ?? "");
    if (adoption !== undefined) return { adoption, index };
  }
  return undefined;
}
