import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import * as fc from "fast-check";
import { memoryJson } from "../../src/emit/memory-json.ts";
import { dialect, quoted } from "../../src/emit/nushell/shell.ts";
import { programCall } from "../support/home.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { withoutPty } from "../support/pty.ts";
import { nuProgram, nuSettings, nushell } from "../support/shells/nushell.ts";
import { answering, assertSameState, awsVariables, open } from "../support/shells/shell.ts";
import { switchesOf } from "../support/shells/stand-in.ts";
import { storyOf } from "../support/shells/story.ts";

storyOf(nushell);

const values = [
  ...hostileValues,
  ...fc.sample(fc.string({ unit: "binary", maxLength: 40 }), { numRuns: 60, seed: 3 }),
].filter((value) => !value.includes("\0"));

const folder = mkdtempSync(join(tmpdir(), "aws-as-nushell-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs a script without a terminal and without start-up files. */
function run(script: string, env: Record<string, string> = {}, input = "") {
  const file = join(folder, "script.nu");
  writeFileSync(file, script);
  return spawnSync(nuProgram, ["--no-config-file", file], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
    encoding: "utf8",
    input,
  });
}

/** The functions, in a file, with a program of the test's own behind them. */
function functionsFor(fake: string): string {
  const file = join(folder, "fake.mjs");
  writeFileSync(file, fake);
  const text = execFileSync(...programCall("--shell", "nu"), { encoding: "utf8" });
  const mine = `^${quoted(process.execPath)} ${quoted(file)} ...$words`;
  const path = join(folder, "functions.nu");
  writeFileSync(
    path,
    text.replace(/\^"[^"]*" "[^"]*" \.\.\.\$words/, () => mine),
  );
  assert.ok(readFileSync(path, "utf8").includes(mine));
  return path;
}

/** What programs get as these variables, as JSON on a line. */
function show(...names: string[]): string {
  return `^${quoted(process.execPath)} -e 'console.log(JSON.stringify(process.argv.slice(1).map((name) => process.env[name] ?? null)))' ${names.join(" ")}`;
}

const { variables, all, other, back } = switchesOf(values);

test("nushell: every hostile value arrives byte for byte through the functions, and comes back from what they keep", (t) => {
  if (!installed(nuProgram, t)) return;
  const answers = { switch: all, other, back };
  const texts = Object.fromEntries(Object.entries(answers).map(([name, all]) => [name, memoryJson(all)]));
  const functions = functionsFor(`process.stdout.write((${JSON.stringify(texts)})[process.argv[4]]);`);
  const { stdout, stderr } = run(`source ${quoted(functions)}
    aws-as -- switch; ${show(...variables)}
    aws-as other; ${show(...variables)}
    aws-as back; ${show(...variables)}`);
  assert.equal(stderr, "");
  const seen = stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  assert.deepEqual(seen, [values, values.map(() => "other"), values]);
});

test("nushell: every hostile value arrives byte for byte through what people type", (t) => {
  if (!installed(nuProgram, t)) return;
  const text = dialect.render([{ kind: "unset", name: "B" }, ...all]);
  const { stdout, stderr } = run(
    `^cat | from json | load-env; ${show("B", ...variables)}`,
    { B: "was there" },
    text,
  );
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [null, ...values]);
});

test("nushell: our literals hold whatever the program's path holds", (t) => {
  if (!installed(nuProgram, t)) return;
  const { stdout, stderr } = run(`[${values.map(quoted).join(" ")}] | to json --raw | print`);
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), values);
});

