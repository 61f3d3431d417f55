import type { Environment } from "../system/environment.ts";

/** A variable that a switch displaced: what may be shown of its value, and where that held. */
export interface Displaced {
  readonly shown: string;
  /** A checksum of the folder it held in, with those below; empty: everywhere in this shell. */
  readonly folder: string;
  /** A checksum of what a tool that sets variables for a while told of it; empty: no such tool knew it. */
  readonly tools: string;
}

/** What is remembered of variables, as a text: a checksum of a value, or what was displaced. */
export interface Remembered {
  readonly sums: ReadonlyMap<string, string>;
  readonly displaced: ReadonlyMap<string, Displaced>;
  /** What the functions hand from one call to the next beside that. */
  readonly notes: { readonly [name in MemoryNote]?: string };
}

/**
 * `previous`: the identity that the shell acted as before; `failure`: a checksum of why the last renewal failed, so that the
 * person hears of it once; `protected`: prompts are to show the identity as one that a person had to agree to.
 */
type MemoryNote = "previous" | "failure" | "protected";

const isNote = (name: string): name is MemoryNote => ["previous", "failure", "protected"].includes(name);

/** Where a switch happens. */
export interface Place {
  readonly env: Environment;
  readonly folder: string;
  /** What the tools say that set variables for a folder: the names are in it as they are. Undefined: unreadable. */
  readonly said: ReadonlyMap<string, Buffer | undefined>;
}

/** @param folder empty where it is gone */
export async function placeOf(env: Environment, folder: string): Promise<Place> {
  const said = new Map<string, Buffer | undefined>();
  for (const tool of folderTools) {
    const packed = env[tool];
    if (!packed) continue;
    // Loaded only here: it takes a millisecond.
    const { unzipSync } = await import("node:zlib");
    try {
      said.set(tool, unzipSync(Buffer.from(packed, "base64")));
    } catch {
      said.set(tool, undefined);
    }
  }
  return { env, folder, said };
}

/**
 * Tools that set variables for as long as one stays in a folder, and keep in a variable of their own which: direnv in
 * JSON, mise in MessagePack, both packed by zlib and in base64.
 */
const folderTools = ["DIRENV_DIFF", "__MISE_DIFF"];

/** Reads what `written` wrote. Anything else is nothing. */
export function readRemembered(text = ""): Remembered {
  const sums = new Map<string, string>();
  const displaced = new Map<string, Displaced>();
  const notes: { [name in MemoryNote]?: string } = {};
  for (const entry of text.split(":")) {
    const [name = "", value, folder, tools] = entry.split("=");
    if (value === undefined) continue;
    if (isNote(name)) notes[name] = decoded(value);
    else if (folder === undefined || tools === undefined) sums.set(name, value);
    else displaced.set(name, { shown: decoded(value), folder, tools });
  }
  return { sums, displaced, notes };
}

/** As one word of letters, digits and `_.-%=:`, which every shell and data format carries as it is. */
export function written({
  sums,
  displaced,
  notes = {},
}: Omit<Remembered, "notes"> & Partial<Pick<Remembered, "notes">>): string {
  return [
    ...[...sums].map(([name, sum]) => `${name}=${sum}`),
    ...Object.entries(notes).map(([name, value]) => `${name}=${encoded(value)}`),
    ...[...displaced].map(
      ([name, { shown, folder, tools }]) => `${name}=${encoded(shown)}=${folder}=${tools}`,
    ),
  ].join(":");
}

/** Tells values apart, and tells nothing about them: 32 bits of FNV-1a. */
export function checksum(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return (bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0).toString(36);
}

/**
 * What is to be remembered of a variable that is displaced now.
 *
 * @param own checksums of the variables that this shell began with: they hold in every folder
 */
export function displacedNow(name: string, shown: string, place: Place, own: Remembered["sums"]): Displaced {
  const isOwn = own.get(name) === checksum(place.env[name] ?? "");
  return { shown, folder: isOwn ? "" : checksum(place.folder), tools: toolsThatSet(name, place) };
}

/** Whether it would still be in force, had it not been displaced. */
export function isInForce(name: string, { folder, tools }: Displaced, place: Place): boolean {
  // A tool that set it would have told by now.
  if (tools !== "") return tools === toolsThatSet(name, place);
  return folder === "" || withParents(place.folder).some((each) => checksum(each) === folder);
}

/** Switchers that set a variable beside those that clients read, and clear it with them: oh-my-zsh's `asp`, awsume. */
const switcherTools: Readonly<Record<string, readonly string[]>> = {
  AWS_PROFILE_REGION: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_EB_PROFILE"],
  AWSUME_PROFILE: [
    ...["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"],
    ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ],
};

/** A checksum of what those say that set this variable; empty where none does. */
export function toolsThatSet(name: string, { env, said }: Place): string {
  const tools = [
    // What cannot be read may name it.
    ...[...said].filter(([, names]) => names?.includes(name) ?? true).map(([tool]) => tool),
    ...Object.keys(switcherTools).filter((tool) => switcherTools[tool]?.includes(name)),
  ].filter((tool) => env[tool] !== undefined);
  return tools.length === 0 ? "" : checksum(tools.map((tool) => `${tool}=${env[tool]}`).join("\n"));
}

function withParents(folder: string): string[] {
  const names = folder.split(/(?=[/\\])/);
  return names.map((_, at) => names.slice(0, at + 1).join("")).concat("/");
}

/** Also what no shell's plain word may hold, and what parts the fields. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
