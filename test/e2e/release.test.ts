/** What a release publishes, with a stand-in for the stand-alone program: a hundred megabytes are not packed in tests. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { installed } from "../support/installed.ts";

const root = resolve(import.meta.dirname, "../../..");
const about = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const deb = `aws-as_${about.version}_amd64.deb`;

function folderFor(t: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-release-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs the script as a release does, and gives the folder of what it made. */
function release(folder: string, out: string, env: Readonly<Record<string, string>> = {}): string {
  const target = join(folder, "programs", "linux-x64");
  mkdirSync(target, { recursive: true });
  const text = `#!/bin/sh\nexec '${process.execPath}' '${root}/dist/aws-as.cjs' "$@"\n`;
  writeFileSync(join(target, "aws-as"), text, { mode: 0o700 });
  // Another system's, which cannot run here.
  const foreign = join(folder, "programs", "linux-arm64-musl");
  mkdirSync(foreign, { recursive: true });
  writeFileSync(join(foreign, "aws-as"), "\x7fELF", { mode: 0o700 });
  const words = ["scripts/release.mjs", "--quick", "--programs", join(folder, "programs")];
  execFileSync(process.execPath, [...words, "--out", join(folder, out)], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return join(folder, out);
}

test("two releases of the same sources are the same bytes, whatever the day, the umask and the folder", (t) => {
  if (!installed("dpkg-deb", t)) return;
  const folder = folderFor(t);
  const first = release(folder, "first");
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const second = release(folder, "second/of/them");
  const sums = readFileSync(join(first, "SHA256SUMS"), "utf8");
  assert.equal(readFileSync(join(second, "SHA256SUMS"), "utf8"), sums);
  execFileSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], { cwd: first });
  const names = readdirSync(first).filter((name) => name !== "SHA256SUMS");
  assert.deepEqual(sums.match(/(?<= {2}).+/g), names.sort());
  const archives = ["x64", "arm64-musl"].map((target) => `aws-as-${about.version}-linux-${target}.tar`);
  assert.deepEqual(
    archives.filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(
    names.filter((name) => name.endsWith(".deb")),
    [deb],
    "musl has no Debian",
  );
  assert.ok(statSync(join(first, `aws-as-${about.version}.tgz`)).size < 1e6, "the npm package is under 1 MB");

  const bill = JSON.parse(readFileSync(join(first, `aws-as-${about.version}.cdx.json`), "utf8"));
  const parts = bill.components.map(({ name }: { name: string }) => name);
  for (const name of ["bun", "clipanion", "@aws-sdk/client-sts", "fs-native-extensions", "keytar"])
    assert.ok(parts.includes(name), `${name} is in the program and not in its list`);
  for (const name of ["typescript", "knip"]) assert.ok(!parts.includes(name), `${name} only builds it`);
});

