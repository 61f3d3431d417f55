import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { ended, type Home, makeHome, programCall } from "../support/home.ts";

/** A person who keeps a log, and whose user has a session. */
async function scene(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfOne(), rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const { config } = awsFilesOfOne();
  const home = makeHome({ url: fake.url, config: `${config}\n[aws-as]\nlog = ~/.aws/aws-as/log.jsonl\n` });
  t.after(() => home.remove());
  home.env["HOME"] = home.path;
  delete home.env["AWS_AS_DIR"];
  const login = await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  return { fake, home, log: join(home.path, ".aws/aws-as/log.jsonl") };
}

/** Asks as an SDK does that finds the variables of `exec --renew`. */
const fetching = `const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } =
  process.env;
  require("node:http").get(url, { headers: { authorization } }, (reply) =>
    reply.setEncoding("utf8").on("data", (text) => console.log(reply.statusCode, text)));`;

const entriesOf = (log: string) =>
  readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

async function succeed(home: Home, args: readonly string[], env = {}): Promise<string> {
  const { status, stdout, stderr } = await home.run(args, { env });
  assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

test("each way out is in the log: when, for whom, cached or new, until when, who asked; and no secret", async (t) => {
  const { fake, home, log } = await scene(t);
  const documents = [
    await succeed(home, ["process", "my-role1"]),
    await succeed(home, ["process", "my-role1"]),
  ];
  const shell = JSON.parse(await succeed(home, ["env", "my-role1", "--format", "json"]));
  await succeed(home, ["switch", "bash", "my-role2"]);
  await succeed(home, ["env", "--renew", "--format", "json"], shell);
  await succeed(home, ["exec", "my-role1", "--", "true"]);

  await succeed(home, ["exec", "--renew", "my-role1", "--", process.execPath, "-e", fetching]);
  await succeed(home, ["exec", "--no-session", "my-user1", "--", "true"]);
  await succeed(home, ["console", "my-role2", "--print"]);
  assert.equal((await home.run(["process", "nobody"])).status, 1);

  const entries = entriesOf(log);
  assert.deepEqual(
    entries.map(({ way, identity, outcome, command }) => [way, identity, outcome, command]),
    [
      ["process", "my-role1", "new", null],
      ["process", "my-role1", "cached", null],
      ["env", "my-role1", "cached", null],
      ["switch", "my-role2", "new", null],
      ["renew", "my-role1", "new", null],
      ["exec", "my-role1", "cached", "true"],
      ["exec", "my-role1", "cached", "node"],
      ["exec", "my-user1", "cached", "true"],
      ["console", "my-role2", "cached", null],
    ],
  );
  const { AccessKeyId, Expiration } = JSON.parse(documents[0] ?? "");
  const [first] = entries;
  assert.deepEqual([first.key, first.expiration], [AccessKeyId.slice(-4), Expiration]);
  assert.deepEqual([first.pid, first.folder], [process.pid, home.path]);
  assert.match(first.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(entries.at(-2)?.expiration, null, "a long-term key has no end");
  const text = readFileSync(log, "utf8");
  const secrets = documents.flatMap((each) => {
    const { SecretAccessKey, SessionToken, AccessKeyId: id } = JSON.parse(each);
    return [SecretAccessKey, SessionToken, id];
  });
  for (const secret of [...secrets, one.secretAccessKey, one.accessKeyId, shell.AWS_SESSION_TOKEN])
    assert.ok(!text.includes(secret));
  assert.deepEqual([statSync(log).mode & 0o777, statSync(join(log, "..")).mode & 0o777], [0o600, 0o700]);

  // How a person reads it.
  const words = (await succeed(home, ["log", "--last", "2"])).split("\n");
  assert.match(words[0] ?? "", /Z {2}my-user1 {2}exec +long-term key +\S.* \(\d+\) for true, ~$/);
  assert.match(words[1] ?? "", /Z {2}my-role2 {2}console {2}cached, until \d\d:\d\d:\d\dZ {2}/);
  const count = async (...args: string[]) => (await succeed(home, ["log", ...args])).split("\n").length - 1;
  assert.deepEqual(
    [await count(), await count("--identity", "my-role2"), await count("--way", "process")],
    [9, 2, 2],
  );
  assert.deepEqual([await count("--since", "1h"), await count("--since", "2999-01-01")], [9, 0]);
  assert.deepEqual([await count("--program", "nothing"), await count("--refused")], [0, 0]);
  assert.equal(await succeed(home, ["log", "--json", "--last", "1"]), `${text.trim().split("\n").at(-1)}\n`);
  const wrong = await home.run(["log", "--since", "soon"]);
  assert.deepEqual([wrong.status, /takes a time such as 2h, 7d or 2026-01-31/.test(wrong.stderr)], [2, true]);
  assert.equal(fake.requests.counts()["GetSessionToken"], 1);
});

test("what cannot be logged is not handed out, and the error says how to go on", async (t) => {
  const { home, log } = await scene(t);
  await succeed(home, ["process", "my-role1"]);
  rmSync(log);
  mkdirSync(log);
  for (const args of [
    ["process", "my-role1"],
    ["env", "my-role1"],
    ["exec", "my-role1", "--", "echo", "ran"],
    ["exec", "--no-session", "my-user1", "--", "echo", "ran"],
    ["console", "my-role1", "--print"],
  ]) {
    const { status, stdout, stderr } = await home.run(args);
    assert.deepEqual([status, stdout.replace(/^false;?\n?$/, "")], [1, ""], args.join(" "));
    assert.match(
      stderr,
      /^aws-as: error: .*config:\d+: nothing is handed out that is not in the log: cannot write/,
    );
  }

  const served = await succeed(home, ["exec", "--renew", "my-role1", "--", process.execPath, "-e", fetching]);
  assert.match(
    served,
    /^503 \{"code":"Unavailable","message":"aws-as: \S+:\d+: nothing is handed out that is not in the log/,
  );
  assert.equal((await home.run(["login", "my-role1"])).status, 0, "nothing leaves the store");
});

test("without a log the command says how to have one, and lines of nobody are passed over", async (t) => {
  const { home, log } = await scene(t);
  home.writeConfig(home.config().replace(/^log = .*$/m, ""));
  const none = await home.run(["log"]);
  assert.match(
    none.stderr,
    /hint: in .*config, in the section \[aws-as\], write: log = ~\/.aws\/aws-as\/log.jsonl\n/,
  );
  await succeed(home, ["process", "my-role1"]);
  home.writeConfig(home.config().replace("[aws-as]\n", "[aws-as]\nlog = log.jsonl\n"));
  assert.match((await home.run(["process", "my-role1"])).stderr, /log = log.jsonl is not a whole path/);
  writeFileSync(log, "");
  assert.equal((await home.run(["log", "--file", log])).stderr, "aws-as: nothing is logged yet\n");
  writeFileSync(log, '{"version":1,"ti\n');
  home.writeConfig(home.config().replace("log = log.jsonl", "log = ~/.aws/aws-as/log.jsonl"));
  await succeed(home, ["process", "my-role1"]);
  const { stdout, stderr } = await home.run(["log"]);
  assert.deepEqual(
    [stdout.split("\n").length, stderr],
    [2, "aws-as: warning: 1 line of the log cannot be read\n"],
  );
  const other = await home.run(["log", "--refused"]);
  assert.match(other.stderr, /^aws-as: no line of the log is of that kind$/m);
});

test("many processes at once have a line each, with the program that asked", async (t) => {
  const { home, log } = await scene(t);
  await succeed(home, ["process", "my-role1"]);
  const [node, words] = programCall("process", "my-role1");
  const line = `${[node, ...words].map((word) => `'${word}'`).join(" ")} >/dev/null; :`;
  const runs = Array.from({ length: 8 }, () =>
    ended(spawn("sh", ["-c", line], { env: home.env, cwd: home.path, stdio: ["ignore", "pipe", "pipe"] })),
  );
  for (const { stderr } of await Promise.all(runs)) assert.equal(stderr, "");
  const entries = entriesOf(log);
  assert.equal(entries.length, 9);
  // `sh -c` is how clients start us: they are who asks.
  for (const { pid, program } of entries) assert.deepEqual([pid, program], [process.pid, entries[0].program]);
});
