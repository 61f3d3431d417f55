import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";
import type { Shell } from "../src/emit/dialect.ts";
import { shells } from "../src/emit/shells.ts";

const root = resolve(import.meta.dirname, "../../src");

/**
 * Rooms, and what they may import beside their own files: `room`, `room/folder` or `room/file.ts`.
 * `store/*.ts` means the files of a room that lie at its top: the ports, not the adapters below them.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  system: [],
  emit: [],
  config: ["system"],
  aws: ["system"],
  store: ["system"],
  prompt: ["system"],
  clients: ["system", "config"],
  profiles: ["system", "config", "clients"],
  sources: ["system", "config/resolve/identity.ts", "aws", "prompt/refusals.ts"],
  session: [
    "system",
    "config/resolve/identity.ts",
    "aws/aws.ts",
    "aws/aws-error.ts",
    "store/secret-store.ts",
    "prompt/prompt.ts",
    "prompt/refusals.ts",
    "sources/source.ts",
  ],
  machine: [
    "system",
    "config",
    "aws/aws.ts",
    "store/*.ts",
    "prompt/prompt.ts",
    "session/context.ts",
    "sources/source.ts",
  ],
  "machine/real": ["system", "config", "aws", "store", "prompt", "sources", "machine"],
  credentials: [
    "system",
    "config",
    "aws",
    "store/*.ts",
    "prompt/prompt.ts",
    "prompt/refusals.ts",
    "session",
    "machine",
  ],
  keys: ["system", "config", "aws", "store/*.ts", "prompt/prompt.ts", "session", "machine", "credentials"],
  variables: ["system", "emit/change.ts", "credentials"],
  serving: ["system", "credentials", "machine", "session"],
  cli: ["system", "machine", "emit", "argv.ts"],
  "argv.ts": [],
};

/** What every verb may import. */
const forVerbs = [
  "system",
  "config",
  "aws",
  "store/*.ts",
  "prompt/prompt.ts",
  "prompt/choose-way.ts",
  "profiles",
  "clients",
  "session",
  "machine",
  "credentials",
  "cli",
];

/** Verbs, and what they may import beside that. None imports another; only two of them write shell code. */
const verbs: Readonly<Record<string, readonly string[]>> = {
  process: [],
  switch: ["emit", "variables", "argv.ts"],
  "commands/allow.ts": [],
  "commands/completion": ["emit", "argv.ts"],
  "commands/console": [],
  "commands/doctor": [],
  "commands/exec": ["variables", "serving", "emit/change.ts"],
  "commands/explain": [],
  "commands/init": ["keys"],
  "commands/keys": ["keys"],
  "commands/list": [],
  "commands/log": [],
  "commands/login.ts": [],
  "commands/logout.ts": [],
  "commands/mfa": [],
  "commands/serve": ["serving"],
  "commands/status": [],
  "commands/store": [],
};

/** Packages, each let in at one place. */
const packages: Readonly<Record<string, RegExp>> = {
  keytar: /^store\/keychain\/keytar\.ts$/,
  "fs-native-extensions": /^system\/files\/lock\.ts$/,
  "bun:ffi": /^system\/(files\/bun-locks|children\/bun-replace-process)\.ts$/,
  clipanion: /^(cli|switch|process|commands)\//,
  "@aws-sdk/client-sts": /^aws\/(sts-client|sdk)\.ts$/,
  "@aws-sdk/client-iam": /^aws\/(iam-client|sdk)\.ts$/,
  "https-proxy-agent": /^aws\/proxy\.ts$/,
  "http-proxy-agent": /^aws\/proxy\.ts$/,
  "@noble/hashes/sha2.js": /^system\/sha256\.ts$/,
  "@noble/hashes/utils.js": /^system\/sha256\.ts$/,
  "@inquirer/core": /^prompt\/pick\.ts$/,
  diff: /^commands\/init\/show-diff\.ts$/,
  picocolors: /^(commands\/init\/show-diff|cli\/screen)\.ts$/,
};