test("nushell: commands get their very words, their input and their status", (t) => {
  if (!installed(nuProgram, t)) return;
  const functions = functionsFor(`
    import { readFileSync } from "node:fs";
    const words = process.argv.slice(2);
    console.log(JSON.stringify({ words, input: readFileSync(0, "utf8") }));
    console.error("a word on standard error");
    if (words.includes("--fail")) process.exitCode = 7;`);
  const { status, stdout, stderr } = run(
    `source ${quoted(functions)}
    "from a pipe" | aws-as status --flag 007 1e3 "two words" '*' ~ $"in(1 + 1)" -- -x
    aws-as --version
    aws-as
    aws-as login | from json | get words.0 | print
    aws-as env --fail
    print "not reached"`,
    {},
    "from standard input",
  );
  const [first, second, third, fourth, fifth, ...rest] = stdout.split("\n");
  const words = ["status", "--flag", "007", "1e3", "two words", "*", "~", "in2", "--", "-x"];
  assert.deepEqual(JSON.parse(first ?? ""), { words, input: "from a pipe" });
  assert.deepEqual(JSON.parse(second ?? ""), { words: ["--version"], input: "from standard input" });
  assert.deepEqual(JSON.parse(third ?? ""), { words: [], input: "" });
  assert.equal(fourth, "login");
  assert.deepEqual(JSON.parse(fifth ?? ""), { words: ["env", "--fail"], input: "" });
  assert.deepEqual(rest, [""]);
  assert.equal(stderr, "a word on standard error\n".repeat(5));
  assert.equal(status, 7);
});

test("nushell: a failing switch ends a script with its status, and changes nothing", (t) => {
  if (!installed(nuProgram, t)) return;
  const functions = functionsFor(`
    console.log(${JSON.stringify(memoryJson([{ kind: "set", name: "A", value: "1" }]))});
    process.exitCode = 3;`);
  const caught = run(`source ${quoted(functions)}\ntry { aws-as use me }\n${show("A")}\naws-as - ; print no`);
  assert.deepEqual([caught.status, caught.stdout, caught.stderr], [3, "[null]\n", ""]);
  const leaving = run(
    `source ${quoted(functions)}\ntry { aws-as-deactivate }\n$env.__aws_as? != null | print; aws-as-deactivate`,
  );
  assert.deepEqual([leaving.status, leaving.stdout, leaving.stderr], [3, "true\n", ""]);
  const kept = run(
    `source ${quoted(functions)}\naws-as-deactivate --keep-creds\n$env.__aws_as? != null | print`,
  );
  assert.deepEqual([kept.status, kept.stdout, kept.stderr], [0, "false\n", ""]);
});

test("nushell: set up in config.nu, every shell has the functions; one inside acts as the same and leaves by itself", {
  skip: withoutPty(),
}, async (t) => {
  const config = join(folder, "config.nu");
  writeFileSync(config, `${nuSettings.join("\n")}\n${nushell.activate}\n`);
  const opened = await open(t, { ...nushell, args: ["--config", config] });
  if (!opened) return;
  const { desk, session } = opened;
  assert.match(session.pty.output(), /\(-\) ready> $/);
  await answering(session, desk, "aws-as my-role1", "(my-role1) ");
  const acting = awsVariables(await session.variables(), desk);
  await session.line(`^${quoted(nuProgram)} --config ${quoted(config)}`, "(my-role1) ");
  assert.deepEqual(awsVariables(await session.variables(), desk), acting);
  await session.line("aws-as-deactivate", "");
  assert.deepEqual(awsVariables(await session.variables(), desk), {});
  await session.line("exit", "(my-role1) ");
  assert.deepEqual(awsVariables(await session.variables(), desk), acting);
});

test("nushell: the prompt tells what holds now, and is the user's own", { skip: withoutPty() }, async (t) => {
  const opened = await open(t, nushell);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line(nushell.activate, "(-) ");
  await answering(session, desk, "aws-as my-role1", "(my-role1) ");
  await session.line('$env.AWS_PROFILE = "x"', "(?) ");
  await session.line("hide-env AWS_PROFILE", "(my-role1) ");
  await session.line('$env.AWS_ACCESS_KEY_ID = "AKIAOTHER"', "(?) ");
  await session.line("$env.AWS_ACCESS_KEY_ID = $env.AWS_AS_ACCESS_KEY_ID", "(my-role1) ");
  await session.line('$env.AWS_CREDENTIAL_EXPIRATION = "2001-01-01T00:00:00Z"', "(my-role1 expired) ");
  await session.line('$env.AWS_CREDENTIAL_EXPIRATION = "no time at all"', "(my-role1) ");
  await session.line("$env.AWS_AS_DISABLE_PROMPT = 1", "");
  await session.line("hide-env AWS_AS_DISABLE_PROMPT", "(my-role1) ");
  await session.line('$env.AWS_AS_IDENTITY = "a b($env.HOME)é%"', "(a_b__env.HOME___) ");
});

