// Bundles the program into dist: one file with all that a cache hit needs, and chunks that are read only when they
// are needed (the SDK, clipanion, each command, prompts, the file store).
// Why: docs/decisions/0002-commonjs-chunks.md

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { RUNTIME_MODULE_ID, rolldown } from "rolldown";
import { replacing, shellTexts } from "./plugins.mjs";
import { sourceDate } from "./source-date.mjs";

/**
 * node:crypto takes some 2 ms to load. The file store has it loaded when it is first called: while it waits for the
 * ssh-agent, or not at all.
 */
const cryptoLater = {
  name: "crypto-later",
  resolveId(id, importer = "") {
    if (id === "node:crypto" && /[/\\]src[/\\]store[/\\]/.test(importer)) return "\0crypto-later.cjs";
  },
  load(id) {
    if (id !== "\0crypto-later.cjs") return;
    const names =
      "createCipheriv createDecipheriv createHash createHmac createPublicKey hkdfSync randomBytes scrypt timingSafeEqual verify";
    return names
      .split(" ")
      .map((name) => `exports.${name} = (...words) => require("node:crypto").${name}(...words);`)
      .join("\n");
  },
};

const packages = new Set();
/** All files that are chunks, by name. */
const written = new Map();

/**
 * Bundles a source file into dist, and the map of each file, with which scripts/loaded.mjs finds the sources in it, into
 * build/maps. Gives the file that holds the source.
 */
async function bundle(
  source,
  file,
  { plugins = [], define = {}, external = [], groups, target = "node20", isProgram = false } = {},
) {
  const bundled = await rolldown({
    input: { [basename(file, ".cjs")]: source },
    // Help loads what each command loads too; it shares their chunk.
    checks: { ineffectiveDynamicImport: false },
    platform: "node",
    external: ["keytar", "fs-native-extensions", ...external],
    // ES modules where a package has them: what is not used falls away, which it cannot in CommonJS.
    resolve: { mainFields: ["module", "main"] },
    transform: { target, define },
    plugins: [replacing, shellTexts, cryptoLater, ...plugins],
  });
  const { output } = await bundled.generate({
    format: "cjs",
    dir: join("dist", dirname(file)),
    // The ES module loader costs milliseconds.
    dynamicImportInCjs: false,
    codeSplitting: groups ? { groups } : false,
    entryFileNames: basename(file),
    chunkFileNames: "[name]-[hash].cjs",
    comments: false,
    minifyInternalExports: false,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    postBanner: isProgram ? "#!/usr/bin/env node" : "",
    sourcemap: "hidden",
  });
  await bundled.close();
  const chunks = output.filter(({ type }) => type === "chunk");
  const isHelpers = ({ moduleIds }) => moduleIds.every((id) => id === RUNTIME_MODULE_ID);
  const helpers = chunks.find((chunk) => chunk.moduleIds.length > 0 && isHelpers(chunk));
  // Where the entry is in a group, a file that only hands its exports on is made too.
  for (const chunk of chunks.filter((chunk) => !isHelpers(chunk))) {
    const path = join(dirname(file), chunk.fileName);
    written.set(chunk.fileName, chunk);
    const code = helpers ? withHelpers(chunk.code, helpers) : chunk.code;
    // load-chunk.ts runs it.
    write(join("dist", path), isProgram ? code : `(function(exports,require,module){\n${code}\n})`);
    const { mappings } = chunk.map;
    write(
      join("build/maps", `${path}.map`),
      JSON.stringify({ ...chunk.map, mappings: isProgram ? mappings : `;${mappings}` }),
    );
    for (const id of chunk.moduleIds) {
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [];
      if (folder) packages.add(folder);
    }
  }
  return chunks.find(({ moduleIds }) => moduleIds.includes(resolve(source)));
}

/**
 * rolldown's helpers are a file of their own, and each file that is read costs a third of a millisecond, so a file that needs
 * them gets a copy at its end. The call of it is as long as the `require` was, so that the source map stays right.
 */
