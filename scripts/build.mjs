// Bundles the program into dist: one file with all that a cache hit needs, and chunks that are read only when they
// are needed (the SDK, clipanion, prompts, the file store). esbuild splits only ES modules, and Node starts
// CommonJS faster, so its chunks are turned into CommonJS, and those of the start are put into one file.
// Why: docs/decisions/0002-commonjs-chunks.md
import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { build, transform } from "esbuild";

const target = { platform: "node", target: "node20", minifySyntax: true, minifyWhitespace: true };

const common = {
  ...target,
  bundle: true,
  write: false,
  outdir: "dist",
  legalComments: "none",
  logLevel: "warning",
  external: ["keytar", "fs-native-extensions"],
  // ES modules where a package has them: what is not used falls away, which it cannot in CommonJS.
  mainFields: ["module", "main"],
  conditions: ["module"],
};

/** Loaded by every hit on Linux, though behind an import() for the sake of other systems. */
const alsoAtStart = ["src/store/keychain/secret-service-items.ts"];

/** Loaded by every hit in the file store: in one file too, as each file costs a third of a millisecond. */
const fileStoreEntry = "src/store/file/file.ts";

/**
 * node:crypto takes some 2 ms to load. The file store has it loaded when it is first called: while it waits for the
 * ssh-agent, or not at all.
 */
const cryptoLater = {
  name: "crypto-later",
  setup(plugin) {
    const names =
      "createCipheriv createDecipheriv createHash createPublicKey hkdfSync randomBytes scrypt verify".split(
        " ",
      );
    plugin.onResolve({ filter: /^node:crypto$/ }, ({ path, importer }) =>
      /[/\\]src[/\\]store[/\\]/.test(importer) ? { path, namespace: "later" } : { path, external: true },
    );
    plugin.onLoad({ filter: /.*/, namespace: "later" }, ({ path }) => ({
      contents: names
        .map((name) => `exports.${name} = (...words) => require("${path}").${name}(...words);`)
        .join("\n"),
    }));
  },
};

/** Modules that the packages import and the program must not have, with what it gets in their place. */
const replacements = {
  // Keys are always given to the SDK's clients, so its default credential chain (SSO, ini files, web identity,
  // metadata: half of a chunk's bytes and milliseconds) is left out. Reaching it would be a bug, and says so.
  "@aws-sdk/credential-provider-node":
    'export const defaultProvider = () => { throw new Error("no credentials were given to the SDK"); };',
  // With DEBUG=* in the environment, the proxies' agents would write the proxy's password and whole requests, MFA
  // code and session token included, on standard error.
  debug: "export default () => () => {};",
};

const replacing = {
  name: "replacing",
  setup(plugin) {
    const filter = new RegExp(`^(${Object.keys(replacements).join("|")})$`);
    plugin.onResolve({ filter }, ({ path }) => ({ path, namespace: "replaced" }));
    plugin.onLoad({ filter: /.*/, namespace: "replaced" }, ({ path }) => ({ contents: replacements[path] }));
  },
};

/** Shell code comes as texts, without the comments and the indentation that are for its readers. Python needs the latter. */
const shellTexts = {
  name: "shell-texts",
  setup(plugin) {
    plugin.onLoad(
      { filter: /[/\\]emit[/\\]activation[/\\].*\.(sh|zsh|fish|csh|elv|xsh|nu|ps1|cmd)$/ },
      ({ path }) => {
        const lines = readFileSync(path, "utf8")
          .split("\n")
          .map((line) => (path.endsWith(".xsh") ? line.trimEnd() : line.trim()));
        const code = lines.filter((line) => line !== "" && !line.trimStart().startsWith("#"));
        return { contents: code.map((line) => `${line}\n`).join(""), loader: "text" };
      },
    );
  },
};

await rm("dist", { recursive: true, force: true });
await mkdir("dist/chunks", { recursive: true });

const { outputFiles, metafile } = await build({
  ...common,
  entryPoints: { "aws-as": "src/main.ts" },
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  format: "esm",
  metafile: true,
  plugins: [replacing, shellTexts, cryptoLater],
});

/** Adds a chunk and those that it imports, dependencies first, but for those that are loaded before it anyway. */
function collect(path, into, before = []) {
  if (into.includes(path) || before.includes(path)) return;
  for (const { path: next, kind, external } of metafile.outputs[path].imports) {
    if (kind === "import-statement" && !external) collect(next, into, before);
  }
  into.push(path);
}
const chunkOf = (source) =>
  Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint === source);

/** The chunks that are loaded at the start, and those that the file store adds to them. */
const start = [];
for (const source of [...alsoAtStart, "src/main.ts"]) collect(chunkOf(source), start);
const fileStore = [];
collect(chunkOf(fileStoreEntry), fileStore, start);

const nameOf = (path) => basename(path, ".js");
const inStart = new Set(start.map(nameOf));
const inFileStore = new Set(fileStore.map(nameOf));
const textOf = (name) => outputFiles.find(({ path }) => basename(path, ".js") === name).text;

// import() becomes require(): the ES module loader costs milliseconds.
const commonJs = { ...target, format: "cjs", supported: { "dynamic-import": false } };

