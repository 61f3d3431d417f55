import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import * as fc from "fast-check";
import { dialect, quoted } from "../../src/emit/xonsh/shell.ts";
import { makeDesk } from "../support/desk.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { startPty, withoutPty } from "../support/pty.ts";
import { runShell, signIn } from "../support/shells/scripts.ts";
import { awsVariables, open } from "../support/shells/shell.ts";
import { switchesOf, withStandIn } from "../support/shells/stand-in.ts";
import { storyOf } from "../support/shells/story.ts";
import { startedDuring } from "../support/shells/traced.ts";
import { xonshSettings, xonshWith } from "../support/shells/xonsh.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-xonsh-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = join(folder, "rc.xsh");
writeFileSync(startFile, xonshSettings);
const xonsh = xonshWith(startFile);
const skip = withoutPty();

storyOf(xonsh);

const values = [
  ...hostileValues,
  ...fc.sample(fc.string({ unit: "binary", maxLength: 40 }), { numRuns: 60, seed: 3 }),
].filter((value) => !value.includes("\0"));
// A program is started for each of these.
const names = hostileValues;
const { variables, all, other, back } = switchesOf(values);

/** Runs a script without a terminal and without start-up files; what it prints, line by line. */
async function run(t: Parameters<typeof makeDesk>[0], script: string, env: Record<string, string> = {}) {
  const desk = await makeDesk(t);
  const file = join(folder, "script.xsh");
  writeFileSync(file, script);
  const ran = await runShell(desk, ["xonsh", "--no-rc", file], { env, cwd: folder });
  return { ...ran, lines: ran.stdout.split("\n").slice(0, -1) };
}

/** A command that prints what programs get as these variables, as JSON on a line. */
function show(...names: string[]): string {
  writeFileSync(
    join(folder, "show.cjs"),
    "console.log(JSON.stringify(process.argv.slice(2).map((name) => process.env[name] ?? null)))",
  );
  return `${process.execPath} ${join(folder, "show.cjs")} ${names.join(" ")}`;
}

test("xonsh: every hostile value arrives byte for byte, by the functions and by what people type", async (t) => {
  if (!installed("xonsh", t)) return;
  writeFileSync(join(folder, "typed.py"), dialect.render([{ kind: "unset", name: "B" }, ...all]));
  const functions = withStandIn("xonsh", folder, { all, other, back });
  writeFileSync(join(folder, "functions.py"), functions);
  const { lines, stderr, status } = await run(
    t,
    `execx($(cat typed.py))
${show("B", ...variables)}
for name in ${JSON.stringify(variables)}:
    del __xonsh__.env[name]
execx($(cat functions.py))
aws-as all
${show(...variables)}
aws-as other
${show(...variables)}
aws-as back
${show(...variables)}
`,
    { B: "was there" },
  );
  assert.equal(stderr, "");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [[null, ...values], values, values.map(() => "other"), values],
  );
  assert.equal(status, 0);
});

