// Bundles the program: one file of ours, and the heavy third-party packages as files of their own that are
// read only when they are needed. CommonJS, because Node starts it faster than an ES module (docs/decisions).
import { chmod, mkdir, rm } from "node:fs/promises";
import { build } from "esbuild";

const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "linked",
  logLevel: "warning",
  // import() of what stays outside becomes require(): the ES module loader costs milliseconds.
  supported: { "dynamic-import": false },
  external: ["keytar", "fs-native-extensions"],
};

/** Source files that become a lazy chunk, each nothing but a door to third-party packages. */
const chunks = { "sts-client": "src/aws/sts-client.ts", "iam-client": "src/aws/iam-client.ts" };

const lazyChunks = {
  name: "lazy-chunks",
  setup(plugin) {
    for (const name of Object.keys(chunks)) {
      plugin.onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, (args) =>
        args.kind === "dynamic-import" ? { path: `./${name}.cjs`, external: true } : undefined,
      );
    }
  },
};

/**
 * Keys are always given to the SDK's clients, so its default credential chain (SSO, ini files, web identity,
 * metadata: half of a chunk's bytes and milliseconds) is left out. Reaching it would be a bug, and says so.
 */
const noDefaultCredentials = {
  name: "no-default-credentials",
  setup(plugin) {
    plugin.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
      path,
      namespace: "no-default-credentials",
    }));
    plugin.onLoad({ filter: /.*/, namespace: "no-default-credentials" }, () => ({
      contents:
        'export const defaultProvider = () => { throw new Error("no credentials were given to the SDK"); };',
    }));
  },
};

await rm("dist", { recursive: true, force: true });
await mkdir("dist", { recursive: true });
await build({
  ...common,
  entryPoints: { "aws-as": "src/main.ts", "aws-as-activate": "src/activate.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  banner: { js: "#!/usr/bin/env node" },
  plugins: [lazyChunks],
});
await build({
  ...common,
  entryPoints: chunks,
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  // The SDK's ES modules: what a chunk does not use falls away, which it cannot in CommonJS.
  mainFields: ["module", "main"],
  conditions: ["module"],
  plugins: [noDefaultCredentials],
});
await Promise.all(["aws-as", "aws-as-activate"].map((name) => chmod(`dist/${name}.cjs`, 0o755)));