function withHelpers(code, { fileName, code: helpers }) {
  const load = `require("./${fileName}")`;
  if (!code.includes(load)) return code;
  const call = "rolldownHelpers()".padEnd(load.length);
  return `${code.replace(load, call)}function rolldownHelpers(){const exports={};${helpers}return exports}\n`;
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

rmSync("dist", { recursive: true, force: true });
rmSync("build/maps", { recursive: true, force: true });

// Each file that is read costs a third of a millisecond, so what a hit needs is one file, though some of it stands behind an
// import() for the sake of other systems. So is what the file store adds to it, and what the shell functions do.
const program = await bundle("src/main.ts", "chunks/main.cjs", {
  groups: [
    {
      name: "program",
      test: /[/\\]src[/\\](main|argv|store[/\\]item-index|credentials[/\\]act-as|variables[/\\]changes|store[/\\]keychain[/\\]secret-service-items)\.ts$/,
    },
    { name: "file-store", test: /[/\\]src[/\\]store[/\\]file[/\\]file\.ts$/ },
    // Completion needs the table of shells, and none of the switch.
    {
      name: "shells",
      test: /[/\\]src[/\\](emit[/\\]shells|cli[/\\](which-shell|in-shell))\.ts$/,
      priority: 1,
    },
    { name: "switch", test: /[/\\]src[/\\]switch[/\\](run|say)\.ts$/ },
  ],
});
// The code of one shell is printed, so that of the others is not read.
const activation = await bundle("src/switch/activation.ts", "chunks/activation.cjs", {
  groups: [
    {
      name: "activation",
      test: /[/\\]src[/\\](switch[/\\]activation|emit[/\\][\w-]+)\.ts$/,
      priority: 1,
    },
    {
      debugName: "activation of a shell",
      name: (id) => `activation-${/[/\\]emit[/\\](\w+)[/\\]/.exec(id)?.[1]}`,
      test: /[/\\]src[/\\]emit[/\\]\w+[/\\]([\w-]+\.(sh|zsh|fish|csh|elv|xsh|nu|ps1|cmd))$/,
    },
  ],
});
// clipanion takes as long to load as Node to start. What it says of the commands is asked here, and put in.
// Why: docs/decisions/0006-completion.md
const completion = await bundle("src/commands/completion/complete.ts", "chunks/completion.cjs", {
  // The shells' texts, which completion never prints.
  external: [/[/\\](activation\.ts|.*\.(fish|csh|elv|xsh|nu|ps1))$/],
  define: { AWS_AS_GRAMMAR: JSON.stringify(await grammar()) },
});

/** What first.ts chooses between lies in files of its own, which share no code: activation and completion read nothing else. */
const beside = {
  name: "beside",
  resolveId(id) {
    const chunks = {
      "./main.ts": program,
      "./switch/activation.ts": activation,
      "./commands/completion/complete.ts": completion,
    };
    if (id in chunks) return `\0${chunks[id].fileName}`;
    if (id === "./first.ts") return { id: "./aws-as.cjs", external: true };
  },
  load(id) {
    if (!id.startsWith("\0")) return;
    const loader = JSON.stringify(resolve("scripts/load-chunk.ts"));
    return `module.exports = require(${loader}).loadChunk(${JSON.stringify(id.slice(1))})`;
  },
};
// Any Node.js reads these two, so that they can say which one is needed.
const first = { plugins: [beside], target: "es2015", isProgram: true };
await bundle("src/first.ts", "aws-as.cjs", first);
await bundle("src/activate.ts", "aws-as-activate.cjs", first);
copyFileSync("src/profiles/env.cmd", "dist/env.cmd");
for (const name of ["aws-as", "aws-as-activate"]) chmodSync(`dist/${name}.cjs`, 0o755);

// Words are other Node.js binaries for which to compile too.
await alone("scripts/load-chunk.ts");
for (const node of [process.execPath, ...process.argv.slice(2)]) {
  // NODE_OPTIONS may hold flags of V8.
  execFileSync(node, ["--hash-seed=1", "scripts/bytecode.mjs", ...hitChunks()], {
    stdio: "inherit",
    env: {},
  });
}

/** The files that frequent calls read: those in which these sources lie, with what they import. */
function hitChunks() {
  const sources =
    "main process/run switch/run store/file/file cli/run commands/commands commands/status/command commands/list/command switch/env";
  const names = new Set();
  const add = (name) => {
    if (names.has(name) || !written.has(name)) return;
    names.add(name);
    written.get(name).imports.forEach(add);
  };
  for (const source of sources.split(" ")) {
    const id = resolve(`src/${source}.ts`);
    for (const { fileName, moduleIds } of written.values()) if (moduleIds.includes(id)) add(fileName);
  }
  return names;
}

async function grammar() {
  return (await alone("src/commands/completion/program-grammar.ts")).programGrammar();
}

/** A source file that the build itself calls. */
async function alone(input) {
  const bundled = await rolldown({
    input,
    platform: "node",
    external: ["keytar", "fs-native-extensions"],
    plugins: [replacing, shellTexts],
  });
  const file = `build/${basename(input, ".ts")}.cjs`;
  await bundled.write({ format: "cjs", codeSplitting: false, file });
  await bundled.close();
  return createRequire(import.meta.url)(`../${file}`);
}

// `man aws-as`, of what help says.
const { manPage } = await alone("scripts/man-page.ts");
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const day = new Date(sourceDate() * 1000).toISOString().slice(0, 10);
writeFileSync("dist/aws-as.1", await manPage(version, day, readFileSync("docs/protocol.md", "utf8")));

// What others wrote and we ship, with its licences.
const bundled = [];
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  bundled.push(`${name}@${version}`);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(`${folder}/${file}`, "utf8") : ""}`;
});
writeFileSync("dist/THIRD-PARTY-LICENSES.txt", notices.join(`\n${"-".repeat(80)}\n\n`));
// For the list of a release: scripts/release/sbom.mjs.
writeFileSync("build/bundled.json", JSON.stringify(bundled));
