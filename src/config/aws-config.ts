import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join, normalize, sep } from "node:path";
import type { Environment } from "../system/environment.ts";
import { failureReason } from "../system/failure-reason.ts";
import { UserError } from "../system/user-error.ts";
import {
  type Document,
  type DocumentSection,
  parseDocument,
  type SectionLookup,
  sectionLookup,
} from "./files/document.ts";
import type { FileKind, SectionHeader } from "./files/lines.ts";
import type { ProjectNames } from "./project-file.ts";
import type { Position, Property, Section } from "./resolve/identity.ts";
import { quote } from "./shown.ts";

/** The paths of the two AWS files. */
export interface ConfigFiles {
  readonly config: string;
  readonly credentials: string;
}

/**
 * The paths of both files: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` unless empty, else in `~/.aws`. As in
 * botocore, `~` and variables in them stand for what they do in a shell; a variable that is not set stays as it is.
 */
export function configFiles(env: Environment, home: string): ConfigFiles {
  const choose = (name: string, file: string) => {
    const chosen = env[name];
    return chosen ? expandHome(expandVariables(chosen, env), home) : join(home, ".aws", file);
  };
  return {
    config: choose("AWS_CONFIG_FILE", "config"),
    credentials: choose("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
  };
}

/** Whether the environment names another address than AWS's for STS. */
export function namesEndpoint(env: Environment): boolean {
  return Boolean(env["AWS_ENDPOINT_URL_STS"] || env["AWS_ENDPOINT_URL"]);
}

function expandVariables(path: string, env: Environment): string {
  return path.replace(
    /\$(?:(\w+)|\{([^}]*)\})/g,
    (whole, bare: string, braced: string) => env[bare ?? braced] ?? whole,
  );
}

/** A path as it is written in a configuration file, where `~` stands for the home folder. */
export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") || path.startsWith("~\\") ? join(home, path.slice(1)) : path;
}

/** A path as messages show it: with `~` for the home folder, and then as help texts and settings have it, on Windows too. */
export function tildePath(path: string, home: string): string {
  const root = normalize(home).replace(/[/\\]+$/, "");
  const whole = normalize(path);
  return root !== "" && whole.startsWith(`${root}${sep}`)
    ? `~${whole.slice(root.length).replaceAll(sep, "/")}`
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
  /** The names in the project's file, where one was looked for in it, or all that count there are wanted: credentials/plan-for.ts. */
  readonly project?: ProjectNames;
  /** True: the environment names another address than AWS's for STS. */
  readonly elsewhere?: boolean;
  /** Sections that are not read, in file order: whoever asks for one by its name is told why. */
  readonly unread: readonly UnreadSection[];
  /** Lines above the first header, which are nobody's. */
  readonly strayLines: readonly UserError[];
}

/** A section whose header the grammar rules out. */
export interface UnreadSection {
  /** What is in its brackets. Not to be shown: after a lost newline a secret may be in it. */
  readonly inside: string;
  readonly kind: FileKind;
  readonly position: Position;
  /** Absent: the header ends as it should. */
  readonly error?: UserError;
}

/** A file's bytes, undefined when it does not exist; rejects with the system's error. */
export type ReadFile = (path: string) => Promise<Buffer | undefined>;

