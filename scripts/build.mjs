// Bundles the program into dist: a small file for the start, and chunks that are read only when they are needed,
// so that a cache hit parses a few dozen kilobytes and neither clipanion nor the SDK. esbuild splits only ES modules,
// and Node starts CommonJS faster, so each finished chunk is turned into CommonJS in a second step
// (docs/decisions/0002-commonjs-chunks.md).
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build, transform } from "esbuild";

const entryPoints = { "aws-as": "src/main.ts", "aws-as-activate": "src/activate.ts" };

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

const { outputFiles } = await build({
  entryPoints,
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  write: false,
  platform: "node",
  target: "node20",
  format: "esm",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "linked",
  logLevel: "warning",
  external: ["keytar", "fs-native-extensions"],
  // ES modules where a package has them: what is not used falls away, which it cannot in CommonJS.
  mainFields: ["module", "main"],
  conditions: ["module"],
  plugins: [replacing],
});

await rm("dist", { recursive: true, force: true });
await mkdir("dist/chunks", { recursive: true });
for (const { path, text } of outputFiles) {
  if (!path.endsWith(".js")) {
    await writeFile(path, text);
    continue;
  }
  const { code } = await transform(text.replace(/(\.\/[\w./-]+)\.js"/g, '$1.cjs"'), {
    format: "cjs",
    platform: "node",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    // import() becomes require(): the ES module loader costs milliseconds.
    supported: { "dynamic-import": false },
  });
  const isEntry = basename(path, ".js") in entryPoints;
  const file = path.replace(/\.js$/, ".cjs");
  await writeFile(file, `${isEntry ? "#!/usr/bin/env node\n" : ""}${code}`);
  if (isEntry) await chmod(file, 0o755);
}
