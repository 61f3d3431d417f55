import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { ended, type Home, makeHome, program } from "../support/home.ts";

async function scene(t: TestContext, config?: string): Promise<{ fake: FakeAws; home: Home }> {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, ...(config === undefined ? {} : { config }) });
  t.after(() => home.remove());
  return { fake, home };
}

const withoutDevice = awsFilesOfOne().config.replace(/^mfa_serial.*\n/gm, "");

test("of many processes that do not know the user's device, one asks IAM", async (t) => {
  const { fake, home } = await scene(t, withoutDevice);
  const env = { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) };
  const runs = await Promise.all(
    Array.from({ length: 6 }, (_, index) => home.run(["process", `my-role${1 + (index % 2)}`], { env })),
  );
  assert.deepEqual([...new Set(runs.map(({ status, stderr }) => `${status} ${stderr}`))], ["0 "]);
  assert.deepEqual(fake.requests.counts(), { ListMFADevices: 1, GetSessionToken: 1, AssumeRole: 2 });
});

test("a result that cannot be written is a failure that says so", async (t) => {
  if (process.platform !== "linux") return t.skip("there is no /dev/full here");
  const { home } = await scene(t);
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const child = spawn(process.execPath, [program, "status"], {
    env: home.env,
    stdio: ["ignore", full, "pipe"],
  });
  const { status, stderr } = await ended(child);
  assert.equal(status, 1);
  assert.match(stderr, /^aws-as: error: could not write the result to standard output: ENOSPC\n/);
});

for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
  test(`env that is ended by ${signal} makes eval fail`, async (t) => {
    const { fake, home } = await scene(t);
    fake.faults.add({ kind: "hang", times: 9 });
    const child = home.start(["env", "my-role1", "--code", fake.code(one.mfaSerial)]);
    const run = ended(child);
    while (fake.requests.all.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill(signal);
    assert.deepEqual(await run, { status: null, signal, stdout: "false;\n", stderr: "" });
  });
}

test("an empty HOME does not make the current folder's files count", async (t) => {
  const { home } = await scene(t);
  const elsewhere = join(home.path, "elsewhere");
  mkdirSync(join(elsewhere, ".aws"), { recursive: true });
  writeFileSync(join(elsewhere, ".aws", "config"), "[profile planted]\nregion = eu-west-1\n");
  const run = await home.run(["process", "planted"], { cwd: elsewhere, env: { HOME: "" } });
  assert.match(run.stderr, /^aws-as: error: no profile "planted"/);
});

test("an empty variable or setting says nothing", async (t) => {
  const { fake, home } = await scene(t);
  home.writeConfig(`[aws-as]\nmfa_process =\nstore =\nsession_seconds =\nprefix =\n\n${home.config()}`);
  const code = fake.code(one.mfaSerial);
  const env = { AWS_AS_MFA_PROCESS: "", AWS_AS_STORE: "", DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" };
  const login = await home.run(["login", "my-user1", "--code", code], { env });
  assert.equal(login.status, 0, login.stderr);
  const role = await home.run(["process", "my-role1"], { env });
  assert.equal(role.status, 0, role.stderr);
  const asked = await home.run(["login", "my-user1", "--renew"], { env });
  assert.match(asked.stderr, /there is no way to ask for one: there is no terminal/);
  const still = await home.run(["process", "my-role2"], { env });
  assert.equal(still.status, 0, "a renewal that came to nothing loses no session");
  const init = await home.run(["init", "--offline"], { env });
  assert.match(init.stderr, /added profile as-my-user1/);
});

test("a client that is given a new code right after a wrong one goes on with it", async (t) => {
  const { fake, home } = await scene(t);
  const wrong = await home.run(["process", "my-role1"], { env: { AWS_AS_MFA_CODE: "000000" } });
  assert.equal(wrong.status, 1);
  const again = await home.run(["process", "my-role1"], { env: { AWS_AS_MFA_CODE: "000000" } });
  assert.match(again.stderr, /a moment ago/);
  const right = await home.run(["process", "my-role1"], {
    env: { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) },
  });
  assert.equal(right.status, 0, right.stderr);
});

test("credentials-07: the program ends when its answer is out, whatever a library left behind", {
  timeout: 60_000,
}, async (t) => {
  const { fake, home } = await scene(t);
  const left = join(home.path, "left.cjs");
  writeFileSync(left, `setTimeout(() => {}, 600_000); require("node:net").createServer().listen(0);`);
  const env = { NODE_OPTIONS: `--require ${left}` };
  const code = fake.code(one.mfaSerial);
  assert.equal((await home.run(["login", "my-role1", "--code", code], { env })).status, 0);
  assert.match((await home.run(["process", "my-role1"], { env })).stdout, /^\{"Version":1,.*\}\n$/);
  assert.equal((await home.run(["process", "nobody"], { env })).status, 1);
});
