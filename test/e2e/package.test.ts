import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { ended, type Home, makeHome } from "../support/home.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";

const root = resolve(import.meta.dirname, "../../..");

/**
 * npm with the machine's own settings: its cache, its registry, its proxy. Without scripts, both because many people
 * install so and because packing must not build anew under the feet of other tests.
 */
function npm(args: readonly string[], cwd = root) {
  return spawnSync("npm", [...args, "--ignore-scripts"], { cwd, encoding: "utf8" });
}

/** Installs the packed program as nvm's npm does, with a Node of its own; undefined and skipped without a registry. */
function installIn(home: Home, t: TestContext): string | undefined {
  const prefix = join(home.path, ".nvm", "versions", "node", process.version);
  mkdirSync(join(prefix, "bin"), { recursive: true });
  copyFileSync(process.execPath, join(prefix, "bin", "node"));
  const packed = npm(["pack", "--pack-destination", home.path]);
  assert.equal(packed.status, 0, packed.stderr);
  const archive = readdirSync(home.path).find((name) => /^aws-as-.*\.tgz$/.test(name)) ?? "";
  const options = ["--global", "--prefix", prefix, "--prefer-offline", "--no-audit", "--no-fund"];
  const installed = npm(["install", ...options, `./${archive}`], home.path);
  if (/ENOTFOUND|ETIMEDOUT|ECONNREFUSED|EAI_AGAIN|ENOTCACHED/.test(installed.stderr)) {
    if (process.env["AWS_AS_TEST_ALL"] === "1") throw new Error(installed.stderr);
    t.skip("NOT TESTED: no npm registry to be reached");
    return undefined;
  }
  assert.equal(installed.status, 0, installed.stderr);
  return prefix;
}

test("the package holds the built program, its licences and its documents, and nothing else", () => {
  const { stdout, stderr } = npm(["pack", "--dry-run", "--json"]);
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string; mode: number }[] }];
  const paths = files.map(({ path }) => path);
  const built = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(cjs|cmd|txt|1)$/.test(name),
  );
  const documents = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
  assert.deepEqual(paths.sort(), [...documents, ...built.map((name) => `dist/${name}`)].sort(), stderr);
  const programs = files.filter(({ path }) => /^dist\/aws-as(-activate)?\.cjs$/.test(path));
  assert.deepEqual(
    programs.map(({ mode }) => mode),
    [0o755, 0o755],
  );
});

test("installed by npm without scripts, under nvm: init, and the stanza works from anywhere", async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ config: awsFilesOfOne({ endpointUrl: fake.url }).config });
  t.after(() => home.remove());
  const prefix = installIn(home, t);
  if (prefix === undefined) return;
  const bin = join(prefix, "bin");
  for (const name of ["aws-as", "aws-as-activate"]) accessSync(join(bin, name), constants.X_OK);

  // All that is known of store and passphrase stands in files, for a program from a desktop's menu has no variables.
  const passphrase = join(home.path, "passphrase");
  writeFileSync(passphrase, "correct horse\n", { mode: 0o600 });
  home.writeConfig(`${home.config()}\n[aws-as]\nstore = file\npassphrase_process = cat ${passphrase}\n`);
  const bare = { HOME: home.path, PATH: "/usr/bin:/bin" };
  const run = (command: string, args: readonly string[], env: Record<string, string>) =>
    ended(spawn(command, args, { cwd: "/", env, detached: true, stdio: ["ignore", "pipe", "pipe"] }));
  const inShell = { ...bare, PATH: `${bin}:${bare.PATH}` };

  const init = await run("aws-as", ["init"], inShell);
  assert.equal(init.status, 0, init.stderr);
  assert.match(init.stderr, /^aws-as: warning: Node\.js is run from nvm \(.*\): this path is gone after/);
  const login = await run("aws-as", ["login", "my-role1", "--code", fake.code(one.mfaSerial)], inShell);
  assert.equal(login.status, 0, login.stderr);

  const line =
    /^\[profile as-my-role1\][^[]*?^credential_process = ([^\n]*)$/m.exec(home.config())?.[1] ?? "";
  assert.match(line, /^\/usr\/bin\/env( -u [A-Z_]+)+ /);
  assert.ok(line.endsWith(` ${bin}/node ${bin}/aws-as process my-role1`), line);
  for (const [program = "", ...words] of [line.split(" "), ["/bin/sh", "-c", line]]) {
    const answer = await run(program, words, bare);
    assert.deepEqual([answer.status, answer.stderr], [0, ""]);
    assert.equal(JSON.parse(answer.stdout).AccountId, one.account);
  }
  const activate = await run("aws-as-activate", [], inShell);
  assert.ok([0, 2].includes(activate.status ?? -1), activate.stderr);
  assert.equal((await run("aws-as", ["--version"], inShell)).stdout, "0.1.0\n");
  accessSync(join(prefix, "share/man/man1/aws-as.1"));
});

test("installed by npm without scripts, the keychain works", { skip: keyringSkip() }, async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ config: awsFilesOfOne({ endpointUrl: fake.url }).config });
  t.after(() => home.remove());
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const prefix = installIn(home, t);
  if (prefix === undefined) return;
  const env = { ...keyring.environment, HOME: home.path, AWS_AS_STORE: "keychain" };
  const run = (...args: string[]) =>
    ended(spawn(join(prefix, "bin", "aws-as"), args, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] }));
  const login = await run("login", "my-role1", "--code", fake.code(one.mfaSerial));
  assert.equal(login.status, 0, login.stderr);
  const answer = await run("process", "my-role1");
  assert.deepEqual([answer.status, answer.stderr], [0, ""]);
  assert.equal(fake.requests.counts()["GetSessionToken"], 1);
});
