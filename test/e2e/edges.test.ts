import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { ended, type Home, makeHome, programCall } from "../support/home.ts";

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
  const child = spawn(...programCall("status"), {
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

test("attack-11: a config that is no file is an error in words, at once, for every command", async (t) => {
  const { home } = await scene(t);
  for (const [make, says] of [
    [(path: string) => mkdirSync(path), /could not read "~\/\.aws\/config": it is a folder/],
    [(path: string) => symlinkSync("config", path), /its symbolic links lead in a circle/],
    [(path: string) => execFileSync("mkfifo", [path]), /it is a pipe/],
  ] as const) {
    rmSync(home.configFile, { recursive: true, force: true });
    make(home.configFile);
    for (const args of [["init", "--offline"], ["list"], ["process", "my-role1"], ["keys", "list"]]) {
      const run = await home.run(args);
      assert.deepEqual([run.status, run.stdout], [1, ""], `${args.join(" ")}: ${run.stderr}`);
      assert.match(run.stderr, says);
    }
    const doctor = await home.run(["doctor", "--offline"]);
    assert.notEqual(doctor.status, 70, doctor.stderr);
  }
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

test("status and logout work with a broken config, and say what is broken", async (t) => {
  const { fake, home } = await scene(t);
  assert.equal((await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)])).status, 0);
  home.writeConfig(`${home.config()}[aws-as]\nsession_seconds 900\n`);
  const line = home.config().split("\n").indexOf("session_seconds 900") + 1;
  assert.equal((await home.run(["process", "my-role1"])).status, 1);
  const words = new RegExp(`^aws-as: warning: ~/\\.aws/config:${line}: `);
  const status = await home.run(["status"]);
  assert.equal(status.status, 0, status.stderr);
  assert.match(status.stderr, words);
  assert.match(status.stdout, /session of role my-role1 in/);
  const single = await home.run(["logout", "my-role1"]);
  assert.equal(single.status, 0, single.stderr);
  assert.match(single.stderr, /forgot the session of role my-role1/);
  const all = await home.run(["logout", "--all"]);
  assert.equal(all.status, 0, all.stderr);
  writeFileSync(home.configFile, Buffer.from("\ufeff[default]\r\n", "utf16le"));
  assert.match((await home.run(["status"])).stdout, /^\(-\) this shell acts as nobody\n/);
  assert.equal((await home.run(["logout", "--all"])).status, 0);
});

test("status says how a shell gets a new session", async (t) => {
  const { home } = await scene(t);
  const switched = {
    AWS_AS_IDENTITY: "my-role1",
    AWS_ACCESS_KEY_ID: "ASIAX",
    AWS_AS_ACCESS_KEY_ID: "ASIAX",
    AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z",
  };
  const said = async (more: Record<string, string>) =>
    (await home.run(["status"], { env: { ...switched, ...more } })).stdout.split("\n")[1];
  const words = "variables are not renewed by themselves; for a new session:";
  assert.equal(await said({ AWS_AS_FUNCTIONS: "0.1.0" }), `${words} aws-as my-role1`);
  assert.equal(await said({}), `${words} evaluate aws-as env my-role1 as before`);
});

test("clients-05: init under AWS_CONFIG_FILE says where the profiles work", async (t) => {
  const { home } = await scene(t);
  const env = { AWS_CONFIG_FILE: join(home.path, "team.conf") };
  writeFileSync(env.AWS_CONFIG_FILE, home.config());
  assert.doesNotMatch((await home.run(["init", "--offline"])).stderr, /AWS_CONFIG_FILE/);
  const run = await home.run(["init", "--offline", "my-role1"], { env });
  assert.match(
    run.stderr,
    /warning: AWS_CONFIG_FILE names ~\/team\.conf: profiles written there work where it is set, and not for a client/,
  );
});

test("attack-11: a folder of the store that cannot be listed is an error in words, for every verb that lists", (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const store = join(home.path, ".aws", "aws-as", "store");
  chmodSync(store, 0);
  // Root may look into every folder.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if ("uid" in nobody) execFileSync("chown", ["-R", `${nobody.uid}:${nobody.gid}`, home.path]);
  for (const args of [["status"], ["list"], ["logout", "--all"], ["keys", "list"], ["login", "my-role1"]]) {
    const options = { env: home.env, encoding: "utf8", cwd: "/", ...nobody } as const;
    const { status, stderr } = spawnSync(...programCall(...args), options);
    assert.match(
      stderr,
      /cannot (?:look into the folder|read) "[^"]+\/store[^"]*": permission denied/,
      args.join(" "),
    );
    assert.notEqual(status, 70, args.join(" "));
  }
  const doctor = spawnSync(...programCall("doctor", "--offline"), {
    env: home.env,
    encoding: "utf8",
    cwd: "/",
    ...nobody,
  });
  assert.match(doctor.stdout, /store-broken/);
  chmodSync(store, 0o700);
});
