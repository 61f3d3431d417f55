import { type AwsConfig, mergeDocuments } from "../../config/aws-config.ts";
import { type Document, printDocument } from "../../config/files/document.ts";
import { joinPieces } from "../../config/files/pieces.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import type { Identity, Section } from "../../config/resolve/identity.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { stanzaIdentity } from "../../config/resolve/stanza.ts";
import { quote } from "../../config/shown.ts";
import { type Action, applyActions, type InitPlan, piecesFor } from "../../profiles/actions.ts";
import { adoptProfile, restoreProfile } from "../../profiles/adoption.ts";
import { adoptionOf, stanzaComments } from "../../profiles/marks.ts";
import { pointedAt } from "../../profiles/plan-stanzas.ts";
import { processCommand } from "../../profiles/program.ts";
import { movableProperties, sectionOf, sectionsOf } from "../../profiles/section-edit.ts";
import { UserError } from "../../system/user-error.ts";
import {
  type Files,
  filesOf,
  type Refusal,
  refusalOf,
  refuseDuplicateSections,
  wordsOf,
} from "./adoption-refusals.ts";
import { servesItself } from "./plan-removal.ts";

/** What planning adoptions depends on. */
export interface AdoptionPlanInput {
  readonly config: Document;
  readonly credentials: Document;
  readonly names: readonly string[];
  /** The user gave the names: one that cannot be adopted is then an error, else a warning. */
  readonly explicit: boolean;
  /** How clients start the program. */
  readonly command: string;
}

/** A refusal on its way to `planAdoption`. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.because);
    this.refusal = refusal;
  }
}

/**
 * Plans to have profiles serve their own names. Each is tried out: it has to lead to the same credentials as before,
 * and undoing it has to give the same bytes. Pure.
 *
 * @throws UserError where a file is in no state for it, or with all that is wrong with the names that were given
 */
export function planAdoption(input: AdoptionPlanInput): InitPlan {
  const { credentials } = input;
  const files = filesOf(input.config, credentials);
  const before = files.merged;
  refuseDuplicateSections(files);
  const actions: Action[] = [];
  const warnings: string[] = [];
  const refused: { name: string; refusal: Refusal }[] = [];
  const served: string[] = [];
  const names = [...new Set(input.names)];
  const trial = trialOf(files, names);
  for (const name of names) {
    try {
      const planned = planOne(name, files, trial, input);
      warnings.push(...planned.warnings);
      actions.push(...planned.actions);
      served.push(name);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push({ name, refusal: error.refusal });
    }
  }
  if (input.explicit && refused.length > 0) throw refusedAll(refused);
  for (const { name, refusal } of refused) {
    warnings.push([`left out ${quote(name)}: ${refusal.because}`, ...refusal.hints].join("; "));
  }
  const others = actions.filter(({ kind }) => kind !== "adopt" && kind !== "restore");
  const config = applyActions(trial.document(), others);
  const after = mergeDocuments(config, credentials);
  for (const { name } of identityNames(before)) {
    if (trial.wayBefore(name) !== wayTo(name, after)) {
      throw new Error(`adoption would have changed the way to ${name}; nothing was written`);
    }
  }
  return { actions, warnings: [...warnings, ...dependents(new Set(served), after)], after: config };
}

/** The files as they would be, for trying adoptions out without reading the whole file for each. */
interface Trial {
  /** The piece of the config file that has the profile. */
  readonly pieceOf: (name: string) => Document;
  readonly wayBefore: (name: string) => string;
  readonly document: () => Document;
  /** Takes another piece for it, if the name then leads to the same credentials; else refuses. */
  readonly put: (name: string, piece: Document) => void;
}

