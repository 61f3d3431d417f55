import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  childOf,
  eventually,
  isAlive,
  processes,
  type ShellPty,
  startPty,
  startShell,
  withoutPty,
} from "../support/pty.ts";
import type { Order } from "./ask-driver.ts";

const question = "MFA code for my-user1 (arn:aws:iam::111111111111:mfa/my-user1): ";
const driver = join(import.meta.dirname, "ask-driver.js");
const skip = withoutPty();

function command(order: Partial<Order> = {}): string {
  const json = JSON.stringify({ what: "code", ...order }).replaceAll("'", "'\\''");
  return `${process.execPath} ${driver} '${json}'`;
}

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "aws-as-prompt-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function shell(context: TestContext, name: "bash" | "zsh"): Promise<ShellPty> {
  const started = await startShell(name, { columns: 500 });
  context.after(() => started.close());
  return started;
}

/** Types a command that asks, and waits for its question. */
async function begin(bash: ShellPty, order: Partial<Order> = {}): Promise<void> {
  bash.type(`${command(order)}\r`);
  await bash.waitFor("\n");
  await bash.waitFor(order.what === "confirm" ? "[y/N] " : question);
}

/**
 * Begins a hidden question whose answer goes to a file. No stream is the terminal: Node restores the modes of
 * a terminal among its streams when it ends, and would hide that we did not.
 */
async function beginHidden(bash: ShellPty, answers: string, order: Partial<Order> = {}): Promise<void> {
  bash.type(`${command({ what: "hidden", answers, ...order })} </dev/null >/dev/null 2>&1\r`);
  await bash.waitFor("\n");
  await bash.waitFor("Passphrase: ");
}

for (const name of ["bash", "zsh"] as const) {
  test(`${name}: a code is asked for with the identity and the device, and the terminal stays as it was`, {
    skip,
  }, async (context) => {
    const sh = await shell(context, name);
    const before = await sh.run("stty -a");
    await begin(sh, { within: 600_000 });
    sh.type("123456\r");
    const rest = await sh.waitForPrompt();
    assert.match(rest, /^123456\nanswer: \{"kind":"code","code":"123456","from":"person"\}\n/);
    assert.equal(await sh.run("stty -a"), before);
  });

  test(`${name}: a background job does not ask and is not stopped`, { skip }, async (context) => {
    const sh = await shell(context, name);
    await sh.run(`${command()} &`);
    const waited = await sh.run("wait");
    assert.match(waited, /"kind":"cannot-ask","because":"this is a background job"/);
    assert.doesNotMatch(sh.output(), /stopped|suspended|MFA code for/i);
    assert.equal(await sh.run("jobs"), "");
  });

  test(`${name}: a question that was suspended comes back with fg`, { skip }, async (context) => {
    const sh = await shell(context, name);
    await begin(sh);
    sh.press("ctrl-z");
    assert.match(await sh.waitForPrompt(), /stopped|suspended/i);
    sh.type("fg\r");
    await sh.waitFor(question);
    sh.type("123456\r");
    assert.match(await sh.waitForPrompt(), /"code":"123456"/);
  });

  test(`${name}: a suspended question that goes on in the background gives up`, { skip }, async (context) => {
    const sh = await shell(context, name);
    await begin(sh);
    sh.press("ctrl-z");
    await sh.waitForPrompt();
    sh.type("bg\r");
    await sh.waitFor('"because":"this is a background job"');
    sh.type("wait; jobs; echo no other $((1 + 1)) jobs\r");
    assert.doesNotMatch(await sh.waitFor("no other 2 jobs"), /stopped|suspended/i);
  });

  test(`${name}: a passphrase is not shown, and typing shows again after Ctrl-C`, {
    skip,
  }, async (context) => {
    const sh = await shell(context, name);
    const before = await sh.run("stty -a");
    const file = join(folder(context), "answers");
    await beginHidden(sh, file);
    sh.type("correct horse\r");
    const rest = await sh.waitForPrompt();
    assert.equal(rest.split("\n")[0], "", "nothing typed is shown");
    assert.equal(read(file), 'answer: {"kind":"answer","value":"correct horse"}\n');
    assert.equal(await sh.run("stty -a"), before);
    await beginHidden(sh, file);
    sh.type("half");
    sh.press("ctrl-c");
    await sh.waitForPrompt();
    assert.match(read(file), /"kind":"cancelled"/);
    assert.equal(await sh.run("stty -a"), before);
  });
}

test("what is no code is asked for again on the spot, three times", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  await begin(bash);
  for (const wrong of ["12345", "", "my code"]) {
    bash.type(`${wrong}\r`);
    assert.match(await bash.waitFor(question), /\na code is six digits\n/);
  }
  bash.type("1234567\r");
  assert.match(await bash.waitForPrompt(), /"kind":"cancelled"/);
});

test("spaces in a code are forgiven", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  await begin(bash);
  bash.type(" 123 456 \r");
  assert.match(await bash.waitForPrompt(), /"code":"123456"/);
});

