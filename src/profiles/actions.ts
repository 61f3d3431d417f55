import type { Document } from "../config/files/document.ts";
import {
  addSection,
  type NewProperty,
  refuseDuplicate,
  removeProperty,
  removeSection,
  setProperty,
} from "../config/files/edit.ts";
import { setOwn } from "../config/files/own-section.ts";
import { cutApart, joinPieces } from "../config/files/pieces.ts";
import { groupedBy } from "../system/grouped-by.ts";
import { adoptProfile, releaseProfile, restoreProfile } from "./adoption.ts";
import { copiesLine, deviceLine, holdsNote, mark, noteMark } from "./marks.ts";
import { editLines, endingOf, sectionOf } from "./section-edit.ts";

/** One change that init makes to `~/.aws/config`: data, so that a dry run and a real one cannot differ. */
export type Action =
  /** A new profile for clients, next to the user's own. */
  | {
      readonly kind: "add-stanza";
      readonly profile: string;
      readonly identity: string;
      readonly comments: readonly string[];
      readonly properties: readonly NewProperty[];
    }
  /** A profile that init wrote, and that no longer says what it should. */
  | {
      readonly kind: "update-stanza";
      readonly profile: string;
      readonly identity: string;
      readonly set: readonly NewProperty[];
      readonly remove: readonly string[];
      /** Of a generated profile, in place of those that it has. */
      readonly comments?: readonly string[];
    }
  | { readonly kind: "remove-stanza"; readonly profile: string }
  /** A profile that serves its own name: its identity properties move to `[aws-as NAME]`. */
  | { readonly kind: "adopt"; readonly profile: string; readonly command: string }
  /** The reverse. */
  | { readonly kind: "restore"; readonly profile: string }
  /** The two lines of init leave a profile that adoption had made and that the user has added to. */
  | { readonly kind: "release"; readonly profile: string }
  /** The MFA device that IAM named, for the profile that holds the long-term key. */
  | { readonly kind: "add-device"; readonly profile: string; readonly serial: string }
  | { readonly kind: "remove-device"; readonly profile: string };

/** What init is about to do, and what the user should know. */
export interface InitPlan {
  readonly actions: readonly Action[];
  readonly warnings: readonly string[];
  /** The file after all actions, where planning had to make it. */
  readonly after?: Document | undefined;
}

/** The file after all actions, in order. */
export function applyActions(document: Document, actions: readonly Action[]): Document {
  if (actions.length === 0) return document;
  for (const action of actions) {
    if (action.kind === "add-stanza") refuseDuplicate(document, { type: "profile", name: action.profile });
    if (action.kind === "add-device" && !has(document, { type: "aws-as", name: action.profile }))
      refuseDuplicate(document, { type: "aws-as", name: action.profile });
  }
  const { pieces, pieceOf } = piecesFor(document, actions);
  const perPiece = pieces.map((): Action[] => []);
  for (const action of actions) {
    // What has no section yet goes to the end of the file.
    const number = namesIn(action)
      .map((name) => pieceOf.get(name))
      .find((each) => each !== undefined);
    perPiece[number ?? pieces.length - 1]?.push(action);
  }
  return joinPieces(
    document,
    pieces.map((piece, number) => (perPiece[number] ?? []).reduce(applyAction, piece)),
  );
}

/** The file in pieces, with all that an action looks at or changes in one of them, and the number of each name's piece. */
export function piecesFor(
  document: Document,
  actions: readonly Action[],
): { readonly pieces: Document[]; readonly pieceOf: ReadonlyMap<string, number> } {
  const above = new Map(document.sections.map((section, number) => [section, document.sections[number - 1]]));
  // Not an sso-session of the same name.
  const isOurs = (type: string) => type === "profile" || type === "aws-as";
  const ours = document.sections.filter(({ type }) => isOurs(type));
  const sections = groupedBy(ours, ({ name }) => name);
  const touched = (action: Action) => {
    const own = namesIn(action).flatMap((name) => sections.get(name) ?? []);
    const mayGo = own.filter(({ type }) => type === (action.kind === "remove-stanza" ? "profile" : "aws-as"));
    return [...own, ...mayGo.flatMap((section) => above.get(section) ?? [])];
  };
  const pieces = cutApart(
    document,
    actions.map(touched).filter((group) => group.length > 0),
  );
  const pieceOf = new Map<string, number>();
  // The later counts: each piece ends with the header of the next.
  for (const [number, piece] of pieces.entries())
    for (const { type, name } of piece.sections) if (isOurs(type)) pieceOf.set(name, number);
  return { pieces, pieceOf };
}

/** The names of the sections that an action looks at or changes. */
function namesIn(action: Action): string[] {
  return "identity" in action ? [action.profile, action.identity] : [action.profile];
}

function applyAction(document: Document, action: Action): Document {
  const profile = { type: "profile", name: action.profile } as const;
  switch (action.kind) {
    case "add-stanza": {
      const section = { ...profile, comments: action.comments, properties: action.properties };
      const neighbours = (["profile", "aws-as"] as const).map((type) => ({ type, name: action.identity }));
      return addSection(
        document,
        section,
        neighbours.find((each) => has(document, each)),
      );
    }
    case "update-stanza": {
      const shorter = action.remove.reduce(
        (each, name) => removeProperty(each, profile, name, "go"),
        document,
      );
      const longer = action.set.reduce((each, property) => setProperty(each, profile, ...property), shorter);
      return action.comments === undefined ? longer : comment(longer, action.profile, action.comments);
    }
    case "add-device":
      return noteDevice(document, action.profile, action.serial);
    case "adopt":
      return adoptProfile(document, action.profile, action.command);
    case "restore":
      return restoreProfile(document, action.profile).document;
    case "release":
      return releaseProfile(document, action.profile);
    case "remove-stanza":
      return removeSection(document, profile);
    case "remove-device":
      return removeDevice(document, action.profile);
  }
}

/** Gives a generated profile its comments, in place of those that init wrote before. */
function comment(document: Document, profile: string, comments: readonly string[]): Document {
  const section = sectionOf(document, "profile", profile);
  if (section === undefined) return document;
  const ending = endingOf(document, section);
  const old = copiesLine(document, section) === undefined ? 1 : 2;
  const lines = comments.map((text) => ({ text: `# ${text}`, ending }));
  return editLines(document, profile, ending, (all) => all.toSpliced(section.line, old, ...lines));
}

function has(document: Document, key: { type: string; name: string }): boolean {
  return document.sections.some(({ type, name }) => type === key.type && name === key.name);
}

/** Writes the device of a key down in `[aws-as NAME]`, with a comment by which init finds it again. */
function noteDevice(document: Document, name: string, serial: string): Document {
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

/** Takes the device out again, with the whole section if init wrote that. */
function removeDevice(document: Document, name: string): Document {
  const key = { type: "aws-as", name } as const;
  const own = sectionOf(document, "aws-as", name);
  if (own === undefined || !holdsNote(document, own)) return removeSection(document, key);
  const note = (deviceLine(own) ?? 0) - 2;
  const without = editLines(document, name, endingOf(document, own), (lines) => lines.toSpliced(note, 1));
  return removeProperty(without, key, "mfa_serial");
}
