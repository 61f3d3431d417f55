import type { Document, DocumentSection } from "../config/files/document.ts";
import { stanzaIdentity } from "../config/resolve/stanza.ts";
import { mark } from "./actions.ts";
import { adoptionOf } from "./adoption-mark.ts";
import { holdsNote } from "./device-note.ts";

/** The sections in a file that init wrote. */
export interface Marked {
  readonly profiles: ReadonlySet<string>;
  /** Profiles that it took over in place. */
  readonly adopted: ReadonlySet<string>;
  /** Profiles of ours, of either kind, that call aws-as for their own name. */
  readonly serving: ReadonlySet<string>;
  /** Names of `[aws-as NAME]`. */
  readonly devices: ReadonlySet<string>;
  /** The same, where the section is the user's own and only the device in it is ours. */
  readonly notes: ReadonlySet<string>;
}

/** Finds the sections whose first line below the header is our mark. */
export function markedSections(document: Document): Marked {
  const found = document.sections.filter(({ line }) => document.lines[line]?.text.trimEnd() === `# ${mark}`);
  const named = (type: string) =>
    new Set(found.filter((section) => section.type === type).map(({ name }) => name));
  const adopted = document.sections.filter(
    (section) => section.type === "profile" && adoptionOf(document, section) !== undefined,
  );
  const ours = new Set([...found, ...adopted].filter(servesItself).map(({ name }) => name));
  return {
    profiles: named("profile"),
    adopted: new Set(adopted.map(({ name }) => name)),
    serving: ours,
    devices: named("aws-as"),
    notes: new Set(document.sections.filter((each) => holdsNote(document, each)).map(({ name }) => name)),
  };
}

function servesItself({ type, name, properties }: DocumentSection): boolean {
  return (
    type === "profile" &&
    properties.some((each) => each.name === "credential_process" && stanzaIdentity(each.value) === name)
  );
}
