import { failureReason } from "../system/failure-reason.ts";
import { UserError } from "../system/user-error.ts";
import type { ConfigFiles } from "./files/config-files.ts";
import { type Document, type DocumentSection, parseDocument } from "./files/document.ts";
import type { Property, Section } from "./resolve/identity.ts";
import { quote } from "./shown.ts";

/** Both files merged. Every map is in file order, the config file before the credentials file. */
export interface AwsConfig {
  /** Their paths as messages show them; `Position.file` is one of the two. */
  readonly files: ConfigFiles;
  /** `[profile NAME]`, `[default]`, and the sections of the credentials file. */
  readonly profiles: ReadonlyMap<string, Section>;
  readonly ssoSessions: ReadonlyMap<string, Section>;
  readonly services: ReadonlyMap<string, Section>;
  /** `[aws-as NAME]`. */
  readonly ours: ReadonlyMap<string, Section>;
  /** `[aws-as]`. */
  readonly settings: Section | undefined;
}

/** A file's bytes, undefined when it does not exist; rejects with the system's error. */
export type ReadFile = (path: string) => Promise<Buffer | undefined>;

/**
 * Reads both files and merges them; a missing file counts as empty. `display` gives a path as messages show it.
 * Throws a UserError for a file that cannot be read or does not parse.
 */
export async function loadConfig(
  files: ConfigFiles,
  readFile: ReadFile,
  display: (path: string) => string = (path) => path,
): Promise<AwsConfig> {
  const read = async (path: string): Promise<Buffer> => {
    try {
      return (await readFile(path)) ?? Buffer.alloc(0);
    } catch (error) {
      throw new UserError(`could not read ${quote(display(path))}: ${failureReason(error)}`, {
        cause: error,
      });
    }
  };
  const [config, credentials] = await Promise.all([read(files.config), read(files.credentials)]);
  return mergeDocuments(
    parseDocument(config, display(files.config), "config"),
    parseDocument(credentials, display(files.credentials), "credentials"),
  );
}

/**
 * One section per name: later properties win, and the credentials file's win over the config file's (rules 10 to 12 and
 * 18 of docs/config-grammar.md).
 */
export function mergeDocuments(config: Document, credentials: Document): AwsConfig {
  const profiles: Sections = new Map();
  const ssoSessions: Sections = new Map();
  const services: Sections = new Map();
  const ours: Sections = new Map();
  const settings: Sections = new Map();
  const home = { profile: profiles, "sso-session": ssoSessions, services, "aws-as": ours, settings };
  for (const document of [config, credentials]) {
    for (const section of usedSections(document)) {
      if (section.type !== "ignored") mergeSection(home[section.type], section, document.file);
    }
  }
  return {
    files: { config: config.file, credentials: credentials.file },
    profiles,
    ssoSessions,
    services,
    ours,
    settings: settings.get("aws-as"),
  };
}

/** The sections in use: not the unknown ones, nor `[default]` beside `[profile default]` (rule 10). */
export function usedSections(document: Document): readonly DocumentSection[] {
  const full = document.sections.some(isFullDefault);
  return document.sections.filter((section) => section.type !== "ignored" && !(full && section.bareDefault));
}

function isFullDefault(section: DocumentSection): boolean {
  return section.type === "profile" && section.name === "default" && !section.bareDefault;
}

type Sections = Map<string, Section & { properties: Map<string, Property> }>;

function mergeSection(into: Sections, section: DocumentSection, file: string): void {
  let merged = into.get(section.name);
  if (merged === undefined) {
    merged = { name: section.name, properties: new Map(), position: { file, line: section.line } };
    into.set(section.name, merged);
  }
  for (const { name, value, line, used } of section.properties) {
    if (used) merged.properties.set(name, { value, position: { file, line } });
  }
}
