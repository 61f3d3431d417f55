import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { asManyAsFit } from "../support/as-many-as-fit.ts";
import { configOfFive, fiveRoles } from "../support/aws/world-of-five.ts";
import { one } from "../support/aws/world-of-one.ts";
import { assertServed, question, questionsOn, startCrowd } from "../support/crowd.ts";
import type { Home } from "../support/home.ts";
import { withoutLong } from "../support/long.ts";
import { withoutPty } from "../support/pty.ts";
import { sceneOfFive, withoutStore } from "../support/scene.ts";

/** Milliseconds that a crowd may take on a machine that is busy with other tests. */
const patience = 120_000;

/** So many for each of five roles: fifty at once, ten of which show the same. */
const sizes = [10, 2, 1];

for (const store of ["file", "keychain"] as const) {
  const skip = withoutPty() || withoutStore(store);
  test(`many at once on one terminal are one question, with the ${store} store`, { skip }, (t) =>
    asManyAsFit(t, sizes, async (each, scope) => {
      const { fake, home } = await sceneOfFive(scope, store);
      const began = performance.now();
      const crowd = startCrowd(home, each);
      scope.after(() => crowd.terminal.close());
      await crowd.terminal.waitFor(question, patience);
      const asked = performance.now();
      crowd.terminal.type(`${fake.code(one.mfaSerial)}\r`);
      const members = await crowd.end(patience);
      const [before, after] = [asked - began, performance.now() - asked].map(Math.round);
      t.diagnostic(`question after ${before} ms, all served ${after} ms after the code`);

      assert.equal(members.length, 5 * each);
      for (const member of members) assertServed(member, fake);
      assert.equal(questionsOn(crowd.terminal), 1, crowd.terminal.output());
      assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
    }),
  );
}

for (const newStore of [false, true]) {
  const what = newStore ? ", in a store that the first of them makes" : "";
  test(
    `many at once with a code in the environment use it once${what}`,
    {
      skip: newStore && withoutLong(),
    },
    (t) =>
      asManyAsFit(t, sizes, async (each, scope) => {
        const { fake, home } = await sceneOfFive(scope, "file", { newStore });
        // The code was taken from the device before fifty programs had to start.
        fake.setClock(Date.now(), { stopped: true });
        const members = await startedAtOnce(home, each, { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) });
        for (const member of members) assertServed(member, fake);
        assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
      }),
  );
}

test("many at once run mfa_process once", (t) =>
  asManyAsFit(t, sizes, async (each, scope) => {
    const { fake, home } = await sceneOfFive(scope);
    fake.setClock(Date.now(), { stopped: true });
    const runs = join(home.path, "runs");
    const command = `echo run >> ${runs}; echo ${fake.code(one.mfaSerial)}`;
    home.writeConfig(`${configOfFive()}\n[aws-as]\nmfa_process = sh -c '${command}'\n`);
    const members = await startedAtOnce(home, each);
    for (const member of members) assertServed(member, fake);
    assert.equal(readFileSync(runs, "utf8"), "run\n");
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
  }));

test("many at once whose code is wrong send it once", (t) =>
  asManyAsFit(t, sizes, async (each, scope) => {
    const { fake, home } = await sceneOfFive(scope);
    const members = await startedAtOnce(home, each, { AWS_AS_MFA_CODE: "000000" });
    for (const { status, stdout, stderr } of members) {
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, /^aws-as: error: .*MFA code/);
    }
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1 });
  }));

/** So many processes for each role without a terminal, as servers and editors start them. */
function startedAtOnce(home: Home, each: number, env: Readonly<Record<string, string>> = {}) {
  const roles = Array.from({ length: each }, () => fiveRoles).flat();
  return Promise.all(roles.map(async (role) => ({ role, ...(await home.run(["process", role], { env })) })));
}
