/** Clients on a terminal: one question per lifetime of the base session, however often they run the process. */
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { one } from "../../support/aws/world-of-one.ts";
import { assertIsRole, assertTells } from "../../support/clients/asserts.ts";
import { makeClientDesk } from "../../support/clients/client-desk.ts";
import { findClients } from "../../support/clients/clients.ts";
import { question, questionsOn } from "../../support/crowd.ts";
import { keyringSkip } from "../../support/keyring.ts";
import { clockInFile } from "../../support/later.ts";
import { eventually, processes, withoutPty } from "../../support/pty.ts";

const skip = withoutPty() || keyringSkip();

for (const client of findClients()) {
  test(`${client.name} is asked for one code, for this role, another one and the next call`, {
    skip,
  }, async (t) => {
    const desk = await makeClientDesk(t);
    const terminal = desk.onTerminal(client, "role1");
    await terminal.waitFor(question);
    terminal.type(`${desk.fake.code(one.mfaSerial)}\r`);
    assert.equal((await terminal.exit()).code, 0, terminal.output());
    assertIsRole(terminal.output(), "role1");
    assert.equal(questionsOn(terminal), 1);
    assert.equal(desk.runs().length, client.runs.fresh);

    // Where nobody can be asked, nobody was.
    for (const role of ["role1", "role2"]) {
      const run = await desk.alone(client, role);
      assert.deepEqual([run.status, run.stderr], [0, ""]);
      assertIsRole(run.stdout, role);
    }
    assert.equal(desk.runs().length, 3 * client.runs.fresh);
    assert.deepEqual(desk.fake.requests.counts(), {
      GetSessionToken: 1,
      AssumeRole: 2,
      GetCallerIdentity: 3,
    });
  });

  test(`${client.name} is not asked in the last minutes of a session, though it may want a longer one`, {
    skip,
  }, async (t) => {
    const desk = await makeClientDesk(t);
    const clock = clockInFile(join(desk.home.path, "clock"), t);
    if (clock === undefined) return;
    const { env } = clock;
    const login = ["login", "my-user1", "--code", desk.fake.code(one.mfaSerial)];
    assert.equal((await desk.home.run(login, { env })).status, 0);

    clock.moveBy("716m");
    desk.fake.advance(716 * 60_000);
    const terminal = desk.onTerminal(client, "my-user1", { env });
    assert.equal((await terminal.exit()).code, 0, terminal.output());
    assert.match(terminal.output(), /:user\/my-user1\s/);
    assert.equal(questionsOn(terminal), 0, terminal.output());
    assert.equal(desk.runs().length, client.runs.ending);
    assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 1, GetCallerIdentity: 1 });
  });

  const when = client.callsTwice ? "while it runs" : "before the next call";
  test(`${client.name} is asked once more when the sessions end ${when}`, { skip }, async (t) => {
    const desk = await makeClientDesk(t);
    const clock = clockInFile(join(desk.home.path, "clock"), t);
    if (clock === undefined) return;
    const start = () => desk.onTerminal(client, "role1", { env: clock.env, twice: client.callsTwice });
    let terminal = start();
    await terminal.waitFor(question);
    terminal.type(`${desk.fake.code(one.mfaSerial)}\r`);
    await terminal.waitFor(/:assumed-role\/role1\/\S+\n/);
    if (!client.callsTwice) await terminal.exit();

    clock.moveBy("13h");
    desk.fake.advance(13 * 3_600_000);
    if (client.callsTwice) terminal.press("enter");
    else terminal = start();
    await terminal.waitFor(question);
    terminal.type(`${desk.fake.code(one.mfaSerial)}\r`);
    assert.equal((await terminal.exit()).code, 0, terminal.output());
    assertIsRole(terminal.output(), "role1", client.callsTwice ? 2 : 1);
    assert.equal(questionsOn(terminal), client.callsTwice ? 2 : 1, terminal.output());
    assert.deepEqual(desk.fake.requests.counts(), {
      GetSessionToken: 2,
      AssumeRole: 2,
      GetCallerIdentity: 2,
    });
  });

  test(`${client.name} takes a no for an answer, and shows it`, { skip }, async (t) => {
    const desk = await makeClientDesk(t);
    const terminal = desk.onTerminal(client, "role1");
    await terminal.waitFor(question);
    terminal.press("ctrl-d");
    assert.notEqual((await terminal.exit()).code, 0);
    assertTells(terminal.output(), client.failure('aws-as: error: no MFA code was given for "role1"', 130));
    assert.equal(questionsOn(terminal), 1, terminal.output());
    assert.equal(desk.runs().length, client.runs.failing);
    assert.deepEqual(desk.fake.requests.counts(), {});
  });

  test(`${client.name}: Ctrl-C at the question ends everything, and leaves the terminal as it was`, {
    skip,
  }, async (t) => {
    const desk = await makeClientDesk(t);
    const shell = await desk.shell(client);
    const before = await shell.run("stty -a");
    shell.type("who-is role1\r");
    await shell.waitFor(question);
    shell.press("ctrl-c");
    await shell.waitForPrompt();
    // A client that dies first leaves its children a moment behind.
    const left = () => processes().filter(({ command }) => command.includes(`${desk.home.path}/bin`));
    await eventually(() => left().length === 0, "the end of everything that the client started");
    // Its last words may stand behind the prompt.
    await shell.run("");
    assert.equal(await shell.run("stty -a"), before);
    assert.equal(questionsOn(shell), 1, shell.output());
    assert.deepEqual(desk.fake.requests.counts(), {});
  });
}
