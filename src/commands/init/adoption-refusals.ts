import { howManyPrefer } from "../../clients/choices.ts";
import { type AwsConfig, mergeDocuments } from "../../config/aws-config.ts";
import type { Document, DocumentProperty, DocumentSection } from "../../config/files/document.ts";
import { isTightHeader } from "../../config/files/edit.ts";
import { plainName, skipSpace } from "../../config/files/lines.ts";
import { stanzaIdentity } from "../../config/resolve/stanza.ts";
import { quote } from "../../config/shown.ts";
import { type Marked, markedSections } from "../../profiles/marks.ts";
import { movableProperties, sectionOf, sectionsOf } from "../../profiles/section-edit.ts";
import { groupedBy } from "../../system/grouped-by.ts";
import { UserError } from "../../system/user-error.ts";

/** Why a profile cannot be adopted, and what would help. */
export interface Refusal {
  readonly because: string;
  readonly hints: readonly string[];
}

/** Both files, apart and merged, with what is looked up for each profile of thousands. */
export interface Files {
  readonly config: Document;
  readonly credentials: Document;
  readonly merged: AwsConfig;
  readonly marked: Marked;
  /** The sections of the config file by what is in their brackets, without quotes and superfluous blanks. */
  readonly spellings: ReadonlyMap<string, readonly DocumentSection[]>;
  /** The first header that is indented. */
  readonly indentedHeader: number | undefined;
}

export function filesOf(config: Document, credentials: Document): Files {
  return {
    config,
    credentials,
    merged: mergeDocuments(config, credentials),
    marked: markedSections(config),
    spellings: groupedBy(config.sections, ({ type, name }) =>
      type === "ignored" ? plainName(name) : `${type} ${name}`,
    ),
    indentedHeader: config.sections.find(({ line }) => isIndented(config, line))?.line,
  };
}

const isIndented = ({ lines }: Document, line: number) => skipSpace(lines[line - 1]?.text ?? "") > 0;

/**
 * Throws a UserError for a section that is in a file twice, of whatever kind: botocore then reads nothing of the
 * file, and other clients each take another one of the two.
 */
export function refuseDuplicateSections({ config, credentials }: Files): void {
  for (const document of [config, credentials]) {
    const first = new Map<string, number>();
    for (const { type, name, bareDefault, quoted, line } of document.sections) {
      const key = JSON.stringify([type, name, bareDefault, quoted]);
      const before = first.get(key);
      if (before !== undefined) {
        throw new UserError(
          `${document.file}:${line}: the section of line ${before} stands there again, and aws-cli reads nothing of such a file; nothing was written`,
          { hints: ["make one section of the two, then run the same command again"] },
        );
      }
      first.set(key, line);
    }
  }
}

/** The first reason why some client would break if the profile were adopted. Pure. */
export function refusalOf(name: string, files: Files): Refusal | undefined {
  return (
    twoDefaults(name, files) ??
    otherSpelling(name, files) ??
    oddlyWritten(name, files) ??
    staticKeys(name, files) ??
    inCredentials(name, files) ??
    loginOfAwsCli(name, files) ??
    saidTwice(name, files) ??
    readsItself(name, files)
  );
}

const placed = (document: Document, line: number) => `${document.file}:${line}`;
const besideIt = (name: string) => `a profile beside it serves: aws-as init ${name}`;

function find(
  document: Document,
  name: string,
  wanted: (property: string) => boolean,
): DocumentProperty | undefined {
  return sectionOf(document, "profile", name)?.properties.find(
    (property) => property.used && wanted(property.name),
  );
}

function twoDefaults(name: string, { config, spellings }: Files): Refusal | undefined {
  const forms = (spellings.get(`profile ${name}`) ?? []).filter(({ type }) => type === "profile");
  if (name !== "default" || forms.length < 2) return undefined;
  const lines = forms.map(({ line }) => placed(config, line)).join(" and ");
  return {
    because: `${lines} hold both [default] and [profile default], and clients disagree which one counts`,
    hints: ["make one of the two: keep [profile default], which every client reads"],
  };
}

/** Sections that the shared grammar passes over, and that some client takes for this profile. */
function otherSpelling(name: string, { config, spellings }: Files): Refusal | undefined {
  const own = sectionOf(config, "profile", name);
  const other = [`profile ${name}`, name]
    .flatMap((inside) => spellings.get(inside) ?? [])
    .find(({ type, quoted }) => type === "ignored" || (type === "profile" && quoted !== own?.quoted));
  if (other === undefined) return undefined;
  return {
    because: `${placed(config, other.line)}: some clients take this section for the profile as well`,
    hints: [`write its header as [profile ${name}], or remove it`],
  };
}

