// Everything that a release publishes, below build/release, of what `npm run build:standalone` has made: the npm package, an
// archive and a Debian package of each stand-alone program, a list of what they hold of others, formulas, and SHA256SUMS.
// Two runs on the same sources give the same bytes.
//   npm run release [-- --out FOLDER --programs FOLDER --quick]
// --programs: where the stand-alone programs lie, each in a folder of its target; --quick: nothing is compressed, for tests.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bunVersion } from "./bun.mjs";
import { architectures, makeDeb } from "./release/deb.mjs";
import { lay, tar } from "./release/files.mjs";
import { homebrewFormula, scoopManifest, wingetManifests } from "./release/manifests.mjs";
import { sbom } from "./release/sbom.mjs";
import { standaloneFiles } from "./release/standalone-files.mjs";
import { sourceDate } from "./source-date.mjs";

const { out, programs, quick } = parseArgs({
  options: {
    out: { type: "string", default: "build/release" },
    programs: { type: "string", default: "build/standalone" },
    quick: { type: "boolean" },
  },
}).values;
const seconds = sourceDate();
const about = JSON.parse(readFileSync("package.json", "utf8"));
const name = `aws-as-${about.version}`;
const repository = about.repository.url.replace(/^git\+|\.git$/g, "");
const work = mkdtempSync(join(tmpdir(), "aws-as-release-"));
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

// Its modes and times are npm's own, the same in each package. Without scripts: the build is not made anew.
execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", out], { stdio: "ignore" });

const compression = quick ? ["-Znone"] : ["-Zxz", "-z1"];
for (const target of targets()) {
  const files = standaloneFiles(resolve(programs, target, "aws-as"));
  lay(`${work}/${target}`, files);
  const archive = `${out}/${name}-${target}.tar`;
  tar(`${work}/${target}`, `${name}-${target}`, archive, seconds);
  // One thread: with more, xz cuts the data into other blocks.
  if (!quick) execFileSync("xz", ["-1", "--threads=1", archive]);
  if (target in architectures) makeDeb({ target, files, about, seconds, compression, work, out });
}

write(`${name}.cdx.json`, sbom({ seconds, bun: bunVersion }));
write("aws-as.rb", homebrewFormula(about, { url: `${released()}/${name}.tgz`, sha256: hash(`${name}.tgz`) }));
const windows = `${name}-windows-x64.zip`;
if (existsSync(`${out}/${windows}`)) {
  const file = { url: `${released()}/${windows}`, sha256: hash(windows) };
  write("aws-as.json", scoopManifest(about, file));
  for (const [each, text] of Object.entries(wingetManifests(about, file))) write(each, text);
}
rmSync(work, { recursive: true });
const published = readdirSync(out).sort();
write("SHA256SUMS", published.map((each) => `${hash(each)}  ${each}\n`).join(""));

/** The stand-alone programs that there are. */
function targets() {
  if (!existsSync(programs)) return [];
  return readdirSync(programs).filter((target) => existsSync(join(programs, target, "aws-as")));
}

function released() {
  return `${repository}/releases/download/v${about.version}`;
}

function hash(file) {
  return createHash("sha256")
    .update(readFileSync(`${out}/${file}`))
    .digest("hex");
}

function write(file, text) {
  writeFileSync(`${out}/${file}`, text);
}
