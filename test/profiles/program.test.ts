import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { stanzaIdentity } from "../../src/config/resolve/stanza.ts";
import { programCommand, type RunningProgram } from "../../src/profiles/program.ts";

/** A machine where `links` are links to Node's path. */
function on(program: Partial<RunningProgram>, ...links: string[]): RunningProgram {
  const node = program.node ?? "/usr/bin/node";
  return {
    node,
    script: "/usr/local/bin/aws-as",
    platform: "linux",
    home: "/home/me",
    realPath: (path) => (links.includes(path) || path === node ? node : undefined),
    shortPath: async () => undefined,
    ...program,
  };
}

const cases: [string, RunningProgram, string, RegExp | undefined][] = [
  ["Debian's node", on({}), "/usr/bin/node /usr/local/bin/aws-as", undefined],
  [
    "Homebrew's folder of one version gives way to its link",
    on({ node: "/opt/homebrew/Cellar/node/20.1.0/bin/node" }, "/opt/homebrew/bin/node"),
    "/opt/homebrew/bin/node /usr/local/bin/aws-as",
    undefined,
  ],
  [
    "nvm's folder stays, with a warning",
    on({ node: "/home/me/.nvm/versions/node/v20.1.0/bin/node" }),
    "/home/me/.nvm/versions/node/v20.1.0/bin/node /usr/local/bin/aws-as",
    /Node\.js is run from nvm .* run aws-as init again/,
  ],
  [
    "fnm's folder of one login is warned of",
    on({ script: "/run/user/1/fnm_multishells/1_2/bin/aws-as" }),
    "/usr/bin/node /run/user/1/fnm_multishells/1_2/bin/aws-as",
    /aws-as is run from fnm/,
  ],
  [
    "npx's folder is warned of",
    on({ script: "/home/me/.npm/_npx/ab12/node_modules/.bin/aws-as" }),
    "/usr/bin/node /home/me/.npm/_npx/ab12/node_modules/.bin/aws-as",
    /npm install --global aws-as/,
  ],
  [
    "blanks and signs are escaped, never quoted",
    on({ script: "/home/me/my tools/(a)/it's $x/aws-as" }),
    "/usr/bin/node /home/me/my\\ tools/\\(a\\)/it\\'s\\ \\$x/aws-as",
    undefined,
  ],
  [
    "letters of all languages stay",
    on({ script: "/home/jürgen/aws-as" }),
    "/usr/bin/node /home/jürgen/aws-as",
    undefined,
  ],
  [
    "folders of Windows have the short names that the disk gives them, the rest stays as it is",
    on({
      platform: "win32",
      node: "C:\\Program Files\\nodejs\\node.exe",
      script: "C:\\Users\\Jane Doe\\AppData\\Roaming\\npm\\node_modules\\aws-as\\dist\\aws-as.cjs",
      shortPath: async (path) =>
        path
          .replace("Program Files", "PROGRA~2")
          .replace("Jane Doe", "JANEDO~1")
          .replace("node_modules", "NODE_M~1"),
    }),
    "C:\\PROGRA~2\\nodejs\\node.exe C:\\Users\\JANEDO~1\\AppData\\Roaming\\npm\\node_modules\\aws-as\\dist\\aws-as.cjs",
    undefined,
  ],
];
for (const [name, program, command, warning] of cases) {
  test(name, async () => {
    const made = await programCommand(program);
    assert.equal(made.command, command);
    if (warning === undefined) assert.deepEqual(made.warnings, []);
    else assert.match(made.warnings.join("\n"), warning);
  });
}

test("a path that Windows clients read differently is refused where the disk gives no short name", async () => {
  for (const given of [undefined, "C:\\My Tools\\aws-as.cjs", "C:\\MYTOOL~1"]) {
    const script = "C:\\My Tools\\aws-as.cjs";
    const program = on({ platform: "win32", node: "C:\\node.exe", script, shortPath: async () => given });
    await assert.rejects(programCommand(program), /AWS clients on Windows read differently/);
  }
});

test("a path that some client would cut is refused", async () => {
  for (const path of ["/a;b", "/a/b#c", "/a/[b]"]) {
    await assert.rejects(programCommand(on({ script: path })), /some AWS clients misread/);
  }
});

test("what is written is read back as a stanza", async () => {
  for (const script of ["/usr/local/bin/aws-as", "/opt/my tools/(a)/aws-as.cjs"]) {
    assert.equal(stanzaIdentity(`${(await programCommand(on({ script }))).command} process r`), "r");
  }
});

test("a path with a line break is refused", async () => {
  await assert.rejects(programCommand(on({ script: "/a\nb" })), /control characters/);
});

test("sh and a splitter without a shell both start a program in a hostile folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-program-"));
  const script = join(folder, `a b'c"d$e(f)*&é!`, "aws-as");
  mkdirSync(dirname(script), { recursive: true });
  writeFileSync(script, "process.stdout.write('started ' + process.argv[2])");
  chmodSync(script, 0o755);
  const { command } = await programCommand(on({ node: process.execPath, script }));
  const bySh = spawnSync("sh", ["-c", `${command} x`], { encoding: "utf8" });
  const split =
    "import shlex,subprocess,sys; sys.stdout.write(subprocess.check_output(shlex.split(sys.argv[1]+' x')).decode())";
  const byPython = spawnSync("python3", ["-c", split, command], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  assert.equal(bySh.stdout, "started x", bySh.stderr);
  assert.equal(byPython.stdout, "started x", byPython.stderr);
});
