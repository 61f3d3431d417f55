import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";

const root = resolve(import.meta.dirname, "../../src");

/** Rooms, and the rooms whose files they may import beside their own. `:port` means the files named in `ports`. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  system: [],
  config: ["system"],
  aws: ["system"],
  store: ["system"],
  prompt: ["system"],
  sources: ["system", "config/identity.ts", "aws"],
  session: [
    "system",
    "config/identity.ts",
    "aws/aws.ts",
    "aws/aws-error.ts",
    "store/secret-store.ts",
    "prompt/prompt.ts",
    "sources/source.ts",
  ],
  emit: [],
  cli: [
    "system",
    "config",
    "aws",
    "store/secret-store.ts",
    "store/unlock.ts",
    "prompt/prompt.ts",
    "sources/source.ts",
    "session",
  ],
};

/** Doors see the frame and what the frame sees, and no other door; only `switch` and `completion` speak to shells. */
const doors: Readonly<Record<string, readonly string[]>> = {
  process: [],
  switch: ["emit"],
  init: [],
  login: [],
  logout: [],
  status: [],
  list: [],
  explain: [],
  completion: ["emit"],
  keys: [],
  mfa: [],
  storage: ["store/unlock.ts"],
  // What init would write is told by its own pure plans; a second copy of those rules would say something else one day.
  doctor: [
    "store/unlock.ts",
    "prompt/choose-way.ts",
    "init/marked.ts",
    "init/plan-stanzas.ts",
    "init/program.ts",
  ],
};

/** Packages, each let in at one place. */
const packages: Readonly<Record<string, RegExp>> = {
  keytar: /^store\/keychain\/keytar\.ts$/,
  "fs-native-extensions": /^system\/lock\.ts$/,
  clipanion: /^(cli\/.*|commands\.ts|[a-z]+\/(?:[a-z-]+-)?command\.ts)$/,
  "@aws-sdk/client-sts": /^aws\/sts-client\.ts$/,
  "@aws-sdk/client-iam": /^aws\/(iam-client|sdk)\.ts$/,
  "https-proxy-agent": /^aws\/proxy-agent\.ts$/,
  "http-proxy-agent": /^aws\/proxy-agent\.ts$/,
  "proxy-from-env": /^aws\/proxy\.ts$/,
  "@noble/hashes/sha2.js": /^system\/sha256\.ts$/,
  "@noble/hashes/utils.js": /^system\/sha256\.ts$/,
  diff: /^init\/show-diff\.ts$/,
  picocolors: /^(init\/show-diff|cli\/screen)\.ts$/,
};

/** Made of the parts below it, and imported by nothing. */
const tops = [
  "main.ts",
  "machine.ts",
  "commands.ts",
  "activate.ts",
  "quick-activation.ts",
  "quick-completion.ts",
  "grammar.ts",
];

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)"([^"]+)"/gm);
  return [...found]
    .filter(([, to = ""]) => !to.includes("${"))
    .map(([, to = ""]) => ({
      from: file,
      to: to.startsWith(".") ? relative(root, join(root, dirname(file), to)) : to,
    }));
});

const folder = (path: string) => path.split("/")[0] ?? "";

function allowed({ from, to }: Import): boolean {
  if (tops.includes(from) || !to.endsWith(".ts") || folder(from) === folder(to)) return true;
  const mine = folder(from);
  const list = rooms[mine] ?? [...(doors[mine] ?? []), "cli", ...(rooms["cli"] ?? [])];
  return list.some((entry) => entry === to || entry === folder(to));
}

test("every folder of src is a room or a door of the architecture", () => {
  const known = new Set([...Object.keys(rooms), ...Object.keys(doors)]);
  const strangers = files.filter((file) => !tops.includes(file) && !known.has(folder(file)));
  assert.deepEqual(strangers, []);
});

test("imports point one way: doors to the frame, the frame to the rooms, the rooms to system", () => {
  const wrong = imports.filter((each) => !allowed(each)).map(({ from, to }) => `${from} imports ${to}`);
  assert.deepEqual(wrong, []);
});

test("every package is let in at one place", () => {
  const outside = imports.filter(({ to }) => !/\.ts$|^node:|^emit\/activation\//.test(to));
  const wrong = outside.filter(({ from, to }) => !(packages[to]?.test(from) ?? /^aws\//.test(from)));
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test("the process, the console and the clock are touched in system and at the top alone", () => {
  const wrong = files
    .filter((file) => !tops.includes(file) && folder(file) !== "system")
    .flatMap((file) => {
      const code = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      const found = code.match(/\bprocess\.(?!ts)\w+|\bconsole\.|\bDate\.now\(|\bnew Date\(\)/g) ?? [];
      return found.map((what) => `${file}: ${what}`);
    });
  assert.deepEqual(wrong, []);
});

test("emit imports nothing outside itself, so that it can be read and tested alone", () => {
  const wrong = imports.filter(({ from, to }) => folder(from) === "emit" && folder(to) !== "emit");
  assert.deepEqual(wrong, []);
});
