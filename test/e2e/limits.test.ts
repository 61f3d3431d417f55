import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import test, { type TestContext } from "node:test";
import { ListAccessKeysCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { type ClientKey, iamFor, stsFor } from "../support/aws/sdk-clients.ts";
import { awsFilesOfOne, one, policy, readOnlyOfOne, worldOfOne } from "../support/aws/world-of-one.ts";
import { type Home, makeHome } from "../support/home.ts";
import { clockInFile, laterBy } from "../support/later.ts";
import { withoutLong } from "../support/long.ts";

const limits = `${readOnlyOfOne}
[aws-as my-role1-list]
limits = my-role1
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]}

[aws-as my-role1-soon]
limits = my-role1-ro
duration_seconds = 300
`;

/** A role and a user that may do everything with keys, so that what a session may not do is the limit's doing. */
async function scene(t: TestContext, more = "") {
  const world = worldOfOne();
  const [account] = world.accounts;
  account?.users[0]?.policies.push(policy("Allow", "iam:*"));
  account?.roles[0]?.policies.push(policy("Allow", "iam:*"));
  const fake = await startFakeAws({ world, rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config: awsFilesOfOne().config + limits + more });
  t.after(() => home.remove());
  const login = async () => {
    const run = await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
    assert.equal(run.status, 0, run.stderr);
  };
  return { fake, home, login };
}

async function keyFor(home: Home, name: string): Promise<ClientKey & { until: number }> {
  const { status, stdout, stderr } = await home.run(["process", name]);
  assert.equal(status, 0, stderr);
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = JSON.parse(stdout);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    until: Date.parse(Expiration),
  };
}

/** What AWS lets a key do: read, write, and become another role. */
async function power(fake: FakeAws, key: ClientKey): Promise<string> {
  const can = async (what: string, call: () => Promise<unknown>) => {
    try {
      await call();
      return [what];
    } catch (error) {
      assert.match((error as Error).name, /AccessDenied/);
      return [];
    }
  };
  const iam = iamFor(fake, key);
  const found = [
    await can("read", () => iam.send(new ListAccessKeysCommand({ UserName: "my-user1" }))),
    await can("write", () =>
      iam.send(
        new UpdateAccessKeyCommand({ UserName: "my-user1", AccessKeyId: one.accessKeyId, Status: "Active" }),
      ),
    ),
    await can("become role3", () =>
      stsFor(fake, key).send(new AssumeRoleCommand({ RoleArn: one.role3, RoleSessionName: "try" })),
    ),
  ];
  return found.flat().join(", ");
}

test("a limited role and a limited user have less power, under names of their own, with one code", async (t) => {
  const { fake, home, login } = await scene(t);
  await login();
  const powers = async () => ({
    role: await power(fake, await keyFor(home, "my-role1")),
    readOnly: await power(fake, await keyFor(home, "my-role1-ro")),
    list: await power(fake, await keyFor(home, "my-role1-list")),
    user: await power(fake, await keyFor(home, "my-user1-ro")),
  });
  const expected = { role: "read, write, become role3", readOnly: "read", list: "read", user: "read" };
  assert.deepEqual(await powers(), expected);
  const counts = fake.requests.counts();
  assert.deepEqual(
    [counts["GetSessionToken"], counts["GetScopedCredentials"], counts["AssumeRole"]],
    [1, 1, 3 + 4],
    "a role is limited by the call that assumes it",
  );
  // From the store.
  assert.deepEqual(await powers(), expected);
  const user = await keyFor(home, "my-user1-ro");
  const { Arn } = await stsFor(fake, user).send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, one.userArn);
});

test("a generated profile of a limited identity is as limited", async (t) => {
  const { fake, home, login } = await scene(t);
  await login();
  const added = await home.run(["init", "my-role1-ro"]);
  assert.equal(added.status, 0, added.stderr);
  assert.equal(await power(fake, await keyFor(home, "as-my-role1-ro")), "read");
  const env = await home.run(["env", "my-role1-ro", "--format", "json"]);
  assert.equal(env.status, 0, env.stderr);
  const said = JSON.parse(env.stdout);
  assert.equal(
    await power(fake, {
      accessKeyId: said.AWS_ACCESS_KEY_ID,
      secretAccessKey: said.AWS_SECRET_ACCESS_KEY,
      sessionToken: said.AWS_SESSION_TOKEN,
    }),
    "read",
  );
});

