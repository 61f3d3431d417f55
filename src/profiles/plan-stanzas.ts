import { isDeepStrictEqual } from "node:util";
import type { AwsConfig } from "../config/aws-config.ts";
import type { Document, DocumentSection } from "../config/files/document.ts";
import { copyOf, type NewProperty } from "../config/files/edit.ts";
import { headerLine } from "../config/files/written-text.ts";
import { type Identity, NoKnownExpiry } from "../config/resolve/identity.ts";
import { isAboutCredentials } from "../config/resolve/identity-properties.ts";
import { isAccessKeyId } from "../config/resolve/links.ts";
import { resolveIdentity } from "../config/resolve/resolve.ts";
import { quote } from "../config/shown.ts";
import { UserError } from "../system/user-error.ts";
import type { Action, InitPlan } from "./actions.ts";
import { addedTo, type Copy, isWritten, type Marked, stanzaComments } from "./marks.ts";
import { processCommand } from "./program.ts";
import { sectionOf, sectionsOf } from "./section-edit.ts";

/** What planning stanzas depends on. */
export interface StanzaPlanInput {
  readonly config: AwsConfig;
  /** Identities by name. */
  readonly names: readonly string[];
  /** The user gave the names: one that cannot be served is then an error, else a warning. */
  readonly explicit: boolean;
  readonly prefix: string;
  /** How clients start the program, as it is written into the file. */
  readonly command: string;
  /** The config file as it is. */
  readonly document: Document;
  readonly credentials: Document;
  /** Profiles in the file that bear the mark of init. */
  readonly marked: ReadonlySet<string>;
}

/** Plans one stanza per identity: added, brought up to date, or left alone. Pure. */
export function planStanzas(input: StanzaPlanInput): InitPlan {
  const actions: Action[] = [];
  const warnings: string[] = [];
  for (const name of input.names) {
    try {
      const action = planStanza(name, input, warnings);
      if (action !== undefined) actions.push(action);
    } catch (error) {
      if (input.explicit || !(error instanceof UserError)) throw error;
      warnings.push(`left out "${name}": ${error.message}`);
    }
  }
  return { actions, warnings };
}

function planStanza(name: string, input: StanzaPlanInput, warnings: string[]): Action | undefined {
  const identity = resolveIdentity(input.config, name);
  if (!input.config.profiles.has(name) && !input.config.ours.has(name)) {
    throw new UserError(`"${name}" is not a profile, and only a profile gets a generated one`, {
      hints: [
        `give the role a profile: aws configure set profile.NAME.role_arn ${identity.hops.at(-1)?.roleArn ?? name}`,
      ],
    });
  }
  const { root, hops } = identity;
  if (hops.length === 0 && root.kind === "static-keys" && root.sessionToken !== undefined)
    throw new NoKnownExpiry(name, root.position);
  const profile = `${input.prefix}${name}`;
  refuseUnwritableName(name, profile, input.config);
  if (!input.explicit) refuseForeignKey(identity);
  const { copies, secrets } = copiesFor(name, [input.document, input.credentials]);
  for (const secret of secrets) warnings.push(`${secret}, so that ${quote(profile)} goes without it`);
  const command = ["credential_process", processCommand(input.command, name)] as const;

  const there = input.config.profiles.get(profile);
  if (there === undefined) {
    const comments = stanzaComments(copies);
    // Some clients take "[…]" in a value for a header, and what follows for the lines of another profile.
    const last = copies.filter(([, value]) => /[[\]]/.test(value));
    const properties = [...copies.filter((copy) => !last.includes(copy)), command, ...last];
    return { kind: "add-stanza", profile, identity: name, comments, properties };
  }
  const section = sectionOf(input.document, "profile", profile);
  if (!input.marked.has(profile) || section === undefined) {
    const { file, line } = there.position;
    throw new UserError(`${file}:${line}: there is a profile "${profile}" that aws-as did not write`, {
      hints: ["choose another prefix: aws-as init --prefix mfa-"],
    });
  }
  return updateOf(section, { profile, identity: name, copies, command }, input.document);
}