test("the Debian package is installed, works with manual and completions, and goes without a trace", (t) => {
  if (!installed("dpkg-deb", t)) return;
  const folder = folderFor(t);
  const file = join(release(folder, "out"), deb);
  if (installed("lintian", t)) {
    const quick = ["uses-no-compression-for-control-tarball", "uses-no-compression-for-data-tarball"];
    const lint = spawnSync("lintian", ["--suppress-tags", quick.join(","), file], { encoding: "utf8" });
    assert.deepEqual([lint.status, lint.stdout], [0, ""]);
  }
  const system = join(folder, "root");
  mkdirSync(join(system, "var/lib/dpkg"), { recursive: true });
  writeFileSync(join(system, "var/lib/dpkg/status"), "");
  // There is no C library in that root, and nobody need be root.
  const as = process.getuid?.() === 0 ? ["dpkg"] : ["fakeroot", "dpkg", "--force-not-root"];
  const dpkg = (...words: string[]) => {
    const options = [
      `--root=${system}`,
      `--log=${folder}/log`,
      "--force-depends",
      "--force-script-chrootless",
    ];
    const [command = "", ...rest] = [...as, ...options, ...words];
    // Where root's own programs are.
    const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` };
    const run = spawnSync(command, rest, { encoding: "utf8", env });
    assert.equal(run.status, 0, run.stderr);
  };
  dpkg("-i", file);
  const path = (name: string) => join(system, "usr", name);
  const run = (name: string, ...words: string[]) =>
    execFileSync(path(`bin/${name}`), words, { encoding: "utf8" });
  assert.equal(run("aws-as", "--version"), `${about.version}\n`);
  for (const name of ["aws-as", "aws-as-activate"]) {
    assert.ok(existsSync(path(`share/man/man1/${name}.1.gz`)), name);
  }
  for (const [shell, file, line] of [
    ["bash", "bash-completion/completions/aws-as", '. "$1"; complete -p aws-as'],
    [
      "zsh",
      "zsh/vendor-completions/_aws-as",
      "fpath=(${1:h} $fpath); autoload -Uz compinit; compinit -Du; print $_comps[aws-as]",
    ],
    ["fish", "fish/vendor_completions.d/aws-as.fish", "source $argv[1]; complete -c aws-as"],
  ] as const) {
    if (!installed(shell, t)) continue;
    const words = shell === "fish" ? ["-c", line] : ["-c", line, shell];
    const said = execFileSync(shell, [...words, path(`share/${file}`)], { encoding: "utf8", cwd: folder });
    assert.match(said, /_aws_as_complete|_aws-as/, shell);
  }
  const licences = readFileSync(path("share/doc/aws-as/copyright"), "utf8");
  for (const name of ["Bun", "clipanion", "@aws-sdk/client-sts", "MIT License"])
    assert.ok(licences.includes(name), name);
  dpkg("-P", "aws-as");
  assert.ok(!existsSync(path("bin")) && !existsSync(path("share")), "something stayed");
});

test("Homebrew, Scoop and winget are told the file, its sum and the programs", async (t) => {
  const { homebrewFormula, scoopManifest, wingetManifests } = await import(
    `file://${root}/scripts/release/manifests.mjs`
  );
  const file = { url: `https://example.com/v${about.version}/a.zip`, sha256: "ab".repeat(32) };
  const formula = homebrewFormula(about, file);
  assert.ok(formula.includes(`url "${file.url}"\n  sha256 "${file.sha256}"`));
  const scoop = JSON.parse(scoopManifest(about, file));
  assert.deepEqual(scoop.architecture["64bit"], { url: file.url, hash: file.sha256 });
  assert.equal(scoop.autoupdate.architecture["64bit"].url, "https://example.com/v$version/a.zip");
  if (!installed("ruby", t)) return;
  execFileSync("ruby", ["-c", "-e", formula], { stdio: ["ignore", "ignore", "inherit"] });
  for (const [name, text] of Object.entries<string>(wingetManifests(about, file))) {
    const manifest = yaml(text);
    assert.equal(manifest["PackageVersion"], about.version, name);
    const installers = manifest["Installers"] as { InstallerSha256: string }[] | undefined;
    if (installers !== undefined) assert.equal(installers[0]?.InstallerSha256, file.sha256.toUpperCase());
  }
});

test("the workflow of a release pins each action by its hash, and gives each job no right that it does not name", (t) => {
  if (!installed("ruby", t)) return;
  const workflow = yaml(readFileSync(join(root, ".github/workflows/release.yml"), "utf8"));
  assert.deepEqual(workflow["permissions"], {});
  const jobs = workflow["jobs"] as Record<string, { steps: Step[]; permissions: Record<string, string> }>;
  const scripts = new Set(Object.keys(about.scripts));
  for (const [name, { steps, permissions }] of Object.entries(jobs)) {
    assert.equal(permissions["id-token"], name === "publish" ? "write" : undefined);
    for (const { uses, run = "" } of steps) {
      if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      for (const [, script = ""] of run.matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts.has(script), script);
    }
  }
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

/** Ruby reads YAML by itself. */
function yaml(text: string): Record<string, unknown> {
  const script = "require 'yaml'; require 'json'; puts JSON.dump(YAML.safe_load(STDIN.read))";
  return JSON.parse(execFileSync("ruby", ["-e", script], { input: text, encoding: "utf8" }));
}