function trialOf({ config, credentials, merged }: Files, names: readonly string[]): Trial {
  const profiles = new Map(merged.profiles);
  const ours = new Map(merged.ours);
  const { pieces, pieceOf } = piecesFor(
    config,
    names.map((profile) => ({ kind: "restore", profile })),
  );
  const ways = new Map<string, string>();
  const wayBefore = (name: string) => {
    const way = ways.get(name) ?? wayTo(name, merged);
    ways.set(name, way);
    return way;
  };
  const numberOf = (name: string) => pieceOf.get(name) ?? 0;
  const set = (name: string, profile: Section | undefined, own: Section | undefined) => {
    if (profile !== undefined) profiles.set(name, profile);
    if (own === undefined) ours.delete(name);
    else ours.set(name, own);
  };
  return {
    pieceOf: (name) => pieces[numberOf(name)] ?? config,
    wayBefore,
    document: () => joinPieces(config, pieces),
    put(name, piece) {
      const [profile, own] = [profiles.get(name), ours.get(name)];
      const itsCredentials = { ...credentials, sections: sectionsOf(credentials, "profile", name) };
      const after = mergeDocuments(piece, itsCredentials);
      set(name, after.profiles.get(name), after.ours.get(name));
      if (wayBefore(name) === wayTo(name, { ...merged, profiles, ours })) {
        pieces[numberOf(name)] = piece;
        return;
      }
      set(name, profile, own);
      throw refuse("adopted, it would lead to other credentials");
    },
  };
}

function planOne(
  name: string,
  files: Files,
  trial: Trial,
  { command, explicit }: AdoptionPlanInput,
): InitPlan {
  const said = processCommand(command, name);
  const identity = resolved(name, files);
  const { config, merged } = files;
  if (identity.name !== name) {
    throw refuse(`it stands for ${quote(identity.name)}`, [
      `adopt that one: aws-as init --adopt ${identity.name}`,
    ]);
  }
  if (!merged.profiles.has(name) && !merged.ours.has(name)) {
    throw refuse("it is not a profile, and only a profile can be adopted");
  }
  const section = sectionOf(config, "profile", name);
  const adopted = section && adoptionOf(config, section);
  const commandLine = section?.properties.find(
    (property) => property.used && property.name === "credential_process",
  );
  // A profile that was renamed after its adoption still asks for the old name.
  const serves =
    commandLine !== undefined &&
    (stanzaIdentity(commandLine.value) === name ||
      (adopted !== undefined && servesItself(merged, name, commandLine.value)));
  if (commandLine !== undefined && !serves && stanzaIdentity(commandLine.value) !== undefined) {
    const other = stanzaIdentity(commandLine.value) ?? "";
    throw refuse(
      `${config.file}:${commandLine.line}: its credential_process asks aws-as for ${quote(other)}`,
    );
  }
  const refusal = refusalOf(name, files);
  if (refusal !== undefined) throw new Refused(refusal);
  const beside = section?.properties.find(
    (property) => movableProperties.has(property.name) && (property !== commandLine || !serves),
  );

  if (section !== undefined && adopted !== undefined) {
    if (commandLine !== undefined && !serves) {
      throw refuse(
        `${config.file}:${commandLine.line}: it was adopted, and its credential_process was changed since`,
        [`remove that line, then run: aws-as init --adopt ${name}`],
      );
    }
    if (beside !== undefined || commandLine === undefined) return adoptedAgain(name, files, trial, said);
    return { actions: pointedAt(name, commandLine.value, said), warnings: [] };
  }
  if (section !== undefined && serves) {
    const place = `${config.file}:${commandLine.line}`;
    if (files.marked.profiles.has(name) && beside === undefined) {
      return { actions: pointedAt(name, commandLine.value, said), warnings: [] };
    }
    if (beside === undefined) {
      const actions = pointedAt(name, commandLine.value, said);
      if (explicit || actions.length === 0) return { actions, warnings: [] };
      return {
        actions: [],
        warnings: [
          `${place}: profile ${quote(name)} calls aws-as already, by a line that aws-as did not write; left as it is; to have it rewritten: aws-as init --adopt ${name}`,
        ],
      };
    }
    throw refuse(
      `${place}: it calls aws-as already, beside ${beside.name}, by a line that aws-as did not write`,
      ["remove the line, then run the same command again"],
    );
  }
  if (section === undefined) {
    const properties = [["credential_process", said]] as const;
    const comments = stanzaComments([]);
    return {
      actions: [{ kind: "add-stanza", profile: name, identity: name, comments, properties }],
      warnings: [],
    };
  }
  const piece = trial.pieceOf(name);
  const after = adoptProfile(piece, name, said);
  const undone = restoreProfile(after, name);
  if (!undone.exact || !printDocument(undone.document).equals(printDocument(piece))) {
    throw refuse(`${config.file}:${section.line}: its lines could not be restored byte for byte`, [
      "give all lines of the file the same ending",
    ]);
  }
  trial.put(name, after);
  return { actions: [{ kind: "adopt", profile: name, command: said }], warnings: [] };
}