/** What aws-as reads as botocore does, and other clients do not. */
function oddlyWritten(name: string, { config, indentedHeader }: Files): Refusal | undefined {
  const section = sectionOf(config, "profile", name);
  if (section === undefined) return undefined;
  const place = placed(config, section.line);
  if (section.quoted) {
    return {
      because: `${place}: not every client reads this name of a profile`,
      hints: ["write [profile NAME] with letters, digits and _.@:/+%- only, without quotes"],
    };
  }
  if (isTightHeader(config, section)) {
    return {
      because: `${place}: not every client reads a header that a comment follows without a blank`,
      hints: ["put the comment on a line of its own"],
    };
  }
  const indented = indentedHeader ?? section.properties.find(({ line }) => isIndented(config, line))?.line;
  if (indented === undefined) return undefined;
  return {
    because: `${placed(config, indented)}: the line is indented, and not every client reads it`,
    hints: ["write headers and properties flush left"],
  };
}

function staticKeys(name: string, { config, credentials }: Files): Refusal | undefined {
  for (const document of [credentials, config]) {
    const key = find(
      document,
      name,
      (property) => property.startsWith("aws_") && property !== "aws_account_id",
    );
    if (
      key === undefined ||
      !/^aws_(?:access_key_id|secret_access_key|session_token|security_token)$/.test(key.name)
    )
      continue;
    const offer = document === credentials ? "keys" : "config-keys";
    const temporary = find(document, name, (property) => /^aws_(?:session|security)_token$/.test(property));
    return {
      because: `${placed(document, key.line)}: ${howManyPrefer(offer)} prefer its keys in plain text to a credential_process`,
      hints:
        temporary === undefined
          ? [`move them into the store first: aws-as keys import ${name}`]
          : [`they are temporary (${temporary.name}); remove the lines when they have expired`],
    };
  }
  return undefined;
}

function inCredentials(name: string, { credentials }: Files): Refusal | undefined {
  const said = find(
    credentials,
    name,
    (property) => movableProperties.has(property) || /^(?:sso_|login_)/.test(property),
  );
  if (said === undefined) return undefined;
  return {
    because: `${placed(credentials, said.line)}: ${said.name} stands in the credentials file, where it beats what the config file says`,
    hints: [`move the line to [profile ${name}] of the config file`],
  };
}

function loginOfAwsCli(name: string, { config }: Files): Refusal | undefined {
  const said = find(config, name, (property) => property.startsWith("sso_") || property === "login_session");
  if (said === undefined) return undefined;
  const [login, offer] =
    said.name === "login_session" ? (["aws login", "login"] as const) : (["aws sso login", "sso"] as const);
  return {
    because: `${placed(config, said.line)}: ${said.name} has to stay where \`${login} --profile ${name}\` reads it, and ${howManyPrefer(offer)} prefer it to a credential_process`,
    hints: [besideIt(name)],
  };
}

function saidTwice(name: string, { config }: Files): Refusal | undefined {
  const sections = (["profile", "aws-as"] as const).flatMap((type) => sectionsOf(config, type, name));
  for (const { properties } of sections) {
    const again = properties.find(
      (each, index) => properties.findIndex((other) => other.name === each.name) < index,
    );
    if (again === undefined) continue;
    return {
      because: `${placed(config, again.line)}: ${again.name} is there for the second time, and aws-cli reads nothing of such a file`,
      hints: ["remove the line that is not wanted"],
    };
  }
  return undefined;
}

/** A command with its profile's name among its words may read that profile, and would then be called from there. */
function readsItself(name: string, { config }: Files): Refusal | undefined {
  const command = find(config, name, (property) => property === "credential_process");
  if (
    command === undefined ||
    stanzaIdentity(command.value) !== undefined ||
    !wordsOf(command.value).includes(name)
  ) {
    return undefined;
  }
  return {
    because: `${placed(config, command.line)}: its command names ${quote(name)}; if it reads that profile, it would call aws-as, which calls it`,
    hints: [besideIt(name)],
  };
}

/** The words of a command, any of which may name a profile. */
export function wordsOf(command: string): string[] {
  return command.split(/[\s'"=]+/);
}
