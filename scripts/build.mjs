// Bundles the program into dist, compiles what frequent calls read, and writes the manual and the licences beside it.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { addons, alone, bundleProgram } from "./bundle.mjs";
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

rmSync("dist", { recursive: true, force: true });
rmSync("build/maps", { recursive: true, force: true });

/** The program beside aws-as-activate is a file that is there. */
const besideProgram = {
  name: "beside-program",
  resolveId: (id) => (id === "./first.ts" ? { id: "./aws-as.cjs", external: true } : undefined),
};
// Any Node.js reads these two, so that they can say which one is needed.
const options = { target: "es2015", banner: "#!/usr/bin/env node" };
const { written, packages } = await bundleProgram({
  folder: "dist",
  // scripts/loaded.mjs finds the sources in a file with its map.
  maps: "build/maps",
  firsts: [
    ["src/first.ts", "aws-as.cjs", options],
    ["src/activate.ts", "aws-as-activate.cjs", { ...options, more: [besideProgram] }],
  ],
  loader: "scripts/load-chunk.ts",
  // load-chunk.ts runs it.
  wrapped: (code) => `(${code})`,
  plugins: [cryptoLater],
  outside: addons,
});
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
    "main process/run session/renew switch/run store/file/file cli/run commands/commands commands/status/command commands/list/command switch/env";
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
