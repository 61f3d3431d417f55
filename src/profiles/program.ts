import { stanzaIdentity } from "../config/resolve/stanza.ts";
import { projectVariables } from "../system/node-environment.ts";
import { UserError } from "../system/user-error.ts";

/** What is known of the running program. */
export interface RunningProgram {
  /** Node's own path: `process.execPath`, links resolved. */
  readonly node: string;
  /** The program file as it was called, links not resolved: `process.argv[1]`. */
  readonly script: string;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** The path with all links resolved; undefined when nothing is there. */
  realPath(path: string): string | undefined;
  /** Windows' own name for it without blanks, of eight letters and three a folder; undefined where it has none. */
  shortPath(path: string): Promise<string | undefined>;
}

/** How a client starts aws-as: the beginning of a credential_process line, and what to warn of. */
export interface ProgramCommand {
  readonly command: string;
  readonly warnings: readonly string[];
}

/**
 * The words that start this very program from anywhere: from a GUI application whose PATH is bare, from any folder, by
 * clients that split the line at blanks and by those that hand it to a shell. So both Node and the program
 * are absolute paths, without quotes around them (Go's SDKs lose the arguments behind a quoted first word), with
 * what a shell could read otherwise escaped by backslashes.
 *
 * Of Node, the most lasting name is taken: a package manager's link survives an upgrade that its folder of one
 * version does not.
 *
 * @throws UserError when the path cannot be written so that every client reads it
 */
export async function programCommand(program: RunningProgram): Promise<ProgramCommand> {
  const node = lastingNode(program);
  // The stand-alone executable is both.
  const isAlone = program.node === program.script;
  const paths = [launcherOf(program) ?? [], isAlone ? [] : node, program.script].flat();
  const words = await Promise.all(paths.map((path) => escaped(path, program)));
  const warnings = [...(isAlone ? [] : fleeting(node, "Node.js")), ...fleeting(program.script, "aws-as")];
  return {
    command: [...withoutProjectVariables(program), ...words].join(" "),
    warnings,
  };
}

/** Systems whose `env` knows `-u`. */
const knowUnset: readonly NodeJS.Platform[] = ["linux", "darwin", "freebsd", "openbsd", "netbsd", "android"];

/**
 * The words before Node that keep a project's variables from it: what NODE_OPTIONS preloads may print before the document,
 * and Go's clients show all that they cannot read, secrets included.
 */
function withoutProjectVariables({ platform, realPath }: RunningProgram): string[] {
  const env = "/usr/bin/env";
  if (!knowUnset.includes(platform) || realPath(env) === undefined) return [];
  return [env, ...projectVariables.flatMap((name) => ["-u", name])];
}

/** On Windows a file beside the program does what `env` does. */
function launcherOf({ platform, script, realPath }: RunningProgram): string | undefined {
  if (platform !== "win32") return undefined;
  const launcher = script.replace(/[^/\\]*$/, "env.cmd");
  return realPath(launcher) === undefined ? undefined : launcher;
}

/** The `credential_process` that asks for an identity, for a program that is started by `command`. */
export function processCommand(command: string, identity: string): string {
  const dash = identity.startsWith("-") ? "-- " : "";
  return `${command} process ${dash}${identity}`;
}

/**
 * Throws a UserError for a program by whose name aws-as does not recognise its profiles: they would be listed as
 * identities of their own, and `init --remove` would leave them.
 *
 * @param script the program file as it was called
 */
export function checkRecognised(command: string, script: string): void {
  if (stanzaIdentity(processCommand(command, "some-name")) === "some-name") return;
  throw new UserError(
    `aws-as would not recognise profiles that start ${script}: the program has to be called aws-as or aws-as.cjs; nothing was written`,
    { hints: ["install it: npm install --global aws-as"] },
  );
}

/** Where package managers keep a link to the Node of the day. */
const lastingLinks = [
  "/usr/bin/node",
  "/usr/local/bin/node",
  "/opt/homebrew/bin/node",
  "/home/linuxbrew/.linuxbrew/bin/node",
  "/opt/local/bin/node",
  "/run/current-system/sw/bin/node",
  "~/.volta/bin/node",
  "~/.nix-profile/bin/node",
  "~/.local/bin/node",
];

