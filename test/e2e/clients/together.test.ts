/** Clients that start at the same time, of one kind and of all kinds. */
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { asManyAsFit, type Scope } from "../../support/as-many-as-fit.ts";
import { fiveRoles } from "../../support/aws/world-of-five.ts";
import { one } from "../../support/aws/world-of-one.ts";
import { assertIsRole } from "../../support/clients/asserts.ts";
import { type ClientRequest, startClients } from "../../support/clients/client-crowd.ts";
import { type ClientDesk, makeClientDesk } from "../../support/clients/client-desk.ts";
import { findClients } from "../../support/clients/clients.ts";
import { question, questionsOn } from "../../support/crowd.ts";
import { keyringSkip } from "../../support/keyring.ts";
import { withoutLong } from "../../support/long.ts";
import { withoutPty } from "../../support/pty.ts";

const skip = withoutPty() || keyringSkip();
const clients = findClients("all");
/** Milliseconds for all of them, on a machine that is busy with other tests. */
const patience = 150_000;
/** Milliseconds that a person takes at most to look for the code, while more and more clients come to wait. */
const search = 10_000;

// Each kind is among the many of all kinds too.
for (const client of clients) {
  test(`${client.name}: many at once are one question`, { skip: skip || withoutLong() }, (t) =>
    asManyAsFit(t, [20, 8], async (size, scope) => {
      const wishes = Array.from({ length: size }, () => ({ client, role: "role1" }));
      const { fake } = await serveAll(t, scope, wishes);
      assert.deepEqual(fake.requests.counts(), {
        GetSessionToken: 1,
        AssumeRole: 1,
        GetCallerIdentity: size,
      });
    }),
  );
}

test("many clients of all kinds, for five roles, are one question", { skip }, (t) =>
  asManyAsFit(t, [100, 2 * clients.length, clients.length], async (size, scope) => {
    const wishes = Array.from({ length: size }, (_, index) => ({
      client: clients[index % clients.length] as (typeof clients)[number],
      role: fiveRoles[index % fiveRoles.length] as string,
    }));
    const { fake } = await serveAll(t, scope, wishes);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5, GetCallerIdentity: size });
  }),
);

/** Has all their wishes granted by one code, which is typed when all have come to wait for it. */
async function serveAll(t: TestContext, scope: Scope, wishes: readonly ClientRequest[]): Promise<ClientDesk> {
  const desk = await makeClientDesk(scope);
  const began = performance.now();
  const crowd = startClients(scope, desk, wishes);
  await crowd.terminal.waitFor(question, patience);
  const asked = performance.now();
  while (desk.starts() < wishes.length && performance.now() < asked + search) await delay(50);
  const waiting = desk.starts();
  crowd.terminal.type(`${desk.fake.code(one.mfaSerial)}\r`);
  const typed = performance.now();
  const outcomes = await crowd.end(patience);
  const longest = Math.max(...desk.runs().map(({ milliseconds }) => milliseconds));
  const seconds = [asked - began, typed - asked, performance.now() - typed].map((span) =>
    (span / 1000).toFixed(1),
  );
  t.diagnostic(
    `question after ${seconds[0]} s; ${waiting} waited when the code came ${seconds[1]} s later; all served ${seconds[2]} s after it; ` +
      `the longest run of aws-as was ${(longest / 1000).toFixed(1)} s`,
  );
  for (const { client, role, status, stdout, stderr } of outcomes) {
    assert.deepEqual([client.name, status, stderr], [client.name, 0, ""]);
    assertIsRole(stdout, role);
  }
  assert.equal(questionsOn(crowd.terminal), 1, crowd.terminal.output());
  const expected = wishes.reduce((sum, { client }) => sum + client.runs.fresh, 0);
  assert.equal(desk.runs().length, expected);
  return desk;
}