test("limits lie on each other, shorten a life, and end with what they limit", async (t) => {
  const { fake, home, login } = await scene(t);
  await login();
  const soon = await keyFor(home, "my-role1-soon");
  assert.equal(await power(fake, soon), "read");
  const left = (soon.until - fake.now()) / 1000;
  assert.ok(left > 200 && left <= 300, String(left));
});

/** The variables with which a shell would go on, by what `env` and `switch` say. */
async function shellAfter(home: Home, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = await home.run([...args, "--format", "json"], { env });
  assert.equal(status, 0, stderr);
  const set = Object.entries(JSON.parse(stdout) as Record<string, string | null>);
  const kept = set.filter((each): each is [string, string] => each[1] !== null);
  return { ...env, ...Object.fromEntries(kept) };
}

const keyOf = (env: Readonly<Record<string, string>>): ClientKey => ({
  accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
  secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
  sessionToken: env["AWS_SESSION_TOKEN"] ?? "",
});

test("a shell that is limited by an option stays limited when it renews, in what it starts, and by its name", async (t) => {
  const { fake, home, login } = await scene(t);
  await login();
  const name = "my-role1:limit=read-only";
  // The session without a limit is in the store.
  assert.match(await power(fake, await keyFor(home, "my-role1")), /write/);
  const shell = await shellAfter(home, ["env", "my-role1", "--limit", "read-only"]);
  assert.equal(shell["AWS_AS_IDENTITY"], name);
  assert.equal(await power(fake, keyOf(shell)), "read");

  const renewed = await shellAfter(home, ["env", "--renew"], shell);
  assert.notEqual(renewed["AWS_ACCESS_KEY_ID"], shell["AWS_ACCESS_KEY_ID"]);
  assert.equal(renewed["AWS_AS_IDENTITY"], name);
  assert.equal(await power(fake, keyOf(renewed)), "read");

  // What a shell in it, a command and a configuration would ask for by that name.
  assert.equal(await power(fake, await keyFor(home, name)), "read");
  const print = ["--", "sh", "-c", "env | grep ^AWS_ | sort"];
  for (const words of [[], ["my-role1", "--limit", "read-only"]]) {
    const run = await home.run(["exec", ...words, ...print], { env: renewed });
    assert.match(run.stdout, /^AWS_AS_IDENTITY=my-role1:limit=read-only$/m, run.stderr);
    const inside = run.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2));
    assert.equal(await power(fake, keyOf(Object.fromEntries(inside))), "read");
  }

  const switched = async (words: readonly string[], env: Record<string, string>) => {
    const run = await home.run(["switch", "bash", ...words], { env });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout;
  };
  // The functions hand on a memory, and ask before a prompt.
  const later = laterBy("55m", t);
  const due = await switched(["--due"], { ...renewed, ...later, AWS_AS_MEMORY: "" });
  const code = `${due}\nprintf '%s\\n' "$AWS_AS_IDENTITY" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$__aws_as_shown"`;
  const said = execFileSync("bash", ["-c", code], { env: renewed, encoding: "utf8" }).split("\n");
  const [identity, accessKeyId = "", secretAccessKey = "", sessionToken = "", shown] = said;
  assert.deepEqual([identity, shown], [name, "my-role1:read-only"]);
  assert.notEqual(accessKeyId, renewed["AWS_ACCESS_KEY_ID"]);
  assert.equal(await power(fake, { accessKeyId, secretAccessKey, sessionToken }), "read");
  const elsewhere = await switched(["my-user1"], { ...renewed, AWS_AS_MEMORY: "" });
  const memory = /__aws_as_memory=\S*?(previous=[^\s':;]+)/.exec(elsewhere)?.[1] ?? assert.fail(elsewhere);
  const back = await switched(["--previous"], { AWS_AS_MEMORY: memory });
  assert.match(back, /my-role1:limit=read-only/);
});

