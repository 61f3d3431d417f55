/** Questions on a terminal that others use as well: other questions, programs that print, callers that die. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { one, policy } from "../support/aws/world-of-one.ts";
import { openFiles } from "../support/crowd.ts";
import { makeDesk, wrong } from "../support/desk.ts";
import { processesOf } from "../support/processes-of.ts";
import { childOf, eventually, isAlive, processes, withoutPty } from "../support/pty.ts";

const skip = withoutPty();
const question = `MFA code for my-user1 (${one.mfaSerial}): `;
const two = {
  serial: `arn:aws:iam::${one.account}:mfa/my-user2`,
  keyId: "AKIAFAKEUSER2KEY0001",
  keySecret: "fake/Secret+Key/of/my-user2/0123456789AB",
};
const questionTwo = `MFA code for my-user2 (${two.serial}): `;

/** A desk with a second user, who has a device of its own. */
async function deskOfTwo(t: TestContext) {
  const desk = await makeDesk(t, {
    settings: `\n[profile my-user2]\nregion = eu-west-1\nmfa_serial = ${two.serial}\n`,
  });
  appendFileSync(
    desk.home.credentialsFile,
    `[my-user2]\naws_access_key_id = ${two.keyId}\naws_secret_access_key = ${two.keySecret}\n`,
  );
  desk.fake.world.accounts[0]?.users.push({
    name: "my-user2",
    accessKeys: [{ id: two.keyId, secret: two.keySecret, status: "active" }],
    mfaDevices: [{ kind: "virtual", serial: two.serial, secret: "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU" }],
    policies: [policy("Allow", "sts:*")],
  });
  return desk;
}

/** As scripts and plug-ins run it: no job control, and nothing of standard error is shown. */
function script(t: { home: { path: string } }, text: string): string {
  const path = join(t.home.path, "script.sh");
  writeFileSync(path, text);
  return `bash ${path}`;
}

test("clients-01: two users on one terminal are asked one after the other", { skip }, async (t) => {
  const desk = await deskOfTwo(t);
  const shell = await desk.terminal("bash");
  const both = "for user in my-user1 my-user2; do aws-as process $user >$user.out 2>$user.err & done; wait";
  shell.type(`${script(desk, both)}; echo all done\r`);
  const devices = { [question]: one.mfaSerial, [questionTwo]: two.serial };
  const either = /MFA code for my-user[12] \(\S+\): $/;
  const [first = ""] = either.exec(await shell.waitFor(either)) ?? [];
  const atTheTurn = ({ pid }: { pid: number }) =>
    openFiles(pid).some((file) => file.includes("/locks/terminal-"));
  await eventually(() => processesOf(desk.home).filter(atTheTurn).length === 2, "the second asker");
  shell.type(`${desk.fake.code(devices[first] ?? "")}\r`);
  const rest = await shell.waitFor(either);
  const [second = ""] = either.exec(rest) ?? [];
  assert.notEqual(first, second);
  // On a line of its own, with the time that the first answer left.
  const left = /\n(\d+) s are left for this answer\nMFA code/.exec(rest)?.[1];
  assert.ok(Number(left) > 5 && Number(left) < 45, rest);
  shell.type(`${desk.fake.code(devices[second] ?? "")}\r`);
  await shell.waitForPrompt();
  for (const user of ["my-user1", "my-user2"]) {
    assert.match(readFileSync(join(desk.home.path, `${user}.out`), "utf8"), /^\{"Version":1,/);
    assert.equal(readFileSync(join(desk.home.path, `${user}.err`), "utf8"), "");
  }
  assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 2 });
});

test("clients-01: a question that is suspended holds up no other one on its terminal", {
  skip,
}, async (t) => {
  const desk = await deskOfTwo(t);
  const shell = await desk.terminal("bash");
  shell.type("aws-as login my-user1\r");
  await shell.waitFor(question);
  shell.press("ctrl-z");
  await shell.waitForPrompt();
  shell.type("aws-as login my-user2\r");
  await shell.waitFor(questionTwo);
  shell.type(`${desk.fake.code(two.serial)}\r`);
  assert.match(await shell.waitForPrompt(), /"my-user2" is good for/);
  shell.type("fg\r");
  await shell.waitFor(question);
  shell.type(`${desk.fake.code(one.mfaSerial)}\r`);
  assert.match(await shell.waitForPrompt(), /"my-user1" is good for/);
});

