import type { Document } from "../../config/files/document.ts";
import type { Action } from "../../profiles/actions.ts";
import type { Marked } from "../../profiles/marked.ts";
import { sectionOf } from "../../profiles/section-edit.ts";
import { processCommand } from "../../profiles/stanza-command.ts";

/** What planning depends on. */
export interface PointingPlanInput {
  /** The config file as it is. */
  readonly document: Document;
  /** Empty: all. */
  readonly names: readonly string[];
  readonly marked: Marked;
  /** How clients start the program. */
  readonly command: string;
}

/** Has profiles that serve their own names start the program where it is now, whichever way init is run. Pure. */
export function planPointing({ document, names, marked, command }: PointingPlanInput): Action[] {
  return [...marked.serving].flatMap((name) => {
    if (names.length > 0 && !names.includes(name)) return [];
    const there = sectionOf(document, "profile", name)?.properties.find(
      (property) => property.name === "credential_process",
    );
    return pointedAt(name, there?.value, processCommand(command, name));
  });
}

/** The change that a profile needs to be served by that command; none where it is so already. */
export function pointedAt(name: string, now: string | undefined, wanted: string): Action[] {
  if (now === wanted) return [];
  const set = [["credential_process", wanted]] as const;
  return [{ kind: "update-stanza", profile: name, identity: name, set, remove: [] }];
}
