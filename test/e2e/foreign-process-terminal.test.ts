import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { outside } from "../support/aws/world-of-sources.ts";
import { commandsIn } from "../support/aws-clis.ts";
import { laterBy } from "../support/later.ts";
import { eventually, processes, type ShellPty, startShell, withoutPty } from "../support/pty.ts";
import { served, sourceScene } from "../support/source-scene.ts";

const skip = withoutPty();

/** On the terminal device, as most helpers do; and on standard input, as aws-vault does. */
const asking = {
  device: `printf 'Token please: ' > /dev/tty; read -r token < /dev/tty`,
  input: `printf 'Token please: ' >&2; read -r token`,
};

async function scene(t: TestContext, script: string, seconds = 3600) {
  const config = `[profile p]\ncredential_process = ~/tool\nregion = eu-west-1\n`;
  const { fake, home } = await sourceScene(t, config);
  const session = fake.grant(outside.machineRole, seconds);
  const document = {
    Version: 1,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt).toISOString(),
  };
  writeFileSync(join(home.path, "document"), JSON.stringify(document), { mode: 0o600 });
  const write = (text: string) =>
    writeFileSync(join(home.path, "tool"), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  write(`echo run >> "$HOME/log"; ${script}; [ "$token" = 4711 ] || exit 9; cat "$HOME/document"`);
  const env = commandsIn(home);
  const terminal = async (): Promise<ShellPty> => {
    const shell = await startShell("bash", { env, cwd: home.path });
    t.after(() => shell.close());
    return shell;
  };
  const runs = () => {
    const log = join(home.path, "log");
    return existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n").length : 0;
  };
  return { fake, home, env, terminal, write, session, runs };
}

for (const way of ["device", "input"] as const) {
  test(`a program that asks by the terminal's ${way} is answered there, whatever our own streams are`, {
    skip,
  }, async (t) => {
    const { terminal, session, home } = await scene(t, asking[way]);
    const shell = await terminal();
    shell.type("aws-as process p < <(sleep 20) > out 2> err; echo status=$?\r");
    await shell.waitFor("Token please: ");
    shell.type("4711\r");
    await shell.waitFor("status=0");
    const read = (name: string) => readFileSync(join(home.path, name), "utf8");
    assert.equal(read("err"), "");
    assert.equal(JSON.parse(read("out")).AccessKeyId, session.accessKeyId);
    assert.ok(!shell.output().includes(session.secretAccessKey));
  });
}

test("Ctrl-C at its question cancels at once, leaves the terminal as it was, and frees the others", {
  skip,
}, async (t) => {
  const { terminal, home, runs } = await scene(t, `stty -echo < /dev/tty; ${asking.device}`);
  const shell = await terminal();
  const before = await shell.run("stty -a");
  shell.type("aws-as login p\r");
  await shell.waitFor("Token please: ");
  shell.press("ctrl-c");
  await shell.waitForPrompt();
  assert.match(await shell.run("echo status=$?"), /status=130/);
  assert.equal(await shell.run("stty -a"), before);
  assert.equal(processes().filter(({ command }) => command.includes(join(home.path, "tool"))).length, 0);
  // A program that calls again at once is told what the person said.
  assert.match(
    await shell.run("aws-as process p; echo status=$?"),
    /was cancelled \(a moment ago\)[\s\S]*status=130/,
  );
  assert.equal(runs(), 1);
  shell.type("aws-as login p\r");
  await shell.waitFor("Token please: ");
  shell.type("4711\r");
  await shell.waitFor(/"p" is good for/);
});

test("in a background job it has no terminal, and the job is not stopped", { skip }, async (t) => {
  const { terminal } = await scene(t, `read -r token < /dev/tty`);
  const shell = await terminal();
  await shell.run("(aws-as process p > out 2> err; echo $? > status) &");
  await shell.run("wait; jobs");
  assert.match(await shell.run("cat status err"), /^1\n.*failed with exit status \d+: .*\/dev\/tty/);
});

test("it asks nobody where AWS_AS_PROMPT says so, and in a renewal ahead of time", { skip }, async (t) => {
  const later = laterBy("225s", t);
  if (later === undefined) return;
  const { terminal, write, home, session } = await scene(t, "token=4711", 300);
  const shell = await terminal();
  await shell.run("aws-as process p > out");
  write(`${asking.device} || echo nobody >> "$HOME/log"; exit 1`);
  const faked = Object.entries(later)
    .map(([name, value]) => `${name}='${value}'`)
    .join(" ");
  await shell.run(`${faked} aws-as process p > out`);
  const { AccessKeyId } = JSON.parse(readFileSync(join(home.path, "out"), "utf8"));
  assert.equal(AccessKeyId, session.accessKeyId);
  assert.match(
    await shell.run("AWS_AS_PROMPT=none aws-as login p --renew"),
    /failed with exit status 1: .*\/dev\/tty/,
  );
  assert.match(readFileSync(join(home.path, "log"), "utf8"), /nobody\nnobody\n$/);
  assert.doesNotMatch(shell.output(), /Token please/);
});

test("one that does not end is ended with all it started, and typing shows again", { skip }, async (t) => {
  const { terminal, home } = await scene(t, "");
  const shell = await terminal();
  const before = await shell.run("stty -a");
  const driver = join(import.meta.dirname, "../system/children/run-for-credentials-driver.js");
  const line = `stty -echo < /dev/tty; trap "" TERM; sleep 985 & sleep 984`;
  // With a terminal among its own streams, Node would put it back by itself.
  await shell.run(`${process.execPath} ${driver} '${line}' 700 < /dev/null > said 2>&1`);
  assert.match(readFileSync(join(home.path, "said"), "utf8"), /"kind":"timed-out".*"onTerminal":true/);
  await eventually(() => !processes().some(({ command }) => /^sleep 98[45]$/.test(command)), "both to end");
  assert.equal(await shell.run("stty -a"), before);
});

test("what it says while it works is seen on the terminal, and serving it from the store is silent", {
  skip,
}, async (t) => {
  const { terminal, runs } = await scene(t, `echo 'touch your key' >&2; token=4711`);
  const shell = await terminal();
  assert.match(await shell.run("aws-as login p"), /touch your key\n(.*\n)*.*"p" is good for/);
  assert.doesNotMatch(await shell.run("aws-as process p > out"), /touch/);
  assert.equal(runs(), 1);
});

test("without a terminal its question fails, and the hint says where it would work", async (t) => {
  const { home } = await scene(t, `read -r token < /dev/tty || exit 1`);
  const run = await home.run(["process", "p"]);
  assert.equal(run.status, 1);
  assert.match(run.stderr, /hint: if it has to ask something, run in a terminal: aws-as login p\n$/);
  assert.throws(() => served(run));
});
