import { readFileSync, statSync } from "node:fs";
import { Script } from "node:vm";

/**
 * The build of Node.js that runs us. V8 refuses bytecode of another version or of other flags, and then compiles the source. Of
 * another build of the same version (a distribution's own) V8 11 takes it unseen, and may crash: hence the size of the binary.
 */
export function nodeBuild(): string {
  const { version, platform, arch, execPath } = process;
  return `${version}-${platform}-${arch}-${statSync(execPath, { throwIfNoEntry: false })?.size}`;
}

const folder = nodeBuild();
const loaded = new Map<string, { exports: unknown }>();

/**
 * Runs a file of `chunks` as `require` would, with the bytecode that the build has made of it for this Node.js, if there is one.
 * Why: docs/decisions/0015-code-cache.md
 */
export function loadChunk(name: string): unknown {
  const known = loaded.get(name);
  if (known) return known.exports;
  const cachedData = bytecode(name);
  const source = readFileSync(`${__dirname}/chunks/${name}`, "utf8");
  // The bytecode holds the name that it was made with, so that is the same everywhere.
  const script = new Script(source, { filename: name, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  loaded.set(name, module);
  const load = (id: string) => (id.startsWith("./") ? loadChunk(id.slice(2)) : require(id));
  script.runInThisContext()(module.exports, load, module);
  return module.exports;
}

function bytecode(name: string): Buffer | undefined {
  try {
    return readFileSync(`${__dirname}/bytecode/${folder}/${name}`);
  } catch {
    return undefined;
  }
}