/** The real one. */
export async function readConfigFile(path: string): Promise<Buffer | undefined> {
  try {
    // Synchronous on purpose: a trip to the thread pool costs more than reading two small files. Non-blocking: opening a
    // pipe would wait for its other end.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (fstatSync(file).isFIFO()) throw Object.assign(new Error(path), { code: "ESPIPE" });
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The bytes of one of the files, none where there is no file. Throws a UserError where it cannot be read. */
export async function readBytes(path: string, readFile: ReadFile, shown: string): Promise<Buffer> {
  try {
    return (await readFile(path)) ?? Buffer.alloc(0);
  } catch (error) {
    throw new UserError(`could not read ${quote(shown)}: ${failureReason(error)}`, { cause: error });
  }
}

/**
 * Reads both files and merges them; a missing file counts as empty. `display` gives a path as messages show it.
 * Throws a UserError for a file that cannot be read. A line that cannot be read spoils its own section alone, but in
 * `[aws-as]`. With `errors` nothing is thrown: what cannot be read is noted there, and the rest is the result.
 */
export async function loadConfig(
  files: ConfigFiles,
  readFile: ReadFile,
  display: (path: string) => string = (path) => path,
  errors?: UserError[],
): Promise<AwsConfig> {
  const note = (error: unknown) => {
    if (errors === undefined || !(error instanceof UserError)) throw error;
    errors.push(error);
  };
  const read = async (kind: keyof ConfigFiles): Promise<FileRead> => {
    const file = display(files[kind]);
    try {
      const bytes = await readBytes(files[kind], readFile, file);
      const lookUp = errors === undefined ? sectionLookup(bytes, file, kind) : undefined;
      const parse = () => parseDocument(bytes, file, kind);
      return lookUp === undefined ? parse() : { file, kind, lookUp, parse };
    } catch (error) {
      note(error);
      return parseDocument(Buffer.alloc(0), file, kind);
    }
  };
  const [config, credentials] = await Promise.all([read("config"), read("credentials")]);
  const merged =
    "lookUp" in config && "lookUp" in credentials
      ? lookedUp(config, credentials)
      : mergeDocuments(documentOf(config), documentOf(credentials));
  if (errors !== undefined) errors.push(...documentOf(config).errors, ...documentOf(credentials).errors);
  // These name the store, and the source of roles: what a damaged line may have said is not to be guessed.
  else if (merged.settings?.error !== undefined) throw merged.settings.error;
  return merged;
}

/** A file of which sections are looked up, and which is read as a whole when somebody asks for all of them. */
interface Indexed extends Pick<Document, "file" | "kind"> {
  readonly lookUp: SectionLookup;
  readonly parse: () => Document;
}

type FileRead = Document | Indexed;

type SectionsRead = Pick<Document, "file" | "kind" | "sections" | "errors">;

function documentOf(file: FileRead): Document {
  return "parse" in file ? file.parse() : file;
}

/** What `mergeDocuments` says of both files, each section read when it is asked for. */
function lookedUp(config: Indexed, credentials: Indexed): AwsConfig {
  let all: AwsConfig | undefined;
  const whole = () => {
    all ??= mergeDocuments(config.parse(), credentials.parse());
    return all;
  };
  const named = (type: SectionHeader["type"], name: string) => {
    const only = ({ file, kind, lookUp }: Indexed) => ({
      file,
      kind,
      sections: lookUp(type, name),
      errors: [],
    });
    return mergeDocuments(only(config), only(credentials));
  };
  return {
    files: { config: config.file, credentials: credentials.file },
    profiles: new FoundSections(
      (name) => named("profile", name).profiles.get(name),
      () => whole().profiles,
    ),
    ssoSessions: new FoundSections(
      (name) => named("sso-session", name).ssoSessions.get(name),
      () => whole().ssoSessions,
    ),
    services: new FoundSections(
      (name) => named("services", name).services.get(name),
      () => whole().services,
    ),
    ours: new FoundSections(
      (name) => named("aws-as", name).ours.get(name),
      () => whole().ours,
    ),
    settings: named("settings", "aws-as").settings,
    get unread() {
      return whole().unread;
    },
    get strayLines() {
      return whole().strayLines;
    },
  };
}

/** Sections by name: one is looked up, and all are read where more than one is wanted. */
class FoundSections implements ReadonlyMap<string, Section> {
  readonly #find: (name: string) => Section | undefined;
  readonly #all: () => ReadonlyMap<string, Section>;
  readonly #found = new Map<string, Section | undefined>();

  constructor(find: (name: string) => Section | undefined, all: () => ReadonlyMap<string, Section>) {
    this.#find = find;
    this.#all = all;
  }

  get(name: string): Section | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#find(name));
    return this.#found.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get size(): number {
    return this.#all().size;
  }

  forEach(each: (section: Section, name: string, all: ReadonlyMap<string, Section>) => void): void {
    this.#all().forEach(each);
  }

  entries() {
    return this.#all().entries();
  }

  keys() {
    return this.#all().keys();
  }

  values() {
    return this.#all().values();
  }

  [Symbol.iterator]() {
    return this.#all()[Symbol.iterator]();
  }
}

/**
 * One section per name: later properties win, and the credentials file's win over the config file's (rules 10 to 12 and
 * 18 of docs/config-grammar.md).
 */
export function mergeDocuments(config: SectionsRead, credentials: SectionsRead): AwsConfig {
  const profiles: Sections = new Map();
  const ssoSessions: Sections = new Map();
  const services: Sections = new Map();
  const own: Sections = new Map();
  const settings: Sections = new Map();
  const home = { profile: profiles, "sso-session": ssoSessions, services, "aws-as": own, settings };
  for (const document of [config, credentials]) {
    for (const section of usedSections(document)) {
      if (section.type !== "ignored") mergeSection(home[section.type], section, document.file);
    }
  }
  const documents = [config, credentials];
  return {
    files: { config: config.file, credentials: credentials.file },
    profiles,
    ssoSessions,
    services,
    ours: own,
    settings: settings.get("aws-as"),
    unread: documents.flatMap(({ sections, file, kind }) =>
      sections
        .filter(({ type }) => type === "ignored")
        .map(({ name: inside, line, error }) => ({
          inside,
          kind,
          position: { file, line },
          ...(error?.at?.line === line && { error }),
        })),
    ),
    strayLines: documents.flatMap(({ sections: [first], errors }) =>
      errors.filter(({ at }) => at !== undefined && at.line < (first?.line ?? Number.POSITIVE_INFINITY)),
    ),
  };
}

/** The sections in use: not the unknown ones, nor `[default]` beside `[profile default]` (rule 10). */
export function usedSections(document: SectionsRead): readonly DocumentSection[] {
  const full = document.sections.some(isFullDefault);
  return document.sections.filter((section) => section.type !== "ignored" && !(full && section.bareDefault));
}

function isFullDefault(section: DocumentSection): boolean {
  return section.type === "profile" && section.name === "default" && !section.bareDefault;
}

type Sections = Map<string, Section & { properties: Map<string, Property>; error?: UserError }>;

function mergeSection(into: Sections, section: DocumentSection, file: string): void {
  let merged = into.get(section.name);
  if (merged === undefined) {
    merged = { name: section.name, properties: new Map(), position: { file, line: section.line } };
    into.set(section.name, merged);
  }
  if (section.error !== undefined) merged.error ??= section.error;
  for (const { name, value, line, used } of section.properties) {
    if (used) merged.properties.set(name, { value, position: { file, line } });
  }
}
