// Compiles the program with bun into one executable without Node.js: build/standalone/TARGET/aws-as.
//   npm run build:standalone [-- --target linux-x64 --target linux-x64-musl …]
// Why: docs/decisions/0016-stand-alone.md
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buns, bunVersion } from "./bun.mjs";
import { bundleProgram } from "./bundle.mjs";

const { values } = parseArgs({ options: { target: { type: "string", multiple: true } } });
const own = `${process.platform}-${process.arch}`;

/** The bun of a system, from npm, unpacked below build/bun. */
function bunOf(target) {
  const { name, integrity } = buns[target] ?? {};
  if (name === undefined) throw new Error(`no target ${target}; there is ${Object.keys(buns).join(", ")}`);
  const folder = resolve("build/bun", `${target}-${bunVersion}`);
  const bun = join(folder, "package/bin", target.startsWith("win") ? "bun.exe" : "bun");
  if (existsSync(bun)) return bun;
  mkdirSync(folder, { recursive: true });
  const pack = ["pack", `@oven/${name}@${bunVersion}`, "--silent", "--pack-destination", folder];
  const file = join(folder, execFileSync("npm", pack, { encoding: "utf8" }).trim());
  const found = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  if (found !== integrity) {
    rmSync(folder, { recursive: true });
    throw new Error(`npm gave another ${file} than the one that this build is made for: ${found}`);
  }
  execFileSync("tar", ["-xzf", file, "-C", folder]);
  rmSync(file);
  return bun;
}

/**
 * No addon can be embedded: bun would unpack it into a temporary folder at each start, and cannot where that is noexec. kerberos is one
 * that the proxies' agent would use where it is installed.
 */
const withoutAddons = {
  name: "without-addons",
  resolveId(id) {
    if (id === "fs-native-extensions") return resolve("src/system/files/bun-locks.ts");
    if (id === "./replace-process.ts") return resolve("src/system/children/bun-replace-process.ts");
    if (id === "keytar" || id === "kerberos") return `\0${id}`;
  },
  load(id) {
    if (id === "\0keytar" || id === "\0kerberos")
      return `throw new Error("the stand-alone program has no ${id.slice(1)}")`;
  },
};

/**
 * In one file every import of a part of Node stands at its beginning, and some take bun longer to load than all the rest. So each name
 * of a part loads it when it is first used.
 */
const builtinsLater = {
  name: "builtins-later",
  resolveId(id, importer = "") {
    if (!isBuiltin(id) && id !== "bun:ffi") return;
    return importer.startsWith("\0builtin:") ? { id, external: true } : `\0builtin:${id}.cjs`;
  },
  load(id) {
    const [, name] = /^\0builtin:(.*)\.cjs$/.exec(id) ?? [];
    if (name === undefined) return;
    const load = `require(${JSON.stringify(name)})`;
    const part = isBuiltin(name) ? createRequire(import.meta.url)(name) : undefined;
    if (typeof part !== "object") return `module.exports = ${load}`;
    return `let part;
      for (const name of ${JSON.stringify(Object.keys(part))})
        Object.defineProperty(exports, name, { get: () => (part ??= ${load})[name], enumerable: true });`;
  },
};

const folder = "build/standalone/parts";
rmSync(folder, { recursive: true, force: true });
const { written } = await bundleProgram({
  folder,
  firsts: [["src/standalone.ts", "aws-as.cjs"]],
  loader: "scripts/load-part.ts",
  wrapped: (code) => `module.exports=${code}`,
  plugins: [builtinsLater, withoutAddons],
});
const parts = [
  "aws-as.cjs",
  ...[...written.keys()].filter((name) => name !== "aws-as.cjs").map((name) => `chunks/${name}`),
];

const compiler = bunOf(own);
for (const target of values.target ?? [own]) {
  // The profiles that init writes are known by the program's name.
  const executable = `build/standalone/${target}/aws-as${target.startsWith("win") ? ".exe" : ""}`;
  const options = [
    "--compile",
    // The names of the files inside begin here.
    `--root=${folder}`,
    "--bytecode",
    "--minify-syntax",
    "--minify-whitespace",
    `--target=bun-${target}`,
    `--compile-executable-path=${bunOf(target)}`,
    // Nothing of the folder that somebody calls it in.
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-tsconfig",
    "--no-compile-autoload-package-json",
  ];
  const files = parts.map((name) => join(folder, name));
  execFileSync(compiler, ["build", ...options, ...files, "--outfile", executable], { stdio: "inherit" });
}