function adoptedAgain(name: string, { config }: Files, trial: Trial, command: string): InitPlan {
  const section = sectionOf(config, "profile", name);
  const own = sectionOf(config, "aws-as", name);
  const again = section?.properties.find(
    (property) =>
      property.name !== "credential_process" &&
      movableProperties.has(property.name) &&
      own?.properties.some((each) => each.name === property.name),
  );
  if (again !== undefined) {
    throw refuse(
      `${config.file}:${again.line}: it says ${again.name} again, which has moved to [aws-as ${name}]; clients stumble over it here`,
      ["remove one of the two lines, then run the same command again"],
    );
  }
  trial.put(name, adoptProfile(restoreProfile(trial.pieceOf(name), name).document, name, command));
  const actions: Action[] = [
    { kind: "restore", profile: name },
    { kind: "adopt", profile: name, command },
  ];
  return { actions, warnings: [] };
}

function resolved(name: string, { merged }: Files): Identity {
  try {
    return resolveIdentity(merged, name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw refuse(error.message, error.hints);
  }
}

/** All that shapes the credentials of a name, without the places where it is said, as one text. */
function wayTo(name: string, config: AwsConfig): string {
  try {
    const { root, hops } = resolveIdentity(config, name);
    return JSON.stringify({ root, hops }, (key, value) => (key === "position" ? undefined : value));
  } catch (error) {
    if (error instanceof UserError) return "no way";
    throw error;
  }
}

/** Other profiles that get their credentials from a profile that is served by a process now. */
function dependents(names: ReadonlySet<string>, config: AwsConfig): string[] {
  return [...config.profiles.values()].flatMap(({ name, properties }) => {
    const source = properties.get("source_profile");
    const device = properties.get("mfa_serial");
    // A command that was adopted as well is still run, by aws-as.
    const command = effectiveProfile(config, name)?.get("credential_process");
    const warnings: string[] = [];
    if (
      source !== undefined &&
      source.value !== name &&
      properties.has("role_arn") &&
      names.has(source.value) &&
      // A key in the store was of no use to other clients before either.
      (device !== undefined || effectiveProfile(config, source.value)?.getOwn("access_key_id") === undefined)
    ) {
      const { file, line } = device?.position ?? source.position;
      warnings.push(
        device === undefined
          ? `${file}:${line}: profile ${quote(name)} takes its credentials from ${quote(source.value)}: PHP and C++ cannot do that any more`
          : `${file}:${line}: profile ${quote(name)} takes its credentials from ${quote(source.value)}, and its mfa_serial makes clients ask for a code by themselves, which AWS refuses with a session: aws-as init --adopt ${name}`,
      );
    }
    const read =
      command && stanzaIdentity(command.value) === undefined
        ? wordsOf(command.value).find((word) => word !== name && names.has(word))
        : undefined;
    if (command !== undefined && read !== undefined) {
      const { file, line } = command.position;
      warnings.push(
        `${file}:${line}: the command of profile ${quote(name)} names ${quote(read)}, and may miss the lines that moved`,
      );
    }
    return warnings;
  });
}

function refuse(because: string, hints: readonly string[] = []): Refused {
  return new Refused({ because, hints });
}

function refusedAll(refused: readonly { name: string; refusal: Refusal }[]): UserError {
  const hints = [...new Set(refused.flatMap(({ refusal }) => refusal.hints))];
  const [only] = refused;
  if (only !== undefined && refused.length === 1) {
    return new UserError(
      `${quote(only.name)} cannot be adopted: ${only.refusal.because}; nothing was written`,
      { hints },
    );
  }
  const lines = refused.map(({ name, refusal }) => `  ${quote(name)}: ${refusal.because}`);
  return new UserError(
    [`${refused.length} profiles cannot be adopted; nothing was written`, ...lines].join("\n"),
    { hints },
  );
}
