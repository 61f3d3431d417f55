import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { quoted } from "../../src/emit/elvish/shell.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { withoutPty } from "../support/pty.ts";
import { elvishSettings, elvishWith } from "../support/shells/elvish.ts";
import { signIn } from "../support/shells/scripts.ts";
import { awsVariables, open } from "../support/shells/shell.ts";
import { switchesOf, withStandIn } from "../support/shells/stand-in.ts";
import { storyOf } from "../support/shells/story.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-elvish-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = join(folder, "rc.elv");
writeFileSync(startFile, elvishSettings);
const elvish = elvishWith(startFile);
const skip = withoutPty();

storyOf(elvish);

const names = ["name-with-dash", ...hostileValues];

test("elvish: in a script, the functions that eval hands over get every word, and say what programs say", (t) => {
  if (!installed("elvish", t)) return;
  const { variables, all, other, back } = switchesOf(hostileValues);
  const functions = withStandIn("elvish", folder, { all, other, back });
  writeFileSync(join(folder, "functions.elv"), functions);
  writeFileSync(
    join(folder, "script.elv"),
    `var aws-as~ aws-as-deactivate~ = $nop~ $nop~
eval (slurp < functions.elv) &on-end={|ns|
  set aws-as~ aws-as-deactivate~ = $ns[aws-as~] $ns[aws-as-deactivate~]
}
fn show { put [(for name [${variables.join(" ")}] { get-env $name })] | to-json }
for switched [all other back] { aws-as $switched; show }
for name [${names.map(quoted).join(" ")}] {
  try { aws-as use $name } catch e { echo $e[reason][exit-status] }
}
echo "from a pipe" | aws-as status --flag 'two words' '*' -- -x | head -n 1
echo (count [(aws-as env me)])
try { aws-as --fail > $os-dev-null } catch e { echo $e[reason][exit-status] }
try { aws-as-deactivate } catch e { echo $e[reason][exit-status] }
try { aws-as-deactivate --nonsense } catch e { echo $e[reason][content] }
aws-as-deactivate --keep-creds
print $E:A
aws-as nope
echo "not reached"
`.replace("$os-dev-null", "/dev/null"),
  );
  const { stdout, stderr, status } = spawnSync("elvish", ["-norc", "script.elv"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, LC_ALL: "C.UTF-8" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = stdout.split("\n").slice(0, -1);
  const shown = lines.splice(0, 3).map((line) => JSON.parse(line));
  assert.deepEqual(shown, [hostileValues, hostileValues.map(() => "other"), hostileValues]);
  assert.deepEqual(
    lines.splice(0, names.length),
    names.map(() => "3"),
  );
  const words = ["status", "--flag", "two words", "*", "--", "-x"];
  assert.deepEqual(JSON.parse(lines.shift() ?? ""), { words, input: "from a pipe\n" });
  assert.deepEqual(lines, ["2", "7", "3", "usage: aws-as-deactivate [--keep-creds]"]);
  const refused = stderr.split("\n").filter((line) => line.startsWith("no such: "));
  assert.deepEqual(
    refused.map((line) => JSON.parse(line.slice("no such: ".length))),
    [...names.map((name) => [name]), ["--leave"], ["nope"]],
  );
  assert.equal(status, 2);
  assert.ok(!existsSync(join(folder, "pwned")));
});

test("elvish: set up in rc.elv; a shell inside acts as the same and leaves by itself", {
  skip,
}, async (t) => {
  const file = join(folder, "own.elv");
  writeFileSync(file, `${elvishSettings}${elvish.activate}\n`);
  const opened = await open(t, { ...elvish, args: ["-rc", file] });
  if (!opened) return;
  const { desk, session } = opened;
  // The start-up file has activated already; elvish may show this prompt first and write over it.
  session.prefix = "(-) ";
  await signIn(desk);
  await session.line("aws-as my-role1", "(my-role1) ");
  const acting = await session.variables();
  session.type(`elvish -rc ${file}`);
  await session.pty.waitFor(/\(my-role1\) 1 ready> /);
  session.type("aws-as-deactivate; env > inner; exit");
  await session.nextPrompt("(my-role1) ");
  assert.doesNotMatch(readFileSync(join(desk.home.path, "inner"), "utf8"), /AWS_SESSION_TOKEN/);
  assert.deepEqual(await session.variables(), acting);
  assert.match(await session.line("elvish -norc -c 'aws-as status'"), /\(my-role1\) /);
});

test("elvish: the prompt tells what holds now, around whatever the prompt is", {
  skip,
}, async (t) => {
  const opened = await open(t, elvish);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(elvish.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("set-env AWS_PROFILE x", "(?) ");
  await session.line("unset-env AWS_PROFILE", "(my-role1) ");
  await session.line("set-env AWS_ACCESS_KEY_ID AKIAOTHER", "(?) ");
  await session.line("set E:AWS_ACCESS_KEY_ID = $E:AWS_AS_ACCESS_KEY_ID", "(my-role1) ");
  await session.line("set-env AWS_AS_DISABLE_PROMPT 1", "");
  await session.line("unset-env AWS_AS_DISABLE_PROMPT", "(my-role1) ");
  await session.line("eval (aws-as env my-user1 --shell elvish | slurp)", "(my-user1) ");
  for (const name of ["$(touch pwned)", "{ pwd }", "%s", "é"]) {
    await session.line(`set-env AWS_AS_IDENTITY ${quoted(name)}`, "(?) ");
  }
  await session.line("aws-as my-role1", "(my-role1) ");
  // The usual way to add to a prompt, twice, and one that writes bytes.
  await session.line("var a = $edit:prompt; set edit:prompt = { put 'a '; $a }", "(my-role1) a ");
  await session.line("var b = $edit:prompt; set edit:prompt = { put 'b '; $b }", "(my-role1) b a ");
  await session.line("aws-as -", "(-) b a ");
  await session.line("set edit:prompt = $a", "(-) ");
  await session.line("set edit:prompt = { print $number' ready> ' }", "(-) ");
  await session.line("set edit:prompt = $b", "(-) a ");
  await session.line("aws-as-deactivate", "a ");
  await session.line("pprint (count $edit:before-readline)", "a ");
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});

test("elvish: a question that is cancelled changes nothing, and ends the line", {
  skip,
}, async (t) => {
  const opened = await open(t, elvish);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line(elvish.activate, "(-) ");
  const variables = await session.variables();
  for (const words of ["my-role1", "login my-user1"]) {
    session.type(`aws-as ${words}; echo went on`);
    await session.pty.waitFor("MFA code for my-user1");
    session.pty.press("ctrl-c");
    assert.doesNotMatch(await session.nextPrompt("(-) "), /^went on/m);
  }
  assert.deepEqual(await session.variables(), variables);
  assert.deepEqual(awsVariables(variables, desk), {});
});
