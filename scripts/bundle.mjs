// Bundles the program: a first file, one with all that a cache hit needs, and some that are read only when they are needed
// (the SDK, clipanion, each command, prompts, the file store). The package and the stand-alone program are both made of them.
// Why: docs/decisions/0002-commonjs-chunks.md

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { RUNTIME_MODULE_ID, rolldown } from "rolldown";
import { replacing, shellTexts } from "./plugins.mjs";

/**
 * Writes `chunks/*.cjs` and the first files below `folder`, and gives the chunks by name and the folders of the packages in them.
 *
 * @param folder where the files go
 * @param maps where their source maps go, if anywhere
 * @param firsts [source, file, options of `bundle`]: which file of the program is which source
 * @param loader the source with `loadChunk`, by which the first file runs a chunk
 * @param wrapped the text of a chunk, of a function that runs it
 * @param plugins what is done to the sources beside what is always done
 * @param outside packages that are not bundled
 */
export async function bundleProgram({ folder, maps, firsts, loader, wrapped, plugins, outside = [] }) {
  const packages = new Set();
  const written = new Map();

  /** Bundles a source file, and gives the file that holds it. */
  async function bundle(
    source,
    file,
    { more = [], define = {}, external = [], groups, target = "node20", banner = "", isFirst = false } = {},
  ) {
    const bundled = await rolldown({
      input: { [basename(file, ".cjs")]: source },
      // Help loads what each command loads too; it shares their chunk.
      checks: { ineffectiveDynamicImport: false },
      platform: "node",
      external: [...outside, ...external],
      // ES modules where a package has them: what is not used falls away, which it cannot in CommonJS.
      resolve: { mainFields: ["module", "main"] },
      transform: { target, define },
      plugins: [...plugins, replacing, shellTexts, ...more],
    });
    const { output } = await bundled.generate({
      format: "cjs",
      dir: join(folder, dirname(file)),
      // The ES module loader costs milliseconds.
      dynamicImportInCjs: false,
      codeSplitting: groups ? { groups } : false,
      entryFileNames: basename(file),
      chunkFileNames: "[name]-[hash].cjs",
      comments: false,
      minifyInternalExports: false,
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      postBanner: banner,
      sourcemap: maps === undefined ? false : "hidden",
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
      write(join(folder, path), isFirst ? code : wrapped(`function(exports,require,module){\n${code}\n}`));
      if (maps !== undefined) {
        const { mappings } = chunk.map;
        const map = { ...chunk.map, mappings: isFirst ? mappings : `;${mappings}` };
        write(join(maps, `${path}.map`), JSON.stringify(map));
      }
      for (const id of chunk.moduleIds) {
        const [from] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [];
        if (from) packages.add(from);
      }
    }
    return chunks.find(({ moduleIds }) => moduleIds.includes(resolve(source)));
  }

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
  const { programGrammar } = await alone("src/commands/completion/program-grammar.ts");
  const completion = await bundle("src/commands/completion/complete.ts", "chunks/completion.cjs", {
    // The shells' texts, which completion never prints.
    external: [/[/\\](activation\.ts|.*\.(fish|csh|elv|xsh|nu|ps1))$/],
    define: { AWS_AS_GRAMMAR: JSON.stringify(await programGrammar()) },
  });

  /** What first.ts chooses between lies in files of its own, which share no code: activation and completion read nothing else. */
  const chunks = {
    "./main.ts": [program, "main"],
    "./switch/activation.ts": [activation, "activatedQuickly"],
    "./commands/completion/complete.ts": [completion, "printCompletions"],
  };
  const beside = {
    name: "beside",
    resolveId: (id) => (id in chunks ? `\0beside:${id}` : undefined),
    load(id) {
      const [chunk, name] = chunks[id.replace(/^\0beside:/, "")] ?? [];
      if (chunk === undefined) return;
      return `import { loadChunk } from ${JSON.stringify(resolve(loader))};
        export const { ${name} } = loadChunk(${JSON.stringify(chunk.fileName)});`;
    },
  };
  for (const [source, file, { more = [], ...options } = {}] of firsts) {
    await bundle(source, file, { ...options, more: [beside, ...more], isFirst: true });
  }
  return { written, packages };
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

/** Packages with addons, which are no part of a file. */
export const addons = ["keytar", "fs-native-extensions"];

/** A source file that the build itself calls. */
export async function alone(input) {
  const bundled = await rolldown({
    input,
    platform: "node",
    external: addons,
    plugins: [replacing, shellTexts],
  });
  const file = `build/${basename(input, ".ts")}.cjs`;
  await bundled.write({ format: "cjs", codeSplitting: false, file });
  await bundled.close();
  return createRequire(import.meta.url)(`../${file}`);
}