test("a policy file limits what is limited already, and is read anew each time", async (t) => {
  const { fake, home, login } = await scene(t);
  await login();
  home.env["HOME"] = home.path;
  const file = join(home.path, "list.json");
  const allow = (action: string) =>
    writeFileSync(
      file,
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
      }),
    );
  allow("iam:*");
  const env = (args: readonly string[]) => home.run(["env", ...args, "--format", "json"], { cwd: home.path });
  const shell = JSON.parse((await env(["my-role1-ro", "--policy", "list.json"])).stdout);
  assert.equal(shell.AWS_AS_IDENTITY, `my-role1-ro:limit=${file}`);
  assert.equal(await power(fake, keyOf(shell)), "read", "both limits hold");
  allow("s3:*");
  const again = JSON.parse((await env(["my-role1-ro", "--policy", "list.json"])).stdout);
  assert.equal(await power(fake, keyOf(again)), "");
  const deep = await env(["my-role1-ro", "--limit", "read-only", "--policy", "list.json"]);
  assert.equal(await power(fake, keyOf(JSON.parse(deep.stdout))), "");
  const refused = async (args: readonly string[], why: RegExp) => {
    const { status, stdout, stderr } = await env(args);
    assert.deepEqual([status, stdout], [args.includes("nothing.json") ? 1 : 2, ""], stderr);
    assert.match(stderr, why);
  };
  await refused(["my-role1", "--policy", "nothing.json"], /the policy "\/.*nothing.json" is not there/);
  await refused(["my-role1", "--limit", "read"], /--limit takes read-only, and not "read"/);
  await refused(["my-role1", "--policy", ""], /--policy takes the path of a file/);
  await refused(["-", "--limit", "read-only"], /nobody can do nothing already/);
  await refused(["--renew", "--limit", "read-only"], /no identity is named/);
  const key = await home.run(["exec", "--no-session", "my-user1", "--limit", "read-only", "--", "true"]);
  assert.match(key.stderr, /--no-session takes the name of a user, and none of/);
});

test("where AWS does not narrow, nothing is handed out", async (t) => {
  const { fake, home, login } = await scene(t);
  await login();
  fake.rules.scopedCredentials = "unknown";
  const unknown = await home.run(["process", "my-user1-ro"]);
  assert.deepEqual([unknown.status, unknown.stdout], [1, ""]);
  assert.match(unknown.stderr, /GetScopedCredentials/);
  delete fake.rules.scopedCredentials;
  assert.equal(await power(fake, await keyFor(home, "my-user1-ro")), "read");
});

test("what AWS would refuse is refused at once, with the line", async (t) => {
  const layers = ["a", "b", "c", "d"].map(
    (name, index, all) =>
      `[aws-as ${name}]\nlimits = ${all[index - 1] ?? "my-user1"}\nduration_seconds = 900\n`,
  );
  const { home, login } = await scene(
    t,
    `
[aws-as nothing]
limits = my-role1

[aws-as managed]
limits = my-user1
policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess

[aws-as lost]
limits = nobody
policy = read-only

[aws-as file]
limits = my-role1
policy = ~/policies/list.json

[aws-as relative]
limits = my-role1
policy = list.json

[aws-as short]
limits = my-role1
duration_seconds = 10

[aws-as both]
limits = my-role1
policy = read-only
role_arn = ${one.role2}

[profile above]
role_arn = ${one.role3}
source_profile = my-role1-ro

${layers.join("\n")}`,
  );
  await login();
  const refused = async (name: string) => {
    const { status, stdout, stderr } = await home.run(["process", name]);
    assert.deepEqual([status, stdout], [1, ""], name);
    return stderr;
  };
  assert.match(await refused("nothing"), /config:\d+: profile "nothing" limits "my-role1" by nothing/);
  assert.match(await refused("managed"), /which AWS takes only where a role is assumed/);
  assert.match(await refused("lost"), /profile "lost" limits "nobody", and there is no such profile/);
  assert.match(await refused("file"), /the policy "~\/policies\/list.json" is not there/);
  assert.match(await refused("relative"), /neither a document in JSON, nor a whole path/);
  assert.match(await refused("short"), /not a whole number from 120 to 129600/);
  assert.match(await refused("both"), /role_arn beside limits/);
  assert.match(
    await refused("above"),
    /takes its credentials from "my-role1-ro", which is limited: the role would not be/,
  );
  assert.match(await refused("d"), /"d" is limited more than 3 times over/);

  const folder = join(home.path, "policies");
  mkdirSync(folder);
  home.env["HOME"] = home.path;
  const write = (text: string) => writeFileSync(join(folder, "list.json"), text);
  write("{");
  assert.match(await refused("file"), /is not JSON/);
  write(JSON.stringify({ Statement: [], Id: "x".repeat(3000) }));
  assert.match(await refused("file"), /has 30\d\d characters, and AWS takes 2048 at most/);
  write(
    '{ "Version": "2012-10-17",\n "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"} }\n',
  );
  const { status, stderr } = await home.run(["process", "file"]);
  assert.equal(status, 0, stderr);
});