function lastingNode({ node, platform, home, realPath }: RunningProgram): string {
  if (platform === "win32") return node;
  const real = realPath(node) ?? node;
  const links = lastingLinks.map((link) => link.replace(/^~(?=\/)/, home));
  return links.find((link) => link === node || realPath(link) === real) ?? node;
}

/** Folders whose name holds one version or one login, by the tool that makes them. */
const fleetingFolders: readonly [RegExp, string, string][] = [
  [
    /[/\\]\.?nvm[/\\](?:versions[/\\]node[/\\])?v\d/,
    "nvm",
    "this path is gone after `nvm uninstall` of that version",
  ],
  [/[/\\]fnm_multishells[/\\]/, "fnm", "this path is gone when the shell ends"],
  [/[/\\]fnm[/\\]node-versions[/\\]/, "fnm", "this path is gone after `fnm uninstall` of that version"],
  [/[/\\]\.volta[/\\]tools[/\\]image[/\\]/, "volta", "this path changes with the version"],
  [
    /[/\\]\.?(?:asdf|mise|nodenv|n)[/\\](?:installs|versions)[/\\]/,
    "a version manager",
    "this path changes with the version",
  ],
  [/[/\\]Cellar[/\\]/, "Homebrew", "this path changes with `brew upgrade`"],
  [/[/\\]_npx[/\\]/, "npx", "npx empties this folder; install with `npm install --global aws-as`"],
  [/^\/nix\/store\//, "Nix", "this path changes with the version"],
  [/^(?:\/tmp|\/var\/folders|\/private\/tmp)\//, "a temporary folder", "this path may disappear"],
];

function fleeting(path: string, what: string): string[] {
  const found = fleetingFolders.find(([pattern]) => pattern.test(path));
  if (found === undefined) return [];
  const [, tool, reason] = found;
  return [`${what} is run from ${tool} (${path}): ${reason}; then run aws-as init again`];
}

async function escaped(path: string, program: RunningProgram): Promise<string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    throw new UserError("the path of the program holds control characters, which no AWS client reads alike", {
      hints: ["install aws-as in a folder with a plain name"],
    });
  }
  if (program.platform === "win32") return plainOnWindows(path, program);
  // PHP cuts a value at any ";", C++ takes "[…]" for a section, and a "#" may begin a comment.
  if (/[;#[\]]/.test(path)) {
    throw new UserError(`the path "${path}" holds a ; # [ or ], which some AWS clients misread`, {
      hints: ["install aws-as in a folder with a plain name"],
    });
  }
  return path.replace(/[^\p{L}\p{N}_/.+@%:,=-]/gu, "\\$&");
}

/** What cmd.exe, botocore and the parsers of the file leave alone in a word, on Windows. */
const isPlain = (path: string) => !/[\s"&|<>^()%!;=,#[\]]/.test(path);

/**
 * There is no escape on Windows that cmd.exe and botocore both read, and quotes are not safe: Go's SDKs drop what follows a
 * quoted first word. Only the short name of a folder helps, which `C:\Program Files` has, and every folder of a person
 * called "Jane Doe" on the system's own disk. The rest of the path stays as it is, for those who read it.
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file#short-vs-long-names
 */
async function plainOnWindows(path: string, { shortPath }: RunningProgram): Promise<string> {
  if (isPlain(path)) return path;
  const parts = path.split("\\");
  const end = parts.findLastIndex((part) => !isPlain(part)) + 1;
  const shortParts = (await shortPath(path))?.split("\\") ?? [];
  const short = [...shortParts.slice(0, end), ...parts.slice(end)].join("\\");
  if (shortParts.length !== parts.length || !isPlain(short)) {
    throw new UserError(
      `the path "${path}" holds characters that AWS clients on Windows read differently, and the disk gives it no short name`,
      { hints: ["install Node.js and aws-as in folders with plain names: npm config set prefix C:\\npm"] },
    );
  }
  return short;
}
