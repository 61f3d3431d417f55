import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, readOnlyOfOne, worldOfOne } from "../support/aws/world-of-one.ts";
import { ended, makeHome, started } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { withoutAgent } from "../support/no-agent.ts";

const guarded = `
[aws-as]
log = ~/log

[aws-as my-role1]
agents = no
${readOnlyOfOne}
[aws-as my-role2]
session_name = {user}-{agent}
`;

async function scene(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfOne(), rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config: awsFilesOfOne().config + guarded });
  t.after(() => home.remove());
  home.env["HOME"] = home.path;
  const login = await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  const log = () =>
    readFileSync(join(home.path, "log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  return { fake, home, log };
}

const claude = { CLAUDECODE: "1" };

test("what is not for agents is refused to one by every way, with what it may have instead", async (t) => {
  if (!withoutAgent(t)) return;
  const { home, log } = await scene(t);
  const shell = await home.run(["env", "my-role1", "--format", "json"]);
  assert.equal(shell.status, 0, shell.stderr);
  const acting = JSON.parse(shell.stdout);
  const calls: [string[], Record<string, string>?][] = [
    [["process", "my-role1"]],
    [["env", "my-role1"]],
    [["switch", "bash", "my-role1"]],
    [["exec", "my-role1", "--", "echo", "ran"]],
    [["exec", "--renew", "my-role1", "--", "echo", "ran"]],
    [["console", "my-role1", "--print"]],
    [["env", "--renew"], acting],
    [["serve", "--socket", join(home.path, "socket"), "my-role1"]],
  ];
  for (const [args, more] of calls) {
    const { status, stdout, stderr } = await home.run(args, { env: { ...claude, ...more } });
    assert.deepEqual([status, stdout.replace(/^false;?\n?/, "")], [1, ""], args.join(" "));
    assert.match(
      stderr,
      /^aws-as: error: "my-role1" is not for coding agents \(~\/.aws\/config:\d+\), and claude-code asks: CLAUDECODE is in its environment\n/,
    );
    assert.match(stderr, /\naws-as: hint: what an agent may have: aws-as exec my-role1-ro -- COMMAND\n/);
  }
  const explained = await home.run(["explain", "my-role1"]);
  assert.match(explained.stdout, /note: +nothing is handed out to coding agents \(~\/.aws\/config:\d+\)\n/);
  // The hint, as the agent follows it.
  const limited = await home.run(["exec", "my-role1-ro", "--", "echo", "ran"], { env: claude });
  assert.deepEqual([limited.status, limited.stdout], [0, "ran\n"], limited.stderr);
  const person = await home.run(["exec", "my-role1", "--", "echo", "ran"]);
  assert.equal(person.stdout, "ran\n");
  const entries = log().map(({ way, identity, outcome, agent }) => `${way} ${identity} ${outcome} ${agent}`);
  assert.deepEqual(entries.slice(1), [
    ...["process", "env", "env", "exec", "exec", "console", "env", "serve"].map(
      (way) => `${way} my-role1 refused claude-code`,
    ),
    "exec my-role1-ro new claude-code",
    "exec my-role1 cached null",
  ]);
  const refused = await home.run(["log", "--refused", "--agent", "claude-code", "--last", "1"]);
  assert.match(
    refused.stdout,
    / my-role1 {2}serve {2}refused {2}.* agent claude-code, .*: "my-role1" is not for coding agents /,
  );
});

test("an agent is known by the process above it, where its variables were taken away", async (t) => {
  if (!withoutAgent(t) || process.platform !== "linux") return;
  const { home } = await scene(t);
  const words = [...started(), "process", "my-role1"];
  const run = await ended(
    spawn("sh", ["-c", 'env -u CODEX_THREAD_ID "$@"; echo $?', "sh", ...words], {
      env: { ...home.env, CODEX_THREAD_ID: "7" },
      cwd: home.path,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  assert.equal(run.stdout, "1\n");
  assert.match(run.stderr, /and codex asks: CODEX_THREAD_ID is in the environment of process \d+\n/);
});

test("a session's name says which agent it is for, and no two share a session", async (t) => {
  if (!withoutAgent(t)) return;
  const { fake, home } = await scene(t);
  const key = async (name: string, env = {}) => {
    const { status, stdout, stderr } = await home.run(["process", name], { env });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout).AccessKeyId;
  };
  const user = (await home.run(["explain", "my-role2", "--json"])).stdout;
  const { role } = JSON.parse(user).steps.at(-1);
  assert.equal(role.sessionNameFrom, "session_name");
  const keys = [];
  for (const env of [{}, claude, { CODEX_THREAD_ID: "7" }, claude, {}]) keys.push(await key("my-role2", env));
  assert.deepEqual([keys[3], keys[4], new Set(keys).size], [keys[1], keys[0], 3]);
  assert.deepEqual(
    fake.requests.of("AssumeRole").map(({ parameters }) => parameters["RoleSessionName"]),
    [role.sessionName, `${role.sessionName}-claude-code`, `${role.sessionName}-codex`],
    "one AssumeRole for each agent",
  );
  // Where a session is narrowed, it keeps its name, and the description says who it is for.
  for (const env of [{}, claude, claude]) await key("my-user1-ro", env);
  assert.deepEqual(
    fake.requests.of("GetScopedCredentials").map(({ parameters }) => parameters["ScopedSessionDescription"]),
    [
      `aws-as my-user1-ro, for ${role.sessionName}`,
      `aws-as my-user1-ro, for ${role.sessionName}, by claude-code`,
    ],
  );
});

test("a socket is served to who is no agent", async (t) => {
  if (!withoutAgent(t) || !installed("curl", t) || !installed("ss", t)) return;
  const { home, log } = await scene(t);
  const socket = join(home.path, "socket");
  const child = home.start(["serve", "--socket", socket, "my-role1", "my-role1-ro"]);
  for await (const text of child.stderr ?? []) if (String(text).includes("serving")) break;
  const ask = async (name: string, env = {}) => {
    const words = ["--silent", "--unix-socket", socket, `http://localhost/${name}`];
    const options = {
      env: { ...home.env, ...env },
      stdio: ["ignore", "pipe", "pipe"] as ("ignore" | "pipe")[],
    };
    return JSON.parse((await ended(spawn("curl", words, options))).stdout);
  };
  assert.match((await ask("my-role1")).AccessKeyId, /^ASIA/);
  assert.match(
    (await ask("my-role1", claude)).message,
    /"my-role1" is not for coding agents .* claude-code asks/,
  );
  assert.match((await ask("my-role1-ro", claude)).AccessKeyId, /^ASIA/);
  child.kill();
  assert.deepEqual(
    log().map(({ identity, outcome, agent }) => [identity, outcome, agent]),
    [
      ["my-role1", "cached", null],
      ["my-role1", "refused", "claude-code"],
      ["my-role1-ro", "cached", "claude-code"],
    ],
  );
});
