import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { configOfFive, fiveRoles } from "../support/aws/world-of-five.ts";
import { one } from "../support/aws/world-of-one.ts";
import { assertServed, question, questionsOn, startCrowd } from "../support/crowd.ts";
import type { Home } from "../support/home.ts";
import { withoutPty } from "../support/pty.ts";
import { sceneOfFive, withoutStore } from "../support/scene.ts";

/** Milliseconds that a crowd may take on a machine that is busy with other tests. */
const patience = 120_000;

for (const store of ["file", "keychain"] as const) {
  const skip = withoutPty() || withoutStore(store);
  test(`fifty at once on one terminal are one question, with the ${store} store`, { skip }, async (t) => {
    const { fake, home } = await sceneOfFive(t, store);
    const began = performance.now();
    const crowd = startCrowd(home, 10);
    t.after(() => crowd.terminal.close());
    await crowd.terminal.waitFor(question, patience);
    const asked = performance.now();
    crowd.terminal.type(`${fake.code(one.mfaSerial)}\r`);
    const members = await crowd.end(patience);
    const [before, after] = [asked - began, performance.now() - asked].map(Math.round);
    t.diagnostic(`question after ${before} ms, all served ${after} ms after the code`);

    assert.equal(members.length, 50);
    for (const member of members) assertServed(member, fake);
    assert.equal(questionsOn(crowd.terminal), 1, crowd.terminal.output());
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
  });
}

test("fifty at once with a code in the environment use it once", async (t) => {
  const { fake, home } = await sceneOfFive(t);
  // The code was taken from the device before fifty programs had to start.
  fake.setClock(Date.now(), { stopped: true });
  const members = await startedAtOnce(home, { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) });
  for (const member of members) assertServed(member, fake);
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
});

test("fifty at once run mfa_process once", async (t) => {
  const { fake, home } = await sceneOfFive(t);
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
  const { fake, home } = await sceneOfFive(t);
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