/**
 * The properties that a generated profile has from the one that it serves: all that say nothing of credentials, of both
 * files, as they stand there. What may be a secret does not leave the credentials file.
 */
function copiesFor(
  name: string,
  documents: readonly Document[],
): { readonly copies: readonly Copy[]; readonly secrets: readonly string[] } {
  const copies = new Map<string, Copy>();
  const secrets: string[] = [];
  for (const document of documents) {
    for (const property of sectionsOf(document, "profile", name).flatMap(({ properties }) => properties)) {
      if (isAboutCredentials(property.name)) continue;
      if (document.kind === "credentials" && /secret|token|pass|pw|key/.test(property.name))
        secrets.push(`${document.file}:${property.line}: ${property.name} may be a secret`);
      else copies.set(property.name, copyOf(document, property));
    }
  }
  return { copies: [...copies.values()], secrets };
}

interface Wanted {
  readonly profile: string;
  readonly identity: string;
  readonly copies: readonly Copy[];
  readonly command: NewProperty;
}

/** What brings a generated profile up to date. What the user wrote there stays, whatever it says. */
function updateOf(
  section: DocumentSection,
  { profile, identity, copies, command }: Wanted,
  document: Document,
): Action | undefined {
  const said = new Map(section.properties.map((each) => [each.name, each]));
  const isTheirs = (name: string) => {
    const property = said.get(name);
    return property !== undefined && !isWritten(document, section, property);
  };
  const line = said.get(command[0]);
  if (line !== undefined && line.value !== command[1] && isTheirs(command[0])) {
    throw new UserError(
      `${document.file}:${line.line}: the credential_process of profile "${profile}" was changed by hand, and stays`,
      { hints: [`to have it written again, take that line out, and then: aws-as init ${identity}`] },
    );
  }
  const ours = copies.filter(([name]) => !isTheirs(name));
  const set = [...ours, command].filter(([name, value, lines]) => {
    const property = said.get(name);
    if (property === undefined || lines === undefined) return property?.value !== value;
    return !isDeepStrictEqual(copyOf(document, property)[2], lines);
  });
  const remove = [...said.keys()].filter(
    (name) => name !== command[0] && !isTheirs(name) && !ours.some(([each]) => each === name),
  );
  if (set.length + remove.length === 0) return undefined;
  return { kind: "update-stanza", profile, identity, set, remove, comments: stanzaComments(ours) };
}

function refuseUnwritableName(name: string, profile: string, config: AwsConfig): void {
  if (name.includes(" ")) {
    const { position } = config.profiles.get(name) ?? config.ours.get(name) ?? {};
    throw new UserError(
      `the name has a blank, and only aws-cli and boto3 would read a profile of such a name`,
      {
        ...(position && { at: position }),
        hints: ["choose a name without blanks"],
      },
    );
  }
  headerLine({ type: "profile", name: profile }, "config");
}

/** Keys of MinIO, R2 and the like: there is no GetSessionToken for them, and asking their address for devices takes long. */
function refuseForeignKey({ root, hops }: Identity): void {
  if (root.kind !== "static-keys" || hops.length > 0 || isAccessKeyId(root.accessKeyId)) return;
  throw new UserError(
    `the key is none of AWS: an access key id is 16 or more capital letters and digits, such as AKIA…`,
    { at: root.position },
  );
}

/** What planning to point profiles at the program depends on. */
export interface PointingPlanInput {
  /** The config file as it is. */
  readonly document: Document;
  /** Empty: all. */
  readonly names: readonly string[];
  readonly marked: Marked;
  /** How clients start the program. */
  readonly command: string;
}

/** Has adopted profiles start the program where it is now, whichever way init is run. Pure. */
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

/** What the user wrote in a generated profile, which its removal would lose. A line that the identity's own profile has is no loss. */
export function addedToStanza(document: Document, profile: string, identity: string): string[] {
  const section = sectionOf(document, "profile", profile);
  if (section === undefined) return [];
  const { copies } = copiesFor(identity, [document]);
  return addedTo(document, section, (property) => isWritten(document, section, property, copies));
}