test("list and explain mark it", async (t) => {
  const { home, login } = await scene(t);
  await login();
  await keyFor(home, "my-user1-ro");
  const explained = await home.run(["explain", "my-user1-ro"]);
  assert.match(explained.stdout, /my-user1-ro: limited/);
  assert.match(explained.stdout, /2\. GetScopedCredentials.*\n.*as far as the ready policy read-only allows/);
  const role = await home.run(["explain", "my-role1-ro"]);
  assert.match(role.stdout, /my-role1-ro: role my-role1, limited/);
  assert.match(role.stdout, /arn:aws:iam::aws:policy\/ReadOnlyAccess/);
  const list = await home.run(["list"]);
  assert.match(list.stdout, /^my-role1-ro\tlimited\t111111111111\t/m);
});

/** What a socket answers, over connections that stay open. */
function asker(socket: string): { ask(name: string): Promise<ClientKey>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 40 });
  const ask = async (name: string) => {
    const call = request({ socketPath: socket, path: `/${name}`, agent }).end();
    const [reply] = await once(call, "response");
    const { AccessKeyId, SecretAccessKey, SessionToken, message } = JSON.parse(await text(reply));
    assert.equal(reply.statusCode, 200, message);
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  };
  return { ask, close: () => agent.destroy() };
}

test("of 1,000 mixed calls at once none gets the power of another name", async (t) => {
  const { fake, home, login } = await scene(t);
  await login();
  const clock = clockInFile(join(home.path, "clock"), t);
  if (clock === undefined) return;
  Object.assign(home.env, clock.env);
  const powers: Readonly<Record<string, string>> = {
    "my-role1": "read, write, become role3",
    "my-role1-ro": "read",
    "my-user1": "read, write",
    "my-user1-ro": "read",
    "my-role1-list": "read",
  };
  const names = Object.keys(powers);
  const got: { name: string; key: ClientKey }[] = [];
  const socket = join(home.path, "socket");
  const child = home.start(["serve", "--socket", socket, ...names]);
  for await (const said of child.stderr ?? []) if (String(said).includes("serving")) break;
  const { ask, close } = asker(socket);
  // Each process finds the store as the others leave it; the socket answers from one process.
  const processes = withoutLong() ? 30 : 300;
  const run = async (part: number) => {
    const count = (1000 - processes) / 2;
    const asked = Array.from({ length: count }, async (_, index) => {
      const name = names[index % names.length] ?? "";
      got.push({ name, key: await ask(name) });
    });
    const started = Array.from(
      { length: processes / 2 },
      (_, index) => names[(index + part) % names.length] ?? "",
    );
    const each = async () => {
      for (let name = started.pop(); name !== undefined; name = started.pop())
        got.push({ name, key: await keyFor(home, name) });
    };
    await Promise.all([...asked, ...Array.from({ length: 15 }, each)]);
  };
  const known = new Map<string, string>();
  const check = async () => {
    for (const { name, key } of got.splice(0)) {
      const { accessKeyId: id } = key;
      if (!known.has(id)) known.set(id, await power(fake, key));
      assert.equal(known.get(id), powers[name], name);
      checked += 1;
    }
  };
  let checked = 0;
  await run(0);
  await check();
  // All sessions but the user's have ended.
  fake.advance(61 * 60_000);
  clock.moveBy("61m");
  await run(1);
  await check();
  close();
  child.kill();
  assert.equal(checked, 1000);
  assert.ok(known.size >= 8, "sessions of before and after");
});

