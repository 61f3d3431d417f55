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
import { clockInFile, laterBy } from "../../support/later.ts";
import { eventually, type Pty, processes, withoutPty } from "../../support/pty.ts";

const skip = withoutPty() || keyringSkip();

for (const client of findClients()) {
  test(`${client.name} is asked for one code, for this role, another one and the next call, and once more at the end`, {
    skip,
  }, async (t) => {
    const desk = await makeClientDesk(t);
    const clock = client.callsTwice ? clockInFile(join(desk.home.path, "clock"), t) : undefined;
    const [near, end] = [laterBy("716m", t), laterBy("13h", t)];
    if (near === undefined || end === undefined) return;
    const start = (env = {}) =>
      desk.onTerminal(client, "role1", { env: clock?.env ?? env, twice: client.callsTwice });
    const answer = async (terminal: Pty) => {
      await terminal.waitFor(question);
      terminal.type(`${desk.fake.code(one.mfaSerial)}\r`);
    };
    let runs = 0;
    const assertRuns = (more: number) => {
      runs += more;
      assert.equal(desk.runs().length, runs);
    };
    let terminal = start();
    await answer(terminal);
    await terminal.waitFor(/:assumed-role\/role1\/\S+\n/);
    if (!client.callsTwice) assert.equal((await terminal.exit()).code, 0, terminal.output());
    assertIsRole(terminal.output(), "role1");
    assert.equal(questionsOn(terminal), 1);
    assertRuns(client.runs.fresh);

    // Where nobody can be asked, nobody was.
    for (const role of ["role1", "role2"]) {
      const run = await desk.alone(client, role);
      assert.deepEqual([run.status, run.stderr], [0, ""]);
      assertIsRole(run.stdout, role);
    }
    assertRuns(2 * client.runs.fresh);
    assert.deepEqual(desk.fake.requests.counts(), {
      GetSessionToken: 1,
      AssumeRole: 2,
      GetCallerIdentity: 3,
    });

    // The last minutes of the session, in which a client may want a longer one.
    desk.fake.advance(716 * 60_000);
    const user = desk.onTerminal(client, "my-user1", { env: near });
    assert.equal((await user.exit()).code, 0, user.output());
    assert.match(user.output(), /:user\/my-user1\s/);
    assert.equal(questionsOn(user), 0, user.output());
    assertRuns(client.runs.ending);
    assert.deepEqual(desk.fake.requests.counts(), {
      GetSessionToken: 1,
      AssumeRole: 2,
      GetCallerIdentity: 4,
    });

    // The end of all sessions: while it runs, or before the next call.
    desk.fake.advance(64 * 60_000);
    clock?.moveBy("13h");
    if (client.callsTwice) terminal.press("enter");
    else terminal = start(end);
    await answer(terminal);
    assert.equal((await terminal.exit()).code, 0, terminal.output());
    assertIsRole(terminal.output(), "role1", client.callsTwice ? 2 : 1);
    assert.equal(questionsOn(terminal), client.callsTwice ? 2 : 1, terminal.output());
    assert.deepEqual(desk.fake.requests.counts(), {
      GetSessionToken: 2,
      AssumeRole: 3,
      GetCallerIdentity: 5,
    });
  });

  test(`${client.name}: Ctrl-C at the question ends everything, and leaves the terminal as it was; a no is shown`, {
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
    const runs = desk.runs().length;

    const terminal = desk.onTerminal(client, "role1");
    await terminal.waitFor(question);
    terminal.press("ctrl-d");
    assert.notEqual((await terminal.exit()).code, 0);
    assertTells(terminal.output(), client.failure('aws-as: error: no MFA code was given for "role1"', 130));
    assert.equal(questionsOn(terminal), 1, terminal.output());
    assert.equal(desk.runs().length - runs, client.runs.failing);
    assert.deepEqual(desk.fake.requests.counts(), {});
  });
}
