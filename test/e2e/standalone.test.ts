/** What only the stand-alone executable can get wrong. The other tests drive it where AWS_AS_TEST_PROGRAM names it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome } from "../support/home.ts";

const program = resolve(`build/standalone/${process.platform}-${process.arch}/aws-as`);
const skip = existsSync(program) ? false : "NOT TESTED: npm run build:standalone";

/** A home in which my-role1 has a session. */
async function homeWithSession(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)], { program });
  assert.equal(login.status, 0, login.stderr);
  return home;
}

test("the stand-alone program and the package serve each other's sessions", { skip }, async (t) => {
  const home = await homeWithSession(t);
  const alone = await home.run(["process", "my-role1"], { program });
  assert.deepEqual([alone.status, alone.stderr], [0, ""]);
  assert.deepEqual(await home.run(["process", "my-role1"]), alone);
});

test("nothing of the folder that it is called in is loaded", { skip }, async (t) => {
  const home = await homeWithSession(t);
  const cwd = join(home.path, "project");
  const loud = "require('fs').writeSync(1, 'LOADED'); require('fs').writeSync(2, 'LOADED');";
  const files = {
    "loud.js": loud,
    "bunfig.toml": 'preload = ["./loud.js"]\n',
    ".env": "AWS_AS_STORE=nonsense\nAWS_ENDPOINT_URL=http://127.0.0.1:1\n",
    "package.json": '{"name": "x", "type": "commonjs", "imports": {"#x": "./loud.js"}}',
    "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["./loud.js"]}}}',
    "node_modules/keytar/index.js": loud,
    "node_modules/fs-native-extensions/index.js": loud,
    "node_modules/kerberos/index.js": loud,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, ".."), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const expected = await home.run(["process", "my-role1"], { program });
  assert.deepEqual(await home.run(["process", "my-role1"], { program, cwd }), expected);
  const status = await home.run(["status"], { program, cwd });
  assert.doesNotMatch(status.stdout + status.stderr, /LOADED|nonsense/);
});

test("a project's variables for bun do not reach what init and the shell functions start", {
  skip,
}, async (t) => {
  const home = await homeWithSession(t);
  writeFileSync(join(home.path, "loud.js"), "console.log('LOADED')");
  const hostile = [
    { BUN_OPTIONS: `--preload ${join(home.path, "loud.js")}` },
    { BUN_BE_BUN: "1" },
    { BUN_INSPECT: "127.0.0.1:0?wait=1" },
    { NODE_OPTIONS: `--require ${join(home.path, "loud.js")}` },
  ];
  assert.equal((await home.run(["init"], { program })).status, 0);
  const [, line = ""] = /credential_process = (.*process my-role1)$/m.exec(home.config()) ?? [];
  assert.ok(line.endsWith(` ${program} process my-role1`), line);
  const functions = (await home.run(["-s"], { program })).stdout;
  for (const env of hostile) {
    const options = { env: { ...home.env, ...env }, encoding: "utf8", timeout: 20_000 } as const;
    const stanza = spawnSync("/bin/sh", ["-c", line], options);
    assert.equal(JSON.parse(stanza.stdout).Version, 1, JSON.stringify(env));
    const script = `${functions}\naws-as my-role1\nprintf '%s' "$AWS_AS_IDENTITY"`;
    const shell = spawnSync("bash", ["-c", script], options);
    assert.equal(shell.stdout, "my-role1", JSON.stringify(env) + shell.stderr);
  }
});

test("twenty first uses of both programs at once ask AWS once", { skip }, async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const config = awsFilesOfOne().config.replaceAll(/mfa_serial = .*/g, "mfa_serial = none");
  const home = makeHome({ url: fake.url, config });
  t.after(() => home.remove());
  const calls = Array.from({ length: 20 }, (_, number) =>
    home.run(["process", "partner"], number % 2 === 0 ? { program } : {}),
  );
  const runs = await Promise.all(calls);
  assert.deepEqual([...new Set(runs.map(({ status }) => status))], [0], runs[0]?.stderr);
  assert.equal(new Set(runs.map(({ stdout }) => stdout)).size, 1);
});

test("it starts where nothing can be unpacked, and leaves nothing", { skip }, async (t) => {
  const home = await homeWithSession(t);
  const folder = mkdtempSync(join(tmpdir(), "aws-as-tmp-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["TMPDIR", "BUN_TMPDIR", "XDG_CACHE_HOME"]) home.env[name] = folder;
  for (const words of [["process", "my-role1"], ["doctor", "--offline"], ["keys", "list"], ["list"]]) {
    const run = await home.run(words, { program });
    assert.doesNotMatch(run.stderr, /bug|bunfs/, words.join(" "));
    assert.doesNotMatch(run.stdout, /bunfs/, words.join(" "));
  }
  assert.deepEqual(readdirSync(folder), []);
});