/** What chunks get from the first file goes through `core`; other chunks are files in that folder. */
const core = 'globalThis[Symbol.for("aws-as.core")]';
const withFiles = (code) =>
  code.replace(/require\("\.\/(?:chunks\/)?([\w-]+)\.js"\)/g, (_, name) => {
    if (inStart.has(name)) return `${core}("${name}")`;
    return inFileStore.has(name)
      ? `require("./file-store.cjs").chunk("${name}")`
      : `require("./${name}.cjs")`;
  });

for (const name of Object.keys(metafile.outputs).map(nameOf)) {
  if (inStart.has(name) || inFileStore.has(name)) continue;
  const { code } = await transform(textOf(name), commonJs);
  await writeFile(`dist/chunks/${name}.cjs`, withFiles(code));
}

/**
 * Several chunks as one file, which calls `expose` a function from a chunk's name to what it exports. All in one scope:
 * with a function and an object of getters around each chunk, V8 reads every byte once more.
 */
async function together(paths, expose) {
  const inside = new Set(paths.map(nameOf));
  /** Takes the chunks from memory; the others, and what they import(), stay outside. */
  const fromMemory = {
    name: "from-memory",
    setup(plugin) {
      plugin.onResolve({ filter: /^\.\// }, ({ path, kind }) =>
        kind === "dynamic-import" || !inside.has(nameOf(path))
          ? { path, external: true }
          : { path: nameOf(path), namespace: "memory" },
      );
      plugin.onLoad({ filter: /.*/, namespace: "memory" }, ({ path }) => ({ contents: textOf(path) }));
    },
  };
  const shared = paths.map((path, at) => {
    const names = metafile.outputs[path].exports;
    const imported = names.map((name) => `${name} as ${name}${at}`);
    return {
      statement: `import { ${imported} } from "./${nameOf(path)}.js";`,
      entry: `"${nameOf(path)}": () => ({ ${names.map((name) => `${name}: ${name}${at}`)} })`,
    };
  });
  const { outputFiles: made } = await build({
    ...common,
    ...commonJs,
    stdin: {
      contents: `${shared.map(({ statement }) => statement).join("\n")}
        const made = {}, chunks = { ${shared.map(({ entry }) => entry)} };
        ${expose} = (name) => (made[name] ??= chunks[name]());`,
    },
    plugins: [fromMemory],
  });
  return `"use strict";${withFiles(made[0].text)}`;
}
await writeFile("dist/chunks/program.cjs", await together(start, core));
await writeFile("dist/chunks/file-store.cjs", await together(fileStore, "export const chunk"));

// Activation delays every new shell, and reading the program's file takes longer than all the rest of it. So the first
// file only looks at the arguments, prints the plain forms of activation by a chunk of their own, and loads the
// program for everything else. (That file costs a cache hit 0.8 ms.)
const { outputFiles: quick } = await build({
  ...common,
  entryPoints: { "quick-activation": "src/quick-activation.ts" },
  format: "cjs",
  plugins: [shellTexts],
});
await writeFile("dist/chunks/quick-activation.cjs", quick[0].text);

// So does whoever presses TAB wait, and clipanion takes as long to load as Node to start. What it says of the commands
// is asked here, and put in. Why: docs/decisions/0006-completion.md
const { outputFiles: completion } = await build({
  ...common,
  entryPoints: { "quick-completion": "src/quick-completion.ts" },
  format: "cjs",
  define: { AWS_AS_GRAMMAR: JSON.stringify(await grammar()) },
});
await writeFile("dist/chunks/quick-completion.cjs", completion[0].text);

await writeProgram(
  "aws-as",
  `"use strict";const [first="",...rest]=process.argv.slice(2),isVerb=first==="activate";
if(first==="complete")require("./chunks/quick-completion.cjs").printCompletions(rest);
else if(!(isVerb||/^(-[sc]|--shell(=.*)?)$/s.test(first))||!require("./chunks/quick-activation.cjs").activatedQuickly(isVerb?rest:[first,...rest]))require("./chunks/program.cjs");`,
);

async function grammar() {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { grammar: "src/grammar.ts" },
    format: "cjs",
    plugins: [replacing, shellTexts],
  });
  const module = { exports: {} };
  new Function("module", "exports", "require", outputFiles[0].text)(
    module,
    module.exports,
    createRequire(import.meta.url),
  );
  return module.exports.grammar;
}

const activate = await build({
  ...common,
  entryPoints: { "aws-as-activate": "src/activate.ts" },
  format: "cjs",
  supported: { "dynamic-import": false },
  plugins: [
    {
      name: "beside",
      setup(plugin) {
        const files = {
          "./quick-activation.ts": "./chunks/quick-activation.cjs",
          "./main.ts": "./aws-as.cjs",
        };
        const filter = /^\.\/(quick-activation|main)\.ts$/;
        plugin.onResolve({ filter }, ({ path }) => ({ path: files[path], external: true }));
      },
    },
  ],
});
await writeProgram("aws-as-activate", activate.outputFiles[0].text);

async function writeProgram(name, code) {
  await writeFile(`dist/${name}.cjs`, `#!/usr/bin/env node\n${code}\n`);
  await chmod(`dist/${name}.cjs`, 0o755);
}

// What others wrote and we ship, with its licences.
const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
  if (name)
    packages.add(input.slice(0, input.indexOf(`node_modules/${name}/`) + `node_modules/${name}`.length));
}
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(`${folder}/${file}`, "utf8") : ""}`;
});
await writeFile("dist/THIRD-PARTY-LICENSES.txt", notices.join(`\n${"-".repeat(80)}\n\n`));
