import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { version } from "../../src/cli/version.ts";
import type { jsonReport } from "../../src/commands/doctor/report.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { systemClock } from "../../src/system/clock.ts";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { worldOfOne } from "../support/aws/world-of-one.ts";
import { startFakeAgent } from "../support/fake-agent.ts";
import { type Home, type HomeOptions, makeHome, program, programCall } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";
import { nuProgram } from "../support/shells/nushell.ts";
import { startSshAgent, withoutSshAgent } from "../support/ssh-agent.ts";

/** Milliseconds that doctor may take, whatever hangs; more on a machine that is busy with other tests. */
const limit = 60_000;

interface Report {
  readonly version: number;
  readonly broken: number;
  readonly warnings: number;
  readonly notes: number;
  readonly findings: readonly {
    readonly id: string;
    readonly severity: string;
    readonly what: string;
    readonly at: { readonly file: string; readonly line: number | null } | null;
    readonly mend: string;
  }[];
  readonly checked: readonly string[];
}

async function scene(t: TestContext, options: HomeOptions = {}) {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, ...options });
  t.after(() => home.remove());
  return { fake, home };
}

/** Runs doctor, and looks at what always holds. */
async function doctor(home: Home, ...words: string[]): Promise<Report & { readonly status: number | null }> {
  const began = performance.now();
  const { status, stdout, stderr } = await home.run(["doctor", "--json", ...words]);
  assert.ok(performance.now() - began < limit, `${performance.now() - began} ms`);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as Report;
  assert.equal(status, report.broken > 0 ? 1 : 0);
  assert.equal(stdout, `${JSON.stringify(JSON.parse(stdout))}\n` satisfies ReturnType<typeof jsonReport>);
  return { ...report, status };
}

const ids = ({ findings }: Report): string[] => findings.map(({ id }) => id);
/** Without what every home of these tests has: a program in a folder of its version, and the user's key in plain text. */
const lasting = (report: Report): string[] =>
  ids(report).filter((id) => !["program-will-move", "key-in-plain-text"].includes(id));

test("after init nothing is broken, and the report says what was looked at", async (t) => {
  const { home, fake } = await scene(t);
  assert.equal((await home.run(["init", "--offline"])).status, 0);
  const report = await doctor(home);
  assert.deepEqual([report.status, lasting(report)], [0, []]);
  assert.ok(report.checked.includes("the store"));
  const { status, stdout, stderr } = await home.run(["doctor"]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(
    stdout,
    /^note {2}~\/\.aws\/credentials:\d+: the long-term key of "my-user1" is in plain text\n.*\n {2}fix: aws-as keys import my-user1 /m,
  );
  assert.equal(fake.requests.counts()["GetSessionToken"], undefined);
});

const canaries = [
  "AKIAQCANARYQCANARYQ1",
  "canary/key+Zx81QhWkTgPl0vBn3RmYe5UsDfC",
  "Kq7canaryLine+of/a/broken/secretXw2zT9u",
];
const messy = [
  `aws_secret_access_key = ${canaries[1]}`,
  "[default]",
  "region = eu-west-1 # home",
  "  output = json",
  `${canaries[2]}`,
  `[default aws_secret_access_key = ${canaries[1]}`,
  "[profile my-user1]",
  `  ${canaries[2]}`,
  `mfa_serial = x`,
  `  ${canaries[2]}`,
  "[profile my-role1]",
  "role_arn = arn:aws:iam::111111111111:role/my-role1",
  "source_profile = my-user1",
  `  ${canaries[2]}`,
  "[profile my-role1]",
  `external_id = ${canaries[2]} # x`,
  `${canaries[2]}= x`,
  `${canaries[2]}= x`,
  "[profile as-my-role1]",
  "credential_process = ~/aws-as process my-role1",
  `sso_session = ${canaries[2]?.slice(0, 10)}`,
  "[aws-as my-user1]",
  `${canaries[2]} = x`,
  `mfa_process = oathtool --totp ${canaries[1]} | head`,
  `[${canaries[2]}]`,
].join("\n");

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const { mode, mtimeMs, size } = statSync(path);
      const content = statSync(path).isFile()
        ? createHash("sha256").update(readFileSync(path)).digest("hex")
        : "";
      return [name, mode, mtimeMs, size, content].join(" ");
    });
}

