import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { configOfFive, fiveRoles, worldOfFive } from "../support/aws/world-of-five.ts";
import { one } from "../support/aws/world-of-one.ts";
import { assertServed, question, questionsOn, startCrowd } from "../support/crowd.ts";
import { type Home, makeHome } from "../support/home.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";
import { withoutPty } from "../support/pty.ts";

/** Milliseconds that a crowd may take on a machine that is busy with other tests. */
const patience = 120_000;

async function scene(t: TestContext, env: Readonly<Record<string, string | undefined>> = {}) {
  const fake = await startFakeAws({ world: worldOfFive() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config: configOfFive(), env });
  t.after(() => home.remove());
  return { fake, home };
}

const stores = ["file", "keychain"] as const;

async function storeEnvironment(t: TestContext, store: (typeof stores)[number]) {
  if (store === "file") return {};
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  return {
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
    AWS_AS_STORE: "keychain",
    AWS_AS_PASSPHRASE: undefined,
  };
}

const skipFor = (store: (typeof stores)[number]) => withoutPty() || (store === "keychain" && keyringSkip());

for (const store of stores) {
  test(`fifty at once on one terminal are one question, with the ${store} store`, {
    skip: skipFor(store),
  }, async (t) => {
    const { fake, home } = await scene(t, await storeEnvironment(t, store));
    const began = performance.now();
    const crowd = startCrowd(home, 10);
    t.after(() => crowd.terminal.close());
    await crowd.terminal.waitFor(question, patience);
    const asked = performance.now();
    crowd.terminal.type(`${fake.code(one.mfaSerial)}\r`);
    const members = await crowd.end(patience);
    t.diagnostic(
      `question after ${Math.round(asked - began)} ms, all served ${Math.round(performance.now() - asked)} ms after the code`,
    );

    assert.equal(members.length, 50);
    for (const member of members) assertServed(member, fake);
    assert.equal(questionsOn(crowd.terminal), 1, crowd.terminal.output());
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
  });
}

test("fifty at once with a code in the environment use it once", async (t) => {
  const { fake, home } = await scene(t);
  // The code was taken from the device before fifty programs had to start.
  fake.setClock(Date.now(), { stopped: true });
  const members = await startedAtOnce(home, { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) });
  for (const member of members) assertServed(member, fake);
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
});

test("fifty at once run mfa_process once", async (t) => {
  const { fake, home } = await scene(t);
  fake.setClock(Date.now(), { stopped: true });
  const runs = join(home.path, "runs");
  const command = `echo run >> ${runs}; echo ${fake.code(one.mfaSerial)}`;
  home.writeConfig(`${configOfFive()}\n[aws-as]\nmfa_process = sh -c '${command}'\n`);
  const members = await startedAtOnce(home);
  for (const member of members) assertServed(member, fake);
  assert.equal(readFileSync(runs, "utf8"), "run\n");
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
});

test("fifty at once whose code is wrong send it once", async (t) => {
  const { fake, home } = await scene(t);
  const members = await startedAtOnce(home, { AWS_AS_MFA_CODE: "000000" });
  for (const { status, stdout, stderr } of members) {
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^aws-as: error: .*MFA code/);
  }
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1 });
});

/** Fifty processes without a terminal, as servers and editors start them. */
function startedAtOnce(home: Home, env: Readonly<Record<string, string>> = {}) {
  const roles = Array.from({ length: 10 }, () => fiveRoles).flat();
  return Promise.all(roles.map(async (role) => ({ role, ...(await home.run(["process", role], { env })) })));
}