test("nushell: a prompt that the user changes keeps the prefix, and stays when we leave", {
  skip: withoutPty(),
}, async (t) => {
  const opened = await open(t, nushell);
  if (!opened) return;
  const { session } = opened;
  await session.line(nushell.activate, "(-) ");
  await session.line('$env.PROMPT_COMMAND = "text ready> "', "(-) text ");
  await session.line('$env.PROMPT_COMMAND = {|| ^printf "program ready> " }', "(-) program ");
  // A tool that wraps what it found, as python environments do, has us in the middle for good.
  await session.line(
    'let inner = $env.PROMPT_COMMAND; $env.PROMPT_COMMAND = {|| $"tool (do $inner)" }',
    "(-) tool program ",
  );
  await session.line("^sh -c 'exit 3'", "(-) tool program ");
  assert.match(await session.line("print $env.LAST_EXIT_CODE"), /^3\s*$/);
  await session.line("$env.config.hooks.pre_prompt ++= [{|| $env.MY_HOOK = 1 }]", "(-) tool program ");
  await session.line("aws-as-deactivate", "tool program ");
  assert.match(
    await session.line("print ($env.config.hooks.pre_prompt | length) $env.MY_HOOK"),
    /^1\s+1\s*$/,
  );
  await session.line(nushell.activate, "(-) tool program ");
  await session.line(
    "hide-env PROMPT_COMMAND; $env.PROMPT_INDICATOR = ' ready> '",
    `(-) ${opened.desk.home.path} `,
  );
  await session.line("aws-as-deactivate; $env.PROMPT_COMMAND = {|| 'last' }", "last ");
});

test("nushell: switched and left on one line, it is as it was", { skip: withoutPty() }, async (t) => {
  const opened = await open(t, nushell, { AWS_PROFILE: "mine" });
  if (!opened) return;
  const { desk, session } = opened;
  const variables = await session.variables();
  const before = await session.state();
  await session.line(nushell.activate, "(-) ");
  await answering(session, desk, "aws-as my-role1; aws-as my-user1; aws-as my-role1", "(my-role1) ");
  await session.line("aws-as my-user1; aws-as-deactivate", "");
  assert.deepEqual(await session.variables(), variables);
  assertSameState(before, await session.state());
});

test("nushell: what was taken away stays away, also in an overlay and after one", {
  skip: withoutPty(),
}, async (t) => {
  const opened = await open(t, nushell);
  if (!opened) return;
  const { desk, session } = opened;
  writeFileSync(join(desk.home.path, "python.nu"), "export-env { $env.INSIDE = 1 }");
  const aws = async () => Object.keys(awsVariables(await session.variables(), desk));
  await session.line(nushell.activate, "(-) ");
  await answering(session, desk, "aws-as my-role1", "(my-role1) ");
  await session.line("aws-as -", "(-) ");
  await session.line("overlay use python.nu", "(-) ");
  await session.line("overlay hide python", "(-) ");
  assert.deepEqual(await aws(), []);
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("overlay use python.nu", "(my-role1) ");
  await session.line("aws-as my-user1", "(my-user1) ");
  await session.line("aws-as -", "(-) ");
  assert.deepEqual(await aws(), []);
  await session.line("aws-as my-user1", "(my-user1) ");
  await session.line("aws-as-deactivate", "");
  assert.deepEqual(await aws(), []);
  // What an overlay covers comes back with its end: the shell is again as it was before.
  await session.line("overlay hide python", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  assert.deepEqual(await aws(), []);
});

test("nushell: a question that is cancelled changes nothing and fails", { skip: withoutPty() }, async (t) => {
  const opened = await open(t, nushell);
  if (!opened) return;
  const { session } = opened;
  await session.line(nushell.activate, "(-) ");
  session.pty.type("aws-as my-role1\r");
  await session.pty.waitFor("MFA code for my-user1");
  session.pty.press("ctrl-c");
  await session.pty.waitFor("(-) ready> ");
  assert.match(await session.line('print $"status is ($env.LAST_EXIT_CODE)"'), /status is 130\s*$/);
});