/** Temporary keys that another program has written, as the profile `foreign`. */
async function writeForeign(fake: FakeAws, home: Home) {
  const { Credentials } = await stsFor(fake).send(new GetSessionTokenCommand({}));
  const file = readFileSync(home.credentialsFile, "utf8");
  const keys = [
    "[foreign]",
    `aws_access_key_id = ${Credentials?.AccessKeyId}`,
    `aws_secret_access_key = ${Credentials?.SecretAccessKey}`,
    `aws_session_token = ${Credentials?.SessionToken}`,
    `aws_credential_expiration = ${Credentials?.Expiration?.toISOString()}`,
  ];
  writeFileSync(home.credentialsFile, `${file}\n${keys.join("\n")}\n`);
  return Credentials;
}

test("an identity that is pinned to an account hands out nothing of another one", async (t) => {
  const { fake, home, login } = await scene(
    t,
    `
[profile foreign]
region = eu-west-1

[aws-as foreign]
account = ${one.account}

[aws-as my-role1]
account = ${one.otherAccount}
`,
  );
  await login();
  const wrongRole = await home.run(["process", "my-role1"]);
  assert.deepEqual([wrongRole.status, wrongRole.stdout], [1, ""]);
  assert.match(
    wrongRole.stderr,
    /config:\d+: "my-role1" is to be in account 222222222222 only, and its credentials are of account 111111111111/,
  );
  assert.equal(fake.requests.counts()["AssumeRole"], undefined, "known before AWS is asked");

  const foreign = await writeForeign(fake, home);
  for (let count = 0; count < 2; count += 1)
    assert.equal((await keyFor(home, "foreign")).accessKeyId, foreign?.AccessKeyId);
  assert.equal(fake.requests.counts()["GetCallerIdentity"], 1, "AWS is asked once for a session");
  home.writeConfig(home.config().replace(`account = ${one.account}`, `account = ${one.otherAccount}`));
  const wrong = await home.run(["process", "foreign"]);
  assert.deepEqual([wrong.status, wrong.stdout], [1, ""]);
  assert.match(wrong.stderr, /"foreign" is to be in account 222222222222 only/);
  home.writeConfig(home.config().replace(`account = ${one.otherAccount}`, "account = 12"));
  assert.match(
    (await home.run(["process", "foreign"])).stderr,
    /account "12" is not an account's twelve digits/,
  );
});

test("init --pin writes down the account that an identity is in, asked of AWS where no file tells it", async (t) => {
  const { fake, home, login } = await scene(t, "\n# mine\n[profile foreign]\nregion = eu-west-1\n");
  await login();
  await writeForeign(fake, home);
  const before = home.config();
  const looked = await home.run(["init", "--pin", "--dry-run", "foreign", "my-role1"]);
  assert.equal(looked.status, 0, looked.stderr);
  assert.match(looked.stdout, /^\+account = 111111111111$/m);
  assert.equal(home.config(), before);
  const pinned = await home.run(["init", "--pin", "foreign", "my-role1"]);
  assert.equal(pinned.status, 0, pinned.stderr);
  assert.match(
    pinned.stderr,
    /pinned foreign to account 111111111111 in .*\n.*pinned my-role1 to account 111111111111/,
  );
  assert.equal(fake.requests.counts()["AssumeRole"], undefined, "the ARN tells that of the role");
  assert.match(home.config(), /\[aws-as foreign\]\n# pinned by .*\naccount = 111111111111\n/);
  for (const line of before.split("\n")) assert.ok(home.config().includes(line), line);
  await keyFor(home, "foreign");
  home.writeConfig(home.config().replaceAll("account = 111111111111", `account = ${one.otherAccount}`));
  const other = await home.run(["init", "--pin", "foreign"]);
  assert.match(other.stderr, /"foreign" is to be in account 222222222222 only/);
  assert.equal((await home.run(["init", "--pin"])).status, 2);
  assert.equal((await home.run(["init", "--pin", "--adopt", "foreign"])).status, 2);
});
