import assert from "node:assert/strict";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk, wrong } from "../support/desk.ts";
import { makeHome, programCall } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { startPty, withoutPty } from "../support/pty.ts";

const skip = withoutPty();
const question = `MFA code for my-user1 (${one.mfaSerial}): `;

test("login takes three wrong codes and no fourth", { skip }, async (t) => {
  const { fake, terminal } = await makeDesk(t);
  const shell = await terminal("bash");
  const code = fake.code(one.mfaSerial);
  const codes = [1, 2, 3].map((more) => wrong(String(Number(code) + more).padStart(6, "0")));
  shell.type("aws-as login my-role1\r");
  for (const each of codes) {
    await shell.waitFor(question);
    shell.type(`${each}\r`);
  }
  const ending = await shell.waitForPrompt();
  assert.ok(ending.includes(`aws-as: error: AWS refused the MFA code for ${one.mfaSerial}\n`), ending);
  assert.equal((await shell.run("echo status $?")).trim(), "status 1");
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 3 });
  // A person who starts it again is asked again, at once.
  shell.type("aws-as login my-role1\r");
  await shell.waitFor(question);
  shell.type(`${code}\r`);
  assert.match(await shell.waitForPrompt(), /aws-as: "my-role1" is good for /);
});

test("what is no code is asked for again without troubling AWS", { skip }, async (t) => {
  const { fake, terminal } = await makeDesk(t);
  const shell = await terminal("bash");
  shell.type("aws-as login my-role1\r");
  await shell.waitFor(question);
  shell.type("12345\r");
  await shell.waitFor(`a code is six digits\n${question}`);
  assert.deepEqual(fake.requests.counts(), {});
  const code = fake.code(one.mfaSerial);
  shell.type(`${code.slice(0, 3)} ${code.slice(3)}\r`);
  assert.match(await shell.waitForPrompt(), /aws-as: "my-role1" is good for /);
});

for (const key of ["ctrl-d", "ctrl-c", "ctrl-\\"] as const) {
  test(`${key} at the question says no, and leaves the terminal as it was`, { skip }, async (t) => {
    const { fake, terminal } = await makeDesk(t);
    const shell = await terminal("bash");
    const before = await shell.run("stty -a");
    // The program that an SDK calls comes first: it would take a no to another for its own.
    const commands = ["aws-as process my-role1", "aws-as login my-role1", "eval $(aws-as env my-role1)"];
    for (const command of commands) {
      shell.type(`${command}\r`);
      await shell.waitFor(question);
      shell.press(key);
      const ending = await shell.waitForPrompt();
      assert.match(ending, /^(\^[C\\])?\naws-as: error: no MFA code was given for "my-role1"\n/);
      const status = (await shell.run("echo status $?")).trim();
      assert.match(status, command.startsWith("eval") ? /^status (1|130)$/ : /^status 130$/);
      assert.equal(await shell.run("stty -a"), before);
    }
    assert.deepEqual(fake.requests.counts(), {});
  });
}

for (const kind of ["bash", "zsh"] as const) {
  test(`${kind}: a background job ends with a clear error, and is never stopped`, { skip }, async (t) => {
    if (!installed(kind, t)) return;
    const { fake, terminal } = await makeDesk(t);
    const shell = await terminal(kind);
    shell.type("aws-as process my-role1 &\r");
    await shell.waitFor(
      'aws-as: error: "my-role1" needs an MFA code, and there is no way to ask for one: this is a background job\n' +
        "aws-as: hint: start a session in a terminal first: aws-as login my-role1\n",
    );
    const jobs = await shell.run("wait; jobs -l");
    assert.doesNotMatch(jobs, /[Ss]topped|[Ss]uspended/);
    assert.equal(await shell.run("jobs"), "");
    assert.deepEqual(fake.requests.counts(), {});
  });
}

for (const [what, redirection] of [
  ["standard input closed", "<&-"],
  ["standard output closed", ">&-"],
  ["standard error closed", "2>&-"],
  ["everything closed", "<&- >&- 2>&-"],
  ["a reader that is gone", "| true"],
] as const) {
  // What env prints switches a shell: without it there is nothing to keep a session for.
  const needsOutput = / ?>&-/.test(redirection.replace("2>&-", ""));
  for (const verb of needsOutput ? ["process", "login"] : ["process", "env", "login"]) {
    test(`${verb} with ${what} asks on the terminal, and keeps the session`, { skip }, async (t) => {
      const { fake, terminal } = await makeDesk(t);
      const shell = await terminal("bash");
      // On a terminal it would show secrets, and refuses.
      const reader = verb === "env" && !redirection.startsWith("|") ? "| cat" : "";
      shell.type(`aws-as ${verb} my-role1 ${redirection} ${reader}; echo status \${PIPESTATUS[0]}\r`);
      await shell.waitFor(question);
      shell.type(`${fake.code(one.mfaSerial)}\r`);
      const answer = await shell.waitForPrompt();
      assert.match(answer, /^[0-9]{6}\n/);
      assert.match(answer, /\nstatus 0\n/);
      assert.doesNotMatch(answer, /aws-as: (error|warning|internal)|EPIPE|EBADF/);

      assert.match(await shell.run("aws-as process my-role1"), /^\{"Version":1,/);
      assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
    });
  }
}

test("shells-15: env with standard output closed fails before it asks", { skip }, async (t) => {
  const { fake, terminal } = await makeDesk(t);
  const shell = await terminal("bash");
  for (const redirection of [">&-", "<&- >&- 2>&-"]) {
    const answer = await shell.run(`aws-as env my-role1 ${redirection} | cat; echo status \${PIPESTATUS[0]}`);
    assert.match(answer, /status 1\n$/);
    assert.equal(answer.includes("aws-as: error: "), !redirection.includes("2>&-"), answer);
  }
  assert.deepEqual(fake.requests.counts(), {});
});

test("a terminal that tells no width is taken to be 80 columns wide", { skip }, async (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const call = [
    "-c",
    'stty cols 0; exec "$@"',
    "sh",
    ...programCall("explain", "nobody-of-this-name").flat(),
  ];
  const terminal = startPty("sh", call, { env: home.env });
  t.after(() => terminal.close());
  await terminal.exit();
  assert.match(terminal.output(), /error: no profile "nobody-of-this-name" in /);
});