test("clients-04: our last word comes on the terminal where the client hides it", { skip }, async (t) => {
  const desk = await deskOfTwo(t);
  const shell = await desk.terminal("bash");
  shell.type("aws-as process my-role1 2>/dev/null\r");
  for (const more of [0, 1, 2]) {
    await shell.waitFor(question);
    const code = String(Number(desk.fake.code(one.mfaSerial)) + more).padStart(6, "0");
    shell.type(`${wrong(code)}\r`);
  }
  const word = `aws-as: AWS refused the MFA code for ${one.mfaSerial}; try again: aws-as login my-role1\n`;
  assert.ok((await shell.waitForPrompt()).endsWith(`${word}pty-ready> `), shell.output());
  // Where standard error is the terminal, it is said once.
  shell.type("aws-as process my-user2\r");
  await shell.waitFor(questionTwo);
  shell.press("ctrl-d");
  assert.equal(
    await shell.waitForPrompt(),
    '\naws-as: error: no MFA code was given for "my-user2"\npty-ready> ',
  );
  // Who asked nobody says nothing there.
  assert.equal(await shell.run("AWS_AS_PROMPT=none aws-as process my-user2 2>/dev/null"), "");
});

test("clients-06: a question that others wrote over is asked again on a fresh line", { skip }, async (t) => {
  const desk = await deskOfTwo(t);
  const shell = await desk.terminal("bash");
  const text = `
    aws-as process my-role1 >out 2>&1 &
    until [ -s stop ]; do echo "Still reading..."; sleep 1; done & wait %1; echo over`;
  shell.type(`${script(desk, text)}\r`);
  await shell.waitFor(question);
  assert.ok((await shell.waitFor(question)).endsWith(`Still reading...\n\n${question}`), shell.output());
  writeFileSync(join(desk.home.path, "stop"), "now");
  shell.type(`${desk.fake.code(one.mfaSerial)}\r`);
  await shell.waitFor("over\n");
  assert.match(readFileSync(join(desk.home.path, "out"), "utf8"), /^\{"Version":1,/);
});

for (const [how, inner] of [
  ["its caller is killed", "aws-as process my-role1"],
  ["the caller of its sh -c is killed", 'sh -c "aws-as process my-role1; true"'],
] as const) {
  test(`clients-07: a question says nothing over the next prompt when ${how}`, { skip }, async (t) => {
    const desk = await deskOfTwo(t);
    const shell = await desk.terminal("bash");
    shell.type(`${script(desk, `${inner}\ntrue`)}\r`);
    await shell.waitFor(question);
    const asker = processes().find(({ command }) => command.includes("aws-as process my-role1"))?.pid ?? 0;
    process.kill(childOf(shell.pid), "SIGKILL");
    await eventually(() => !isAlive(asker), "the end of the question");
    await shell.waitForPrompt();
    await shell.run("");
    assert.doesNotMatch(shell.output(), /aws-as: /);
  });
}

test("shells-13: a question put aside by Ctrl-Z: the next call says which process it is, and how to go on", {
  skip,
}, async (t) => {
  const desk = await makeDesk(t);
  const [shell, other] = [await desk.terminal("bash"), await desk.terminal("bash")];
  shell.type("aws-as login my-role1\r");
  await shell.waitFor(question);
  shell.press("ctrl-z");
  await shell.waitForPrompt();
  const said = /error: another aws-as that is busy with this user, process (\d+) (.*), is stopped\n/;
  const again = await shell.run("aws-as login my-role1");
  const [, pid = "", where] = said.exec(again) ?? assert.fail(again);
  assert.equal(where, "on this terminal");
  assert.match(again, /hint: fg\n/);
  const elsewhere = await other.run("aws-as process my-role2");
  assert.match(said.exec(elsewhere)?.[2] ?? elsewhere, /^on \/dev\/pts\/\d+$/);
  assert.match(elsewhere, /hint: on \/dev\/pts\/\d+: fg\n/);
  assert.ok(isAlive(Number(pid)));
  shell.type("fg\r");
  await shell.waitFor(question);
  shell.type(`${desk.fake.code(one.mfaSerial)}\r`);
  await shell.waitFor('"my-role1" is good for');
  assert.equal((await other.run("aws-as login my-role2 && echo in")).trimEnd().split("\n").at(-1), "in");
});