test("over a messy home it shows no secret, changes nothing, and goes on to the end", async (t) => {
  const { home } = await scene(t, { config: messy });
  writeFileSync(
    home.credentialsFile,
    `[my-user1]\naws_access_key_id = ${canaries[0]}\naws_secret_access_key = ${canaries[1]}\n${canaries[2]}\n`,
  );
  chmodSync(home.credentialsFile, 0o644);
  const env = {
    AWS_ACCESS_KEY_ID: canaries[0],
    AWS_SECRET_ACCESS_KEY: canaries[1],
    AWS_SESSION_TOKEN: canaries[2],
    AWS_PROFILE: "nobody",
    AWS_AS_MFA_CODE: "123456",
    AWS_AS_PASSPHRASE: canaries[1],
    HTTPS_PROXY: `http://me:${canaries[1]?.replaceAll("/", "%2F")}@:99999`,
    https_proxy: `socks5://me:${canaries[2]}@proxy`,
  };
  const before = filesOf(home.path);
  const runs = await Promise.all([
    home.run(["doctor"], { env }),
    home.run(["doctor", "--json"], { env }),
    home.run(["doctor"], { env: { ...env, AWS_AS_DEBUG: "1" } }),
  ]);
  assert.deepEqual(filesOf(home.path), before);
  for (const { status, stdout, stderr } of runs) {
    assert.deepEqual([status, stderr], [1, ""]);
    for (const canary of canaries) {
      // The last four characters of a key's id are no secret.
      for (const part of [canary.slice(0, 14), canary.slice(8, 24)])
        assert.ok(!stdout.includes(part), stdout);
    }
  }
  const { findings } = JSON.parse(runs[1]?.stdout ?? "") as Report;
  const found = new Set(findings.map(({ id }) => id));
  for (const id of [
    "file-syntax",
    "inline-comment",
    "indented-key",
    "duplicate-section",
    "duplicate-key",
    "process-needs-shell",
    "process-beside-sso",
    "file-open-to-others",
    "env-profile-missing",
    "env-keys-and-profile",
    "proxy-unusable",
  ]) {
    assert.ok(found.has(id), `${id} is missing in ${[...found]}`);
  }
  assert.ok(findings.every(({ what, mend }) => what !== "" && mend !== ""));
});

