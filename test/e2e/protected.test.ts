import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome, programCall } from "../support/home.ts";
import { startPty, startShell, withoutPty } from "../support/pty.ts";

const skip = withoutPty();

async function scene(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({
    url: fake.url,
    config: `${awsFilesOfOne().config}\n[aws-as my-role1]\nprotected = true\n`,
  });
  t.after(() => home.remove());
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  return { fake, home };
}

const question = "Type my-role1 to agree:";

test("a yes holds for its terminal, for every program on it, and ends with it", { skip }, async (t) => {
  const { home } = await scene(t);
  const [command, words] = programCall();
  const call = [command, ...words].map((word) => `'${word}'`).join(" ");
  const open = async () => {
    const shell = await startShell("bash", { env: home.env, cwd: home.path });
    t.after(() => shell.close());
    return shell;
  };
  const shell = await open();
  shell.type(`${call} process my-role1 > first.json\r`);
  await shell.waitFor(question);
  // Neither a reflex nor a part is a yes.
  shell.type("y\r");
  await shell.waitFor("that is not my-role1; an empty line means no");
  await shell.waitFor(question);
  shell.type("my-role1\r");
  await shell.waitForPrompt();
  assert.match(await shell.run("grep -c Version first.json"), /^1$/m);
  const again = await shell.run(`${call} exec my-role1 -- sh -c 'echo as $AWS_AS_IDENTITY'`);
  assert.match(again, /^as my-role1$/m);
  assert.doesNotMatch(again, /Type my-role1/);
  const inBackground = await shell.run(
    `${call} process my-role1 > second.json & wait; grep -c Version second.json`,
  );
  assert.match(inBackground, /^1$/m);
  await shell.close();

  const other = await open();
  other.type(`${call} process my-role1 > third.json; echo ended $?\r`);
  await other.waitFor(question);
  other.type("\r");
  await other.waitFor("ended 130");
  await other.waitForPrompt();
  assert.match(await other.run("wc -c < third.json"), /^0$/m);
});

test("without a terminal nothing is handed out, and what is typed ahead or piped in is no yes", {
  skip,
}, async (t) => {
  const { home } = await scene(t);
  for (const args of [
    ["process", "my-role1"],
    ["env", "my-role1"],
    ["exec", "my-role1", "--", "env"],
    ["exec", "my-role1", "--limit", "read-only", "--", "env"],
    ["console", "my-role1", "--print"],
    ["serve", "--socket", "socket", "my-role1"],
  ]) {
    const { status, stdout, stderr } = await home.run(args, {
      input: "my-role1\nmy-role1\n",
      cwd: home.path,
    });
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^(false;?\n)?$/, args.join(" "));
    assert.match(
      stderr,
      /"my-role1(:limit=read-only)?" is protected, and nobody can be asked: there is no terminal/,
    );
    assert.doesNotMatch(stderr, /AccessKeyId|SECRET/);
  }
  const [command, words] = programCall("process", "my-role1");
  const typed = await startPty(command, words, { env: home.env });
  t.after(() => typed.close());
  typed.type("my-role1\r");
  await typed.waitFor(question);
  typed.press("ctrl-c");
  await typed.exit();
  assert.doesNotMatch(typed.output(), /AccessKeyId/);
});
