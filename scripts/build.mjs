// Bundles the program into dist: one file with all that a cache hit needs, and chunks that are read only when they
// are needed (the SDK, clipanion, prompts, the file store). esbuild splits only ES modules, and Node starts
// CommonJS faster, so its chunks are turned into CommonJS, and those of the start are put into one file.
// Why: docs/decisions/0002-commonjs-chunks.md
import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
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
const alsoAtStart = ["src/store/secret-service.ts"];

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

await rm("dist", { recursive: true, force: true });
await mkdir("dist/chunks", { recursive: true });

const { outputFiles, metafile } = await build({
  ...common,
  entryPoints: { "aws-as": "src/main.ts" },
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  format: "esm",
  metafile: true,
  plugins: [replacing],
});

/** The chunks that are loaded at the start, dependencies first. */
const start = [];
function collect(path) {
  if (start.includes(path)) return;
  for (const { path: next, kind, external } of metafile.outputs[path].imports) {
    if (kind === "import-statement" && !external) collect(next);
  }
  start.push(path);
}
for (const [path, output] of Object.entries(metafile.outputs)) {
  if (alsoAtStart.includes(output.entryPoint)) collect(path);
}
collect("dist/aws-as.js");

const nameOf = (path) => basename(path, ".js");
const inStart = new Set(start.map(nameOf));

/** The chunk as CommonJS. Requires of what is in the first file go through `core`, others to files of their own. */
async function asCommonJs(path, core) {
  const text = outputFiles.find((file) => file.path.endsWith(`/${path}`)).text;
  const { code } = await transform(text, {
    ...target,
    format: "cjs",
    // import() becomes require(): the ES module loader costs milliseconds.
    supported: { "dynamic-import": false },
  });
  const folder = path === "dist/aws-as.js" || core === "core" ? "./chunks/" : "./";
  return code.replace(/require\("\.\/(?:chunks\/)?([\w-]+)\.js"\)/g, (_, name) =>
    inStart.has(name) ? `${core}(${JSON.stringify(name)})` : `require("${folder}${name}.cjs")`,
  );
}

const registry = 'globalThis[Symbol.for("aws-as.core")]';
for (const path of Object.keys(metafile.outputs)) {
  if (!start.includes(path)) {
    await writeFile(`dist/chunks/${nameOf(path)}.cjs`, await asCommonJs(path, registry));
  }
}
const modules = await Promise.all(
  start.map(
    async (path) => `${JSON.stringify(nameOf(path))}(exports,module){${await asCommonJs(path, "core")}}`,
  ),
);
await writeProgram(
  "aws-as",
  `"use strict";const modules={${modules.join(",\n")}},loaded={};
const core=${registry}=(name)=>{let module=loaded[name];if(!module){module=loaded[name]={exports:{}};modules[name](module.exports,module)}return module.exports};
core("aws-as");`,
);

const activate = await build({
  ...common,
  entryPoints: { "aws-as-activate": "src/activate.ts" },
  format: "cjs",
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