test("after a refusal the question says why, and takes no code twice", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  await begin(bash, { refusals: ["AWS refused the code"] });
  bash.type("123456\r");
  assert.match(await bash.waitFor(question), /\nAWS refused the code\n/);
  bash.type("123456\r");
  assert.match(await bash.waitFor(question), /used before; wait for the next one\n/);
  bash.type("654321\r");
  assert.match(await bash.waitForPrompt(), /"code":"654321"/);
});

test("a code that was typed before the question counts, other lines do not", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  bash.type(`echo wait"ing"; until read -t 0; do sleep 0.05; done; echo typed "ahead"; ${command()}\r`);
  await bash.waitFor("waiting\n");
  bash.type("\rls\r246802\r");
  const rest = await bash.waitForPrompt();
  assert.match(rest, /typed ahead/);
  assert.match(rest, /"code":"246802"/);
  assert.doesNotMatch(rest, /MFA code for/);
});

test("Ctrl-D is a no", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  await begin(bash);
  bash.press("ctrl-d");
  assert.match(await bash.waitForPrompt(), /^\nanswer: \{"kind":"cancelled"\}/);
});

test("Ctrl-C is a no: the line is ended, the exit status is 130", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const before = await bash.run("stty -a");
  await begin(bash);
  bash.type("12");
  await bash.waitFor("12");
  bash.press("ctrl-c");
  assert.match(await bash.waitForPrompt(), /^\^C\nanswer: \{"kind":"cancelled"\}\n/);
  assert.match(await bash.run("echo status $?"), /status 130/);
  assert.equal(await bash.run("stty -a"), before);
});

test("when time is up the process ends, and the next key belongs to the shell", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const before = await bash.run("stty -a");
  await begin(bash, { within: 1500 });
  assert.match(await bash.waitForPrompt(), /^\nanswer: \{"kind":"timed-out"\}\n/);
  assert.equal(await bash.run("echo 'all mine'"), "all mine\n");
  assert.equal(await bash.run("stty -a"), before);
});

test("output that is held by Ctrl-S does not hold the end of the time", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const file = join(folder(context), "answers");
  await begin(bash, { within: 1500, answers: file });
  bash.press("ctrl-s");
  await eventually(() => read(file) !== "", "the answer");
  assert.match(read(file), /"kind":"timed-out"/);
  bash.press("ctrl-q");
  await bash.waitForPrompt();
});

test("a killed question leaves the terminal as it was", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const before = await bash.run("stty -a");
  await begin(bash);
  process.kill(childOf(bash.pid), "SIGKILL");
  await bash.waitForPrompt();
  assert.equal(await bash.run("stty -a"), before);
});

test("without a terminal nobody is asked", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  assert.match(
    await bash.run(`setsid -w ${command()}`),
    /"kind":"cannot-ask","because":"there is no terminal"/,
  );
});

test("streams that go elsewhere do not matter: the question is on the terminal", {
  skip,
}, async (context) => {
  const bash = await shell(context, "bash");
  const file = join(folder(context), "out");
  bash.type(`true | ${command()} >${file} 2>&1 | cat\r`);
  await bash.waitFor(question);
  bash.type("123456\r");
  await bash.waitForPrompt();
  assert.equal(read(file), 'answer: {"kind":"code","code":"123456","from":"person"}\n');
});

for (const [name, tail] of [
  ["the question ends when the parent is killed and the shell takes the terminal back", ""],
  ["the question ends when the parent is killed and the job still has the terminal", " | sleep 30"],
] as const) {
  test(name, { skip }, async (context) => {
    const bash = await shell(context, "bash");
    const path = folder(context);
    const file = join(path, "answers");
    const script = join(path, "parent.sh");
    writeFileSync(script, `echo parent $$ >&2\n${command({ answers: file })}\ntrue\n`);
    bash.type(`bash ${script}${tail}\r`);
    const parent = Number(/parent (\d+)\n/.exec(await bash.waitFor(/parent \d+\n/))?.[1]);
    await bash.waitFor(question);
    const asker = childOf(parent);
    process.kill(parent, "SIGKILL");
    await eventually(() => !isAlive(asker), "the end of the question");
    assert.match(read(file), /"kind":"(cancelled|cannot-ask)"/);
  });
}

for (const [how, line, state] of [
  ["in the foreground", "DRIVER", "foreground"],
  ["in the background", "DRIVER & wait", "background"],
  ["without a terminal", "setsid -w DRIVER", "none"],
] as const) {
  test(`${how} the terminal's state is ${state}`, { skip }, async (context) => {
    const bash = await shell(context, "bash");
    const printed = await bash.run(line.replace("DRIVER", command({ what: "state" })));
    assert.match(printed, new RegExp(`"state":"${state}"`));
  });
}

test("the question ends when the terminal window is closed", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const file = join(folder(context), "answers");
  await begin(bash, { answers: file });
  const asker = childOf(bash.pid);
  bash.kill("SIGHUP");
  await eventually(() => !isAlive(asker), "the end of the question");
  assert.match(read(file), /"kind":"cancelled"/);
});

