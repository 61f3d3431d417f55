import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../system/environment.ts";
import { failureReason } from "../system/failure-reason.ts";
import { UserError } from "../system/user-error.ts";
import { type Document, type DocumentSection, parseDocument } from "./files/document.ts";
import type { Property, Section } from "./resolve/identity.ts";
import { quote } from "./shown.ts";

/** The paths of the two AWS files. */
export interface ConfigFiles {
  readonly config: string;
  readonly credentials: string;
}

/** The paths of both files: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` unless empty, else in `~/.aws`. */
export function configFiles(env: Environment, home: string): ConfigFiles {
  const choose = (name: string, file: string) => {
    const chosen = env[name];
    return chosen ? expandHome(chosen, home) : join(home, ".aws", file);
  };
  return {
    config: choose("AWS_CONFIG_FILE", "config"),
    credentials: choose("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
  };
}

function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") || path.startsWith("~\\") ? join(home, path.slice(1)) : path;
}

/** A path as messages show it: with `~` for the home folder. */
export function tildePath(path: string, home: string): string {
  const root = home.replace(/[/\\]+$/, "");
  const next = path[root.length];
  return root !== "" && path.startsWith(root) && (next === "/" || next === "\\")
    ? `~${path.slice(root.length)}`
    : path;
}

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

/** The real one. */
export async function readConfigFile(path: string): Promise<Buffer | undefined> {
  try {
    // Synchronous on purpose: a trip to the thread pool costs more than reading two small files.
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Reads both files and merges them; a missing file counts as empty. `display` gives a path as messages show it.
 * Throws a UserError for a file that cannot be read or does not parse; with `errors` it notes them there and goes on with
 * what can be read.
 */
export async function loadConfig(
  files: ConfigFiles,
  readFile: ReadFile,
  display: (path: string) => string = (path) => path,
  errors?: UserError[],
): Promise<AwsConfig> {
  const read = async (path: string): Promise<Buffer> => {
    try {
      return (await readFile(path)) ?? Buffer.alloc(0);
    } catch (error) {
      const failure = new UserError(`could not read ${quote(display(path))}: ${failureReason(error)}`, {
        cause: error,
      });
      if (errors === undefined) throw failure;
      errors.push(failure);
      return Buffer.alloc(0);
    }
  };
  const [config, credentials] = await Promise.all([read(files.config), read(files.credentials)]);
  return mergeDocuments(
    parseDocument(config, display(files.config), "config", errors),
    parseDocument(credentials, display(files.credentials), "credentials", errors),
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
