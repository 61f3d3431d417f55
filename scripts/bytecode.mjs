// Compiles the files of dist/chunks that are named, for the Node.js that runs this, into dist/bytecode.
// Why: docs/decisions/0015-code-cache.md
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";

// V8 hashes names with a random seed. The build gives one, so that it always writes the same bytes; read after the start, it
// can leave the flags, which V8 compares when it reads the bytecode.
setFlagsFromString("--hash-seed=0");

const { nodeBuild } = createRequire(import.meta.url)("../build/load-chunk.cjs");
const folder = `dist/bytecode/${nodeBuild()}`;
mkdirSync(folder, { recursive: true });
for (const name of process.argv.slice(2)) {
  // By itself V8 compiles a function when it is first called. Of clipanion few ever are, and all of them would be a sixth of
  // the package.
  if (!name.startsWith("advanced-")) setFlagsFromString("--no-lazy");
  const script = new Script(readFileSync(`dist/chunks/${name}`, "utf8"), { filename: name });
  setFlagsFromString("--lazy");
  writeFileSync(`${folder}/${name}`, script.createCachedData());
}
