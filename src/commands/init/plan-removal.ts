import type { AwsConfig } from "../../config/aws-config.ts";
import {
  type Document,
  type DocumentProperty,
  type DocumentSection,
  inlineComment,
} from "../../config/files/document.ts";
import { joinPieces } from "../../config/files/pieces.ts";
import { stanzaIdentity } from "../../config/resolve/stanza.ts";
import { at, quote } from "../../config/shown.ts";
import { type Action, applyActions, type InitPlan, piecesFor } from "../../profiles/actions.ts";
import { restoreProfile } from "../../profiles/adoption.ts";
import { addedTo, holdsNote, type Marked } from "../../profiles/marks.ts";
import { addedToStanza } from "../../profiles/plan-stanzas.ts";
import { sectionOf, sectionsOf } from "../../profiles/section-edit.ts";
import { stanzas } from "../../profiles/stanzas.ts";
import { UserError } from "../../system/user-error.ts";

/** What planning a removal depends on. */
export interface RemovalPlanInput {
  readonly config: AwsConfig;
  /** The config file as it is. */
  readonly document: Document;
  /** Identities, or profiles that serve them. Empty: all. */
  readonly names: readonly string[];
  readonly marked: Marked;
}

/**
 * Plans what `init --remove` takes out: the sections that bear the mark of init, of the identities named or of all. It
 * restores adopted profiles. A section that the user has added to stays. What stays although it calls aws-as gets a
 * warning with the reason. Pure.
 */
export function planRemoval(input: RemovalPlanInput): InitPlan {
  const { config, document, marked } = input;
  const names = new Set(input.names);
  const actions: Action[] = [];
  const warnings: string[] = [];
  const calling = stanzas(config);
  const isOurs = (profile: string) => marked.profiles.has(profile) || marked.adopted.has(profile);
  // A profile that serves itself is restored when asked for by name, even if its comments are gone.
  const bare = new Set(
    calling.filter(({ profile, adopted }) => adopted && !isOurs(profile)).map(({ profile }) => profile),
  );
  const served = new Set(calling.filter(({ profile }) => isOurs(profile)).map(({ identity }) => identity));
  for (const name of names) {
    if (!isOurs(name) && !bare.has(name) && !served.has(name)) throw notOurs(name, input);
  }
  const wanted = (...known: readonly string[]) => names.size === 0 || known.some((name) => names.has(name));

  const leftDouble = (profile: string) => {
    const again = standsAgain(document, profile);
    if (again === undefined) return false;
    warnings.push(
      `${document.file}:${again.line}: left profile ${quote(profile)} in place: this section stands there for the second time; make one of the two`,
    );
    return true;
  };
  for (const { profile, identity, adopted, position } of calling) {
    if (!wanted(profile, identity) || !marked.profiles.has(profile) || marked.adopted.has(profile)) continue;
    if (leftDouble(profile)) continue;
    const added = adopted
      ? propertiesOf(document, profile).filter((name) => name !== "credential_process")
      : addedToStanza(document, profile, identity);
    if (added.length > 0 && adopted) {
      actions.push({ kind: "release", profile });
    } else if (added.length > 0) {
      warnings.push(
        `${at(position)}: left profile ${quote(profile)} in place: ${added.join(", ")} was added to it or changed; remove the section by hand`,
      );
    } else {
      actions.push({ kind: "remove-stanza", profile });
    }
  }
  const edited: string[] = [];
  const adopted = [...marked.adopted, ...[...bare].filter((name) => names.has(name))];
  const { pieces, pieceOf } = piecesFor(
    document,
    adopted.map((profile) => ({ kind: "restore", profile })),
  );
  const linesAbove = pieces.map(() => 0);
  for (const [number, piece] of pieces.entries())
    linesAbove[number + 1] = (linesAbove[number] ?? 0) + piece.lines.length - 1;
  for (const profile of adopted) {
    if (!wanted(profile)) continue;
    if (leftDouble(profile)) continue;
    const commandLine = sectionOf(document, "profile", profile)?.properties.find(
      ({ name }) => name === "credential_process",
    );
    if (commandLine !== undefined && !isOwnCommand(commandLine, profile, input)) {
      warnings.push(
        `${document.file}:${commandLine.line}: left profile ${quote(profile)} in place: its credential_process was changed`,
      );
      continue;
    }
    const number = pieceOf.get(profile) ?? 0;
    const restored = restoreProfile(pieces[number] ?? document, profile, linesAbove[number]);
    pieces[number] = restored.document;
    actions.push({ kind: "restore", profile });
    warnings.push(...restored.remarks);
    if (!restored.exact) edited.push(quote(profile));
  }
  if (edited.length > 0) {
    warnings.push(
      `edited after they were adopted: ${edited.join(", ")}; their lines are back, but not all bytes are as they were`,
    );
  }
  for (const { profile, identity, position } of calling) {
    if (isOurs(profile) || !wanted(profile, identity)) continue;
    if (names.size > 0 && bare.has(profile)) continue;
    const byName = bare.has(profile) ? `; to have its lines back: aws-as init --remove ${profile}` : "";
    warnings.push(
      `${at(position)}: left profile ${quote(profile)} in place: it calls aws-as, but aws-as init did not write it, or its comment below the header is gone${byName}`,
    );
  }
  const callers = new Set(calling.map(({ profile }) => profile));
  for (const profile of marked.profiles) {
    if (!wanted(profile) || callers.has(profile)) continue;
    warnings.push(`left profile ${quote(profile)} in place: aws-as wrote it, but it calls aws-as no longer`);
  }

  // A device serves all identities of its key, so it goes only when everything goes.
  const stanzaActions = actions.filter(({ kind }) => kind !== "restore");
  const left = applyActions(joinPieces(document, pieces), stanzaActions);
  if (names.size > 0) return { actions, warnings, after: left };
  const devices: Action[] = [];
  for (const profile of marked.devices) {
    const section = sectionOf(left, "aws-as", profile);
    if (section === undefined) continue;
    const added = addedTo(left, section, ({ name }) => name === "mfa_serial");
    if (added.length > 0) {
      warnings.push(`left section [aws-as ${profile}] in place: ${added.join(", ")} was added to it`);
      continue;
    }
    devices.push({ kind: "remove-device", profile });
  }
  for (const profile of marked.notes) {
    const section = sectionOf(left, "aws-as", profile);
    if (section !== undefined && holdsNote(left, section)) devices.push({ kind: "remove-device", profile });
  }
  return { actions: [...actions, ...devices], warnings, after: applyActions(left, devices) };
}