test("of two askers behind one lock, one asks at a time", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const lock = join(folder(context), "lock");
  const other = await shell(context, "bash");
  await begin(bash, { lock });
  other.type(`${command({ lock })}\r`);
  await other.waitFor("\n");
  await eventually(
    () =>
      processes().filter((one) => one.command.includes(lock) && one.command.includes("ask-driver")).length ===
      2,
    "the second asker",
  );
  bash.type("123456\r");
  await bash.waitForPrompt();
  assert.doesNotMatch(other.output().replace(command({ lock }), ""), /answer/);
  await other.waitFor(question);
  other.type("654321\r");
  assert.match(await other.waitForPrompt(), /"code":"654321"/);
});

test("Ctrl-C at the question frees the lock for the next asker", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const lock = join(folder(context), "lock");
  await begin(bash, { lock });
  bash.press("ctrl-c");
  await bash.waitForPrompt();
  await begin(bash, { lock });
  bash.type("123456\r");
  assert.match(await bash.waitForPrompt(), /"code":"123456"/);
});

test("names cannot send commands to the terminal", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  bash.type(`${command({ identity: "dev\u001b[2J\u202egnp" })}\r`);
  await bash.waitFor("MFA code for dev?[2J?gnp (");
  bash.press("ctrl-d");
  await bash.waitForPrompt();
});

test("a suspended passphrase question leaves a shell that shows typing", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const before = await bash.run("stty -a");
  const file = join(folder(context), "answers");
  await beginHidden(bash, file);
  bash.press("ctrl-z");
  await bash.waitForPrompt();
  assert.equal(await bash.run("stty -a"), before);
  bash.type("fg\r");
  await bash.waitFor("Passphrase: ");
  bash.type("secret\r");
  assert.equal((await bash.waitForPrompt()).split("\n")[0], "", "nothing typed is shown");
  assert.match(read(file), /"secret"/);
  assert.equal(await bash.run("stty -a"), before);
});

test("a passphrase question whose time is up shows typing again", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const before = await bash.run("stty -a");
  const file = join(folder(context), "answers");
  await beginHidden(bash, file, { within: 1500 });
  await bash.waitForPrompt();
  assert.match(read(file), /"kind":"timed-out"/);
  assert.equal(await bash.run("stty -a"), before);
});

for (const [typed, value] of [
  ["y", true],
  ["Yes", true],
  ["n", false],
  ["", false],
] as const) {
  test(`${JSON.stringify(typed)} to a question of yes or no means ${value}`, { skip }, async (context) => {
    const bash = await shell(context, "bash");
    await begin(bash, { what: "confirm" });
    bash.type(`${typed}\r`);
    assert.match(await bash.waitForPrompt(), new RegExp(`"kind":"answer","value":${value}`));
  });
}

test("mfa_process may speak to the person on the terminal, and its code is taken", {
  skip,
}, async (context) => {
  const bash = await shell(context, "bash");
  const mfaProcess = "echo 'touch your key' >&2; echo \"$AWS_AS_MFA_SERIAL  135790\"";
  const rest = await bash.run(`${command({ mfaProcess })} 2>/dev/null | cat`);
  assert.match(rest, /touch your key\n/);
  assert.match(rest, /"code":"135790","from":"process"/);
});

test("Ctrl-C while mfa_process waits ends it and all it started", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const mark = `3${process.pid}.25`;
  bash.type(`${command({ mfaProcess: `echo waiting for a touch >&2; sleep ${mark} & wait` })}\r`);
  await bash.waitFor("\n");
  await bash.waitFor("waiting for a touch\n");
  bash.press("ctrl-c");
  assert.match(await bash.waitForPrompt(), /"kind":"cancelled"/);
  await eventually(
    () => !processes().some((one) => one.command === `sleep ${mark}`),
    "the end of the command",
  );
});

test("what a failed mfa_process said is told where there is no terminal", { skip }, async (context) => {
  const bash = await shell(context, "bash");
  const rest = await bash.run(`setsid -w ${command({ mfaProcess: "echo no key >&2; exit 3" })} 2>&1`);
  assert.match(rest, /UserError: mfa_process "echo" failed with exit status 3: no key\n/);
});

for (const signal of ["SIGTERM", "SIGQUIT"] as const) {
  test(`${signal} at a passphrase question shows typing again`, { skip }, async (context) => {
    const bash = await shell(context, "bash");
    const before = await bash.run("stty -a");
    const file = join(folder(context), "answers");
    await beginHidden(bash, file);
    process.kill(childOf(bash.pid), signal);
    await bash.waitForPrompt();
    assert.match(read(file), /"kind":"cancelled"/);
    assert.equal(await bash.run("stty -a"), before);
  });
}

test("Ctrl-Z where no shell could bring us back does not freeze the question", { skip }, async (context) => {
  const alone = startPty(process.execPath, [driver, JSON.stringify({ what: "code" })]);
  context.after(() => alone.close());
  await alone.waitFor(question);
  alone.press("ctrl-z");
  await alone.waitFor(question);
  alone.type("123456\r");
  await alone.waitFor('"code":"123456"');
  assert.deepEqual(await alone.exit(), { code: 0, signal: 0 });
});

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