/** Entry points and the list of all verbs: made of the parts below, and imported by no part. */
const tops = [
  "first.ts",
  "standalone.ts",
  "needs-node.ts",
  "main.ts",
  "activate.ts",
  "commands/commands.ts",
  "commands/completion/program-grammar.ts",
];

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map(withSlashes);

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)"([^"]+)"/gm);
  return [...found]
    .filter(([, to = ""]) => !to.includes("${"))
    .map(([, to = ""]) => ({
      from: file,
      to: to.startsWith(".") ? withSlashes(relative(root, join(root, dirname(file), to))) : to,
    }));
});

/** A path of Windows as one of Unix. */
function withSlashes(path: string): string {
  return path.replaceAll("\\", "/");
}

/** The room or the verb that a file of src belongs to: the longest name that its path begins with. */
function placeOf(path: string): string | undefined {
  const known = [...Object.keys(rooms), ...Object.keys(verbs)];
  return known
    .filter((name) => path === name || path.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0];
}

const isIn = (path: string, entry: string) =>
  entry.endsWith("/*.ts")
    ? dirname(path) === dirname(entry)
    : path === entry || placeOf(path) === entry || (entry !== "machine" && path.startsWith(`${entry}/`));

function allowed({ from, to }: Import): boolean {
  if (tops.includes(from) || !to.endsWith(".ts")) return true;
  const mine = placeOf(from) ?? "";
  if (placeOf(to) === mine && !tops.includes(to)) return true;
  const list = rooms[mine] ?? [...(verbs[mine] ?? []), ...forVerbs];
  return list.some((entry) => isIn(to, entry));
}

test("every file of src belongs to a room or a verb of the architecture", () => {
  assert.deepEqual(
    files.filter((file) => !tops.includes(file) && placeOf(file) === undefined),
    [],
  );
});

test("imports point one way: verbs to the frame and the heart, these to the rooms, the rooms to system", () => {
  const wrong = imports.filter((each) => !allowed(each)).map(({ from, to }) => `${from} imports ${to}`);
  assert.deepEqual(wrong, []);
});

test("every package is let in at one place", () => {
  const outside = imports.filter(({ to }) => !/\.ts$|^node:|^emit\//.test(to));
  const wrong = outside.filter(({ from, to }) => !(packages[to]?.test(from) ?? /^aws\//.test(from)));
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test("the process, the console and the clock are touched in system and at the top alone", () => {
  const wrong = files
    .filter((file) => !tops.includes(file) && placeOf(file) !== "system")
    .flatMap((file) => {
      const code = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      const found = code.match(/\bprocess\.(?!ts)\w+|\bconsole\.|\bDate\.now\(|\bnew Date\(\)/g) ?? [];
      return found.map((what) => `${file}: ${what}`);
    });
  assert.deepEqual(wrong, []);
});

test("emit imports nothing outside itself, so that it can be read and tested alone", () => {
  const wrong = imports.filter(({ from, to }) => placeOf(from) === "emit" && !to.startsWith("emit/"));
  assert.deepEqual(wrong, []);
});

test("a shell is one folder of emit and one line in shells.ts, and lacks no member", () => {
  const folders = readdirSync(join(root, "emit"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "formats")
    .map(({ name }) => name);
  const listed = imports
    .filter(({ from, to }) => from === "emit/shells.ts" && to.endsWith("/shell.ts"))
    .map(({ to }) => to.split("/")[1]);
  assert.deepEqual(listed.sort(), folders.sort());
  assert.equal(shells.length, folders.length);
  // What one shell has and another lacks would be an optional member.
  const members = (shell: Shell) => [...Object.keys(shell), ...Object.keys(shell.dialect)].sort();
  const [first, ...others] = shells.map(members);
  for (const [at, each] of others.entries()) assert.deepEqual(each, first, shells[at + 1]?.names[0]);
  assert.doesNotMatch(readFileSync(join(root, "emit/dialect.ts"), "utf8"), /^ *(readonly )?\w+\?[:(]/m);
});