test("a clock that is ten minutes off is broken, and half a minute is a note", async (t) => {
  const { home, fake } = await scene(t);
  fake.advance(-10 * 60_000);
  const skewed = await doctor(home);
  const found = skewed.findings.find(({ id }) => id === "clock-skew");
  assert.match(found?.what ?? "", /10 min ahead of AWS's: .*Z here, .*Z at 127\.0\.0\.1/);
  fake.advance(9.5 * 60_000);
  assert.ok(ids(await doctor(home)).includes("clock-drift"));
});

test("--offline asks nobody, and says what it left out", async (t) => {
  const { home, fake } = await scene(t);
  fake.advance(-10 * 60_000);
  const report = await doctor(home, "--offline");
  assert.equal(fake.requests.all.length, 0);
  assert.deepEqual([report.status, ids(report).includes("not-checked")], [0, true]);
});

function listening(t: TestContext, server: Server): Promise<number> {
  t.after(() => server.close());
  return new Promise((done) =>
    server.listen(0, "127.0.0.1", () => done((server.address() as AddressInfo).port)),
  );
}

test("a proxy that is dead, or never answers, is named within the time limit", async (t) => {
  const { home } = await scene(t);
  home.env["http_proxy"] = "http://me:canary-password@127.0.0.1:1";
  const dead = await doctor(home);
  assert.match(
    dead.findings.find(({ id }) => id === "sts-unreachable")?.what ?? "",
    /^the proxy 127\.0\.0\.1:1 refused the connection$/,
  );
  const port = await listening(
    t,
    createServer(() => undefined),
  );
  home.env["http_proxy"] = `http://127.0.0.1:${port}`;
  const hung = await doctor(home);
  const found = hung.findings.find(({ id }) => id === "sts-unreachable");
  assert.match(found?.what ?? "", new RegExp(`no answer from .*127\\.0\\.0\\.1:${port} within 5 s`));
  assert.ok(!JSON.stringify([dead, hung]).includes("canary"));
});

test("a CA bundle that is none is named, and no request is blamed", async (t) => {
  const { home } = await scene(t);
  home.env["AWS_CA_BUNDLE"] = join(home.path, "gone.pem");
  const report = await doctor(home);
  assert.deepEqual(
    report.findings.filter(({ severity }) => severity === "broken").map(({ id }) => id),
    ["ca-bundle-unusable"],
  );
});

test("under the guard, where every other command refuses to run, doctor runs and says so", async (t) => {
  const { home } = await scene(t);
  home.env["AWS_AS_GUARD"] = "1";
  assert.ok(ids(await doctor(home)).includes("env-guard"));
});

test("a configuration that is a folder, or not there at all, is looked past", async (t) => {
  const { home } = await scene(t);
  rmSync(home.configFile);
  mkdirSync(home.configFile);
  const report = await doctor(home);
  assert.ok(ids(report).includes("file-unreadable"));
  rmSync(join(home.path, ".aws"), { recursive: true });
  assert.equal((await doctor(home)).broken, 0);
});

const keychain = { AWS_AS_STORE: undefined, AWS_AS_PASSPHRASE: undefined };

test("a keyring that is locked, hangs, or is gone is told apart, and nobody is asked", {
  skip: keyringSkip(),
}, async (t) => {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  const { home } = await scene(t, { env: { ...keychain, DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } });
  const stores = async () => ids(await doctor(home)).filter((id) => id.includes("store"));
  assert.deepEqual(await stores(), []);
  await keyring.answerQuestions("dismiss");
  await keyring.lock();
  assert.deepEqual(await stores(), ["store-locked"]);
  assert.equal(keyring.questions(), 0);
  keyring.freeze();
  assert.deepEqual(await stores(), ["store-broken"]);
  keyring.thaw();
  await keyring.killBus();
  assert.deepEqual(await stores(), ["store-not-set-up"]);
});

test("an ssh-agent that hangs holds doctor up no longer than anything else", {
  skip: withoutSshAgent(),
}, async (t) => {
  const agent = await startSshAgent();
  t.after(() => agent.stop());
  agent.add("-q", agent.makeKey("key"));
  const { home } = await scene(t, { env: { AWS_AS_PASSPHRASE: undefined, SSH_AUTH_SOCK: agent.socket } });
  const { unlocking } = fileStore({
    folder: join(home.path, ".aws", "aws-as", "store"),
    userId: process.getuid?.(),
    clock: systemClock,
    passphrase: async () => assert.fail("nobody has a passphrase"),
    agent: { socket: agent.socket, platform: process.platform },
  });
  await unlocking.add({ kind: "ssh-agent" });
  assert.ok(!ids(await doctor(home)).includes("file-store-closed"));
  const hung = await startFakeAgent(t, () => undefined);
  home.env["SSH_AUTH_SOCK"] = hung.socket;
  const report = await doctor(home);
  assert.match(
    report.findings.find(({ id }) => id === "file-store-closed")?.what ?? "",
    /no answer|did not answer/,
  );
});

test("functions of a shell say their version, and older ones are found", async (t) => {
  const { home } = await scene(t);
  const recorder = join(home.path, "recorder");
  const telling =
    "console.log(process.env.AWS_AS_FUNCTIONS, ...process.argv.slice(2).filter((word) => word !== __filename));";
  writeFileSync(recorder, `#!${process.execPath}\n${telling}\n`, { mode: 0o755 });
  const code = (option: string) => execFileSync(...programCall(option), { env: home.env, encoding: "utf8" });
  const recording = (shell: string) => code(`--shell=${shell}`).replaceAll(program, recorder);
  const bourne = `${code("-s")}\n__aws_as_node=env __aws_as_program=$PWD/recorder; aws-as doctor x; echo "\${AWS_AS_FUNCTIONS-none}"\n`;
  const scripts: Record<string, string> = {
    bash: bourne,
    zsh: bourne,
    fish: `${recording("fish")}\naws-as doctor x; set -q AWS_AS_FUNCTIONS; or echo none\n`,
    tcsh: `${code("-c")}\nset __aws_as_program=$PWD/recorder; aws-as doctor x\nif ($?AWS_AS_FUNCTIONS == 0) echo none\n`,
    elvish: `${recording("elvish")}\naws-as doctor x; if (not (has-env AWS_AS_FUNCTIONS)) { echo none }\n`,
    xonsh: `${recording("xonsh")}\naws-as doctor x\nprint("none" if "AWS_AS_FUNCTIONS" not in __xonsh__.env else "")\n`,
    [nuProgram]: `${recording("nu")}\naws-as doctor x\nif AWS_AS_FUNCTIONS not-in $env { print none }\n`,
  };
  // xonsh looks for the program's own words behind those of the recorder's interpreter.
  if (!program.endsWith(".cjs")) delete scripts["xonsh"];
  for (const [shell, script] of Object.entries(scripts)) {
    if (!installed(shell, t)) return;
    writeFileSync(join(home.path, "script"), script);
    const env = { ...home.env, PWD: home.path };
    const { stdout } = spawnSync(shell, ["script"], { cwd: home.path, env, encoding: "utf8" });
    assert.equal(stdout, `${version} doctor x\nnone\n`, shell);
  }
  home.env["AWS_AS_FUNCTIONS"] = version;
  assert.ok(!ids(await doctor(home, "--offline")).includes("shell-functions-old"));
  home.env["AWS_AS_FUNCTIONS"] = "0.0.1";
  assert.ok(ids(await doctor(home, "--offline")).includes("shell-functions-old"));
});

test("functions that take a newer command for a name get told what it is", async (t) => {
  const { home } = await scene(t);
  const { status, stdout, stderr } = await home.run(["switch", "sh", "doctor"]);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /no profile "doctor"/);
  assert.match(
    stderr,
    /hint: "doctor" is a command of this aws-as; the functions in this shell may be older/,
  );
  // And a slip in a command is a name to them.
  const slip = await home.run(["switch", "sh", "lst"]);
  assert.match(slip.stderr, /no profile "lst".*\naws-as: hint: did you mean aws-as list\?\n/);
});