test("xonsh: names arrive as they are, and commands are programs as any other", async (t) => {
  if (!installed("xonsh", t)) return;
  writeFileSync(
    join(folder, "functions.py"),
    withStandIn("xonsh", folder, { me: [{ kind: "set", name: "A", value: "1" }] }),
  );
  const { lines, stderr } = await run(
    t,
    `execx($(cat functions.py))
names = [${names.map(quoted).join(", ")}]
for name in names:
    aws-as use @(name) > /dev/null
echo "from a pipe" | aws-as status --flag 'two words' '*' -- -x | head -1
captured = $(aws-as env me)
print(len(captured.splitlines()))
print(!(aws-as --fail).returncode)
aws-as list > file
print(len(open("file").readlines()))
echo code | aws-as me
print($A)
$A = 0
aws-as me | cat
print($A)
aliases["as"] = "aws-as use"
$A = 0
as me
print($A)
aws-as nope || echo failed
print($A)
`,
  );
  const words = ["status", "--flag", "two words", "*", "--", "-x"];
  assert.deepEqual(JSON.parse(lines.shift() ?? ""), { words, input: "from a pipe\n" });
  // What is captured is not printed.
  assert.deepEqual(
    lines.filter((line) => !/^(\{|a second line)/.test(line)),
    ["2", "7", "2", "1", "1", "1", "failed", "1"],
  );
  const refused = stderr.split("\n").filter((line) => line.startsWith("no such: "));
  assert.deepEqual(
    refused.map((line) => JSON.parse(line.slice("no such: ".length))),
    [...names.map((name) => [name]), ["nope"]],
  );
  assert.ok(!existsSync(join(folder, "pwned")));
});

test("xonsh: a failure is one that a script can stop at, and changes nothing", async (t) => {
  if (!installed("xonsh", t)) return;
  writeFileSync(join(folder, "functions.py"), withStandIn("xonsh", folder, {}));
  const { lines, status } = await run(
    t,
    `execx($(cat functions.py))
aws-as nope
print(__xonsh__.env.get("A"))
aws-as-deactivate || print("stays", len(aliases["aws-as"]))
$RAISE_SUBPROC_ERROR = True
try:
    aws-as nope
except Exception as error:
    print(error.returncode)
aws-as nope
print("not reached")
`,
  );
  assert.deepEqual([lines, status], [["None", "stays 2", "3"], 1]);
  const typed = await run(t, `execx($(aws-as env nope --shell xonsh))\nprint("not reached")\n`);
  assert.deepEqual([typed.lines, typed.status], [[], 1]);
  assert.match(typed.stderr, /no profile "nope"[\s\S]*aws-as failed/);
});

test("xonsh: set up in the start-up file of a login shell; one inside acts as the same and leaves by itself", {
  skip,
}, async (t) => {
  const file = join(folder, "own.xsh");
  writeFileSync(file, `${xonshSettings}${xonsh.activate}\n`);
  const opened = await open(t, { ...xonsh, args: ["--login", "--rc", file, "-i"] });
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line("", "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  const acting = await session.variables();
  assert.deepEqual(
    Object.keys(acting).filter((name) => name.includes("aws_as")),
    [],
  );
  await session.line(`xonsh --rc ${file} -i`, "(my-role1) ");
  assert.deepEqual(awsVariables(await session.variables(), desk), awsVariables(acting, desk));
  await session.line("aws-as-deactivate", "");
  assert.deepEqual(awsVariables(await session.variables(), desk), {});
  await session.line("exit", "(my-role1) ");
  assert.deepEqual(awsVariables(await session.variables(), desk), awsVariables(acting, desk));
  // A script started here has no functions, but the identity.
  assert.match(await session.line("xonsh --no-rc -c 'aws-as status'"), /^\(my-role1\) /);
});

test("xonsh: the prompt tells what holds now, around whatever the prompt is, and starts nothing", {
  skip,
}, async (t) => {
  const opened = await open(t, xonsh);
  if (!opened || !installed("strace", t)) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(xonsh.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("$AWS_PROFILE = 'x'", "(?) ");
  await session.line("del $AWS_PROFILE", "(my-role1) ");
  await session.line("$AWS_ACCESS_KEY_ID = 'AKIAOTHER'", "(?) ");
  await session.line("$AWS_ACCESS_KEY_ID = $AWS_AS_ACCESS_KEY_ID", "(my-role1) ");
  await session.line("$AWS_AS_DISABLE_PROMPT = 1", "");
  await session.line("del $AWS_AS_DISABLE_PROMPT", "(my-role1) ");
  await session.line("execx($(aws-as env my-user1 --shell xonsh))", "(my-user1) ");
  for (const name of ["$(touch pwned)", "{cwd}", "{RED}x", "{", "%s", "é"]) {
    await session.line(`$AWS_AS_IDENTITY = ${quoted(name)}`, "(?) ");
  }
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("$PROMPT = 'text ready> '", "(my-role1) text ");
  await session.line("$PROMPT = lambda: 'function ready> '", "(my-role1) function ");
  // A theme takes hold of how prompts are made; another wraps it, and so ours.
  await session.line(
    "own = lambda tokens: 'theme ' + ''.join(t.value for t in tokens.tokens)",
    "(my-role1) function ",
  );
  await session.line("$PROMPT_TOKENS_FORMATTER = own", "(my-role1) theme function ");
  await session.line("inner = $PROMPT_TOKENS_FORMATTER", "(my-role1) theme function ");
  await session.line(
    "$PROMPT_TOKENS_FORMATTER = lambda tokens: 'outer ' + inner(tokens)",
    "(my-role1) outer theme function ",
  );
  await session.line("$PROMPT = 'ready> '", "(my-role1) outer theme ");
  const started = await startedDuring(session.pty.pid, async () => {
    for (let at = 0; at < 5; at++) await session.line("");
    // The trace works.
    await session.line("/bin/true");
  });
  const programs = started.filter((line) => /exec/.test(line));
  // xonsh itself puts the terminal in order after a program.
  assert.match(programs[0] ?? "", /"\/bin\/true"/);
  await session.line("aws-as-deactivate", "outer theme ");
  await session.line("$PROMPT_TOKENS_FORMATTER = own", "theme ");
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});

test("xonsh: the prompt says when the credentials have expired", { skip }, async (t) => {
  const opened = await open(t, xonsh);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(xonsh.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  // A shell in it inherits them, long after.
  await session.line("$AWS_CREDENTIAL_EXPIRATION = '2001-01-01T00:00:00Z'", "(my-role1 expired) ");
  await session.line(`xonsh --rc ${startFile} -i`, "");
  await session.line(xonsh.activate, "(my-role1 expired) ");
  await session.line("$AWS_PROFILE = 'x'", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
});

test("xonsh: a question that is cancelled changes nothing and fails; the terminal is as before", {
  skip,
}, async (t) => {
  const opened = await open(t, xonsh);
  if (!opened) return;
  const { session } = opened;
  await session.line(xonsh.activate, "(-) ");
  const terminal = await session.line("stty -a");
  for (const words of ["my-role1", "login my-user1"]) {
    session.type(`aws-as ${words}`);
    await session.pty.waitFor("MFA code for my-user1");
    session.pty.press("ctrl-c");
    await session.nextPrompt("(-) ");
    assert.match(await session.line("print('status is', $LAST_RETURN_CODE)"), /status is (130|-2)\s*$/);
  }
  assert.equal(await session.line("stty -a"), terminal);
});

test("xonsh: with prompt_toolkit, as most people have it", { skip }, async (t) => {
  if (!installed("xonsh", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  // It draws the prompt by moving the cursor, so blanks are not on the terminal.
  const pty = startPty("xonsh", xonsh.args, { env: { ...desk.env, TERM: "xterm" }, cwd: desk.home.path });
  t.after(() => pty.close());
  const types = async (line: string, prompt: string) => {
    await pty.waitFor(prompt);
    pty.type(`${line}\r`);
  };
  await types(xonsh.activate, "ready>");
  await types("aws-as my-role1", "(-) ready>");
  await types("aws-as status | cat", "(my-role1) ready>");
  await pty.waitFor('this shell acts as "my-role1"');
  await types("aws-as-deactivate", "(my-role1) ready>");
  await types("env > variables; print('done'.upper())", "\nready>");
  await pty.waitFor("DONE");
  assert.doesNotMatch(readFileSync(join(desk.home.path, "variables"), "utf8"), /AWS_ACCESS_KEY_ID/);
});