/** True for the line that adoption wrote: without a comment or a further line of the user, which would go with it. */
function isOwnCommand(
  { value, line, lastLine }: DocumentProperty,
  profile: string,
  { config, document }: RemovalPlanInput,
): boolean {
  const text = document.lines[line - 1]?.text ?? "";
  return servesItself(config, profile, value) && line === lastLine && inlineComment(text) === text.length;
}

/**
 * True for a command that asks aws-as for the profile that it is in, or for a name that is gone: then the profile was
 * renamed.
 */
export function servesItself(config: AwsConfig, profile: string, command: string): boolean {
  const asked = stanzaIdentity(command);
  return asked === profile || (asked !== undefined && !config.profiles.has(asked) && !config.ours.has(asked));
}

/** The second one of the sections that an adoption is spread over. Which of the two is meant cannot be known. */
function standsAgain(document: Document, name: string): DocumentSection | undefined {
  return sectionsOf(document, "profile", name)[1] ?? sectionsOf(document, "aws-as", name)[1];
}

function propertiesOf(document: Document, profile: string): string[] {
  return sectionOf(document, "profile", profile)?.properties.map(({ name }) => name) ?? [];
}

function notOurs(name: string, { config }: RemovalPlanInput): UserError {
  const byHand = stanzas(config).find(({ profile, identity }) => name === profile || name === identity);
  if (byHand === undefined) {
    return new UserError(`aws-as init has written no profile for "${name}"`, {
      hints: ["see what it wrote: aws-as init --remove --dry-run"],
    });
  }
  return new UserError(
    `aws-as init has written no profile for "${name}": ${at(byHand.position)} calls aws-as, but lacks the comment that aws-as writes below the header`,
    { hints: ["remove that section by hand"] },
  );
}
