import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { worldOfKeys } from "../support/aws/world-of-keys.ts";
import { one } from "../support/aws/world-of-one.ts";
import { type Home, makeHome, program } from "../support/home.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";
import { type KeyringProgram, keyringPrograms } from "../support/keyring-programs.ts";

/** A user with a key, and a keychain served by this program, locked or not as it comes after sign-in. */
async function scene(t: TestContext, name: KeyringProgram) {
  const keyring = await startKeyring("unlocked", name);
  t.after(() => keyring.stop());
  const rules = { skewSeconds: Number.POSITIVE_INFINITY };
  const fake = await startFakeAws({ world: worldOfKeys({ mfa: true }), rules });
  t.after(() => fake.close());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  const env = {
    AWS_AS_STORE: "keychain",
    AWS_AS_PASSPHRASE: undefined,
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
  };
  const home = makeHome({ url: fake.url, env });
  t.after(() => home.remove());
  return { keyring, fake, home };
}

async function ok(home: Home, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const run = await home.run(args);
  assert.deepEqual([run.status, run.signal], [0, null], `${args.join(" ")}: ${run.stderr}`);
  return run;
}

for (const name of keyringPrograms) {
  test(`${name}: one code serves all calls, keys are kept and replaced, and nothing of it stays`, {
    skip: keyringSkip(name),
  }, async (t) => {
    const { keyring, fake, home } = await scene(t, name);
    const code = () => fake.code(one.mfaSerial);
    await ok(home, "login", "my-role1", "--code", code());
    const first = await ok(home, "process", "my-role1");
    assert.deepEqual(await ok(home, "process", "my-role1"), first);
    assert.equal(first.stderr, "");
    assert.equal(fake.requests.counts()["GetSessionToken"], 1);

    // A session is written over by another process, as at each renewal.
    await ok(home, "login", "my-role1", "--renew", "--code", code());
    const crowd = await Promise.all(Array.from({ length: 10 }, () => ok(home, "process", "my-role2")));
    assert.equal(new Set(crowd.map(({ stdout }) => stdout)).size, 1);
    assert.deepEqual([...new Set(crowd.map(({ stderr }) => stderr))], [""]);
    assert.equal(fake.requests.counts()["GetSessionToken"], 2);

    await ok(home, "keys", "import", "my-user1", "--force");
    await ok(home, "keys", "rotate", "my-user1");
    await ok(home, "login", "my-role1", "--code", code());
    assert.doesNotMatch((await home.run(["doctor"])).stdout, /keychain/);

    assert.match((await ok(home, "logout", "--all")).stderr, /forgot the session/);
    await ok(home, "keys", "remove", "my-user1", "--yes");
    const search = ["search", "--all", "service", "aws-as"];
    const { stdout } = spawnSync("secret-tool", search, { env: keyring.environment, encoding: "utf8" });
    assert.equal(stdout, "");
    assert.deepEqual(await keyring.labels(), []);
    assert.equal((await home.run(["process", "my-role1"])).status, 1);
  });
}

test("what a hit loads can read, and knows nothing of writing, removing and asking", {
  skip: program.endsWith(".cjs") ? false : "the stand-alone program is one file",
}, () => {
  const chunks = join(dirname(program), "chunks");
  const name =
    readdirSync(chunks).find((file) => /^program-.*\.cjs$/.test(file)) ?? assert.fail("no program");
  const loaded = readFileSync(join(chunks, name), "utf8");
  assert.ok(loaded.includes("GetSecret"));
  const others = ["SetSecret", "CreateItem", "CreateCollection", "Completed", "setPassword"];
  assert.deepEqual(
    others.filter((member) => loaded.includes(member)),
    [],
  );
});
