import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, type TestContext } from "node:test";
import { dialect, powershell, quoted } from "../../src/emit/powershell/shell.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { startPty, withoutPty } from "../support/pty.ts";
import { pwshEnv, pwshProgram, pwshSettings, pwshWith } from "../support/shells/powershell.ts";
import { generatedValues, runShell, signIn } from "../support/shells/scripts.ts";
import { answering, awsVariables, open } from "../support/shells/shell.ts";
import { switchesOf, withStandIn } from "../support/shells/stand-in.ts";
import { storyOf } from "../support/shells/story.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-pwsh-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = join(folder, "start.ps1");
writeFileSync(startFile, pwshSettings);
const pwsh = pwshWith(startFile);
const skip = withoutPty();

storyOf(pwsh);

const values = [...hostileValues, ...generatedValues({ seed: 5, numRuns: 60 })];
const { variables, all, other, back } = switchesOf(values);

const endings: (() => unknown)[] = [];
after(async () => {
  for (const end of endings) await end();
});
let signedIn: Promise<Desk> | undefined;
/** One for all scripts, none of which leaves anything there. */
async function deskOfScripts(): Promise<Desk> {
  const desk = await makeDesk({ after: (end) => endings.push(end as () => unknown) });
  await signIn(desk);
  return desk;
}

/** Runs a script without a terminal and without start-up files, in a folder of files that a `*` would find. */
async function run(t: TestContext, lines: readonly string[], more: readonly string[] = []) {
  if (!installed(pwshProgram, t)) return undefined;
  signedIn ??= deskOfScripts();
  const desk = await signedIn;
  const file = join(folder, "script.ps1");
  // With the mark without which Windows PowerShell takes it for text of its code page.
  writeFileSync(file, `\ufeff${lines.join("\n")}\n`);
  const words = [pwshProgram, "-NoLogo", "-NoProfile", ...more, "-File", file];
  const { stdout, stderr, status } = await runShell(desk, words, { env: pwshEnv, cwd: folder });
  return { lines: stdout.split("\n").slice(0, -1), stderr, status };
}

/** A command that prints what programs get as these variables, as JSON on a line. */
function show(...names: string[]): string {
  writeFileSync(
    join(folder, "show.cjs"),
    "console.log(JSON.stringify(process.argv.slice(2).map((name) => process.env[name] ?? null)))",
  );
  return `& ${quoted(process.execPath)} show.cjs ${names.join(" ")}`;
}

/** The line that defines the functions with a stand-in behind them. */
function standIn(name: string, switches: Parameters<typeof withStandIn>[2]): string {
  const functions = withStandIn("powershell", folder, switches);
  // What decodes a program's output differs.
  assert.match(functions, /^[\n\x20-\x7e]*$/);
  writeFileSync(join(folder, `${name}.ps1`), functions);
  return `Get-Content -Raw ${name}.ps1 | Invoke-Expression`;
}

test("powershell: every hostile value arrives byte for byte, by the functions and by what people type", async (t) => {
  const typed = dialect.render([{ kind: "unset", name: "B" }, ...all]);
  assert.match(typed, /^[\n\x20-\x7e]*$/);
  writeFileSync(join(folder, "typed.ps1"), typed);
  const ran = await run(t, [
    "$env:B = 'was there'",
    "Get-Content typed.ps1 | Out-String | Invoke-Expression",
    show("B", ...variables),
    `Remove-Item ${variables.map((name) => `Env:${name}`).join(",")}`,
    standIn("values", { all, other, back }),
    ...["all", "other", "back"].flatMap((name) => [`aws-as ${name}`, show(...variables)]),
  ]);
  if (!ran) return;
  assert.equal(ran.stderr, "");
  assert.deepEqual(
    ran.lines.map((line) => JSON.parse(line)),
    [[null, ...values], values, values.map(() => "other"), values],
  );
  assert.ok(!existsSync(join(folder, "pwned")));
});

test("powershell: the program gets the words that PowerShell gives programs, and computed ones as they are", async (t) => {
  const calls = [
    "-- a -foo:bar -x: y c,d 'e',f Name=a,Values=b,c 012 0x10 1kb 1_0 .5",
    "--code 012345 --code=012345 -s -Verbose -ErrorAction -o x",
    "a -- b -- -foo:bar --x:y",
    "'*' * ~ '~' ? '--' '-foo:bar' ''",
    '"$text x" $text $number (1+1) $null $true $list -a:$text --x=$text',
    "'it''s' \"say `\"hi`\"\" 'tr\\' \"a`nb\" '\u2018\u2018'",
    "--% %HOME% 'x  y'",
  ];
  const ran = await run(t, [
    "$text = 'a text'; $number = 5; $list = 'p q', 'r'",
    standIn("words", {}),
    ...calls.flatMap((words) => [
      `$null | aws-as status ${words}`,
      `$null | ./stand-in-powershell.cjs status ${words}`,
    ]),
    // A function of a person's own hands on what it was given.
    "function own { $null | aws-as status @args }",
    "own 012345 '*' -- '--' -x",
    `$values = ${hostileValues.map(quoted).join(", ")}`,
    "$null | aws-as status @values",
    "$null | aws-as status $values[13] '' b",
    "aws-as -- -dashed; aws-as use -x; aws-as use '--' a; aws-as '*'; aws-as '$(touch pwned)' --code 012345",
  ]);
  if (!ran) return;
  const told = ran.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).words);
  for (const words of calls) {
    const [byFunction, byProgram] = told.splice(0, 2);
    assert.deepEqual(byFunction, byProgram, words);
  }
  assert.deepEqual(told, [
    ["status", "012345", "*", "--", "-x"],
    ["status", ...hostileValues],
    ["status", hostileValues[13], "", "b"],
  ]);
  assert.ok(!existsSync(join(folder, "pwned")));
  const refused = ran.stderr.split("\n").filter((line) => line.startsWith("no such: "));
  assert.deepEqual(
    refused.map((line) => JSON.parse(line.slice("no such: ".length))),
    [["--", "-dashed"], ["-x"], ["--", "a"], ["*"], ["$(touch pwned)", "--code", "012345"]],
  );
});

test("powershell: a failure is one that a line and a script stop at, as that of any program, and changes nothing", async (t) => {
  const ran = await run(t, [
    "Set-StrictMode -Version Latest; $OutputEncoding = [Text.Encoding]::UTF8",
    standIn("failures", { me: [{ kind: "set", name: "A", value: "1" }] }),
    "$told = 'from a pipe', 'é' | aws-as status --fail; \"status $? $LASTEXITCODE\"; $told",
    'aws-as nope && "NOT THIS"; "nope $? $LASTEXITCODE [$env:A]"',
    'aws-as me && "me $? $LASTEXITCODE [$env:A]"',
    'aws-as-deactivate --nonsense || "usage $LASTEXITCODE"',
    'aws-as-deactivate || "stays $LASTEXITCODE $((Get-Command aws-as).CommandType)"',
    // None of it is an error of PowerShell, which it keeps a list of.
    '"errors $($Error.Count)"',
    // What a dry run does not do to the shell itself.
    '$WhatIfPreference = $true; $env:A = 2; aws-as me; "$env:A"; $WhatIfPreference = $false',
    "$PSNativeCommandUseErrorActionPreference = $true",
    '$ErrorActionPreference = "SilentlyContinue"; aws-as nope; "silent $? $LASTEXITCODE"',
    '$ErrorActionPreference = "Stop"; aws-as me; "stop $? $LASTEXITCODE"',
    'try { aws-as nope } catch { $_.Exception.GetType().Name }; "$env:A $(prompt 6>$null)"',
    "aws-as nope",
    '"NOT REACHED"',
  ]);
  if (!ran) return;
  const [status, piped = "", ...rest] = ran.lines;
  assert.equal(status, "status False 7");
  assert.deepEqual(JSON.parse(piped), { words: ["status", "--fail"], input: "from a pipe\né\n" });
  const place = `PS ${folder}> `;
  assert.deepEqual(rest, [
    "a second line",
    "nope False 3 []",
    "me True 0 [1]",
    "usage 2",
    "stays 3 Function",
    "errors 0",
    "1",
    "silent False 3",
    "stop True 0",
    "NativeCommandExitException",
    `1 ${place}`,
  ]);
  assert.equal(ran.status, 1);
  assert.doesNotMatch(ran.stderr, /wrong/);
});

test("powershell: no secret is shown where commands are traced", async (t) => {
  const ran = await run(t, [
    "aws-as --shell powershell | Out-String | Invoke-Expression",
    "$env:AWS_ACCESS_KEY_ID = 'AKIAOWN'; $env:AWS_SECRET_ACCESS_KEY = 'own-' + 'secret'",
    "Set-PSDebug -Trace 2",
    "aws-as my-role1",
    "Set-PSDebug -Off",
    "[Console]::Error.WriteLine('SECRETS ' + $env:AWS_SECRET_ACCESS_KEY + ' ' + $env:AWS_SESSION_TOKEN)",
    "Set-PSDebug -Trace 2",
    "aws-as-deactivate",
    "Set-PSDebug -Off",
    "[Console]::Error.WriteLine('OWN ' + $env:AWS_SECRET_ACCESS_KEY)",
  ]);
  if (!ran) return;
  const [, secret = "", token = ""] = /^SECRETS (\S+) (\S+)$/m.exec(ran.stderr) ?? [];
  assert.match(ran.stderr, /^OWN own-secret$/m);
  const shown = [...ran.lines, ran.stderr.replace(/^(SECRETS|OWN) .*$/gm, "")].join("\n");
  assert.match(shown, /DEBUG:.*aws-as my-role1/);
  for (const hidden of [secret, token, "own-secret"]) {
    assert.ok(hidden.length > 8);
    const encoded = Buffer.from(hidden).toString("base64").slice(0, -4);
    assert.ok(!shown.includes(hidden) && !shown.includes(encoded), shown);
  }
});

test("powershell: constrained language mode says why it cannot have the functions, and what works there", async (t) => {
  const ran = await run(t, [
    "$code = aws-as --shell powershell | Out-String",
    "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'",
    "$code | Invoke-Expression",
    "(Get-Command aws-as).CommandType",
    "aws-as env my-role1 --shell powershell | Out-String | Invoke-Expression",
    '"$env:AWS_AS_IDENTITY $(prompt)"',
    "aws-as env - --shell powershell | Out-String | Invoke-Expression",
    '"[$env:AWS_AS_IDENTITY]"',
  ]);
  if (!ran) return;
  assert.match(
    ran.stderr,
    /^Write-Error: aws-as: error: this PowerShell is in constrained language mode.*\naws-as: hint: .*: aws-as env NAME --shell powershell \| Out-String \| Invoke-Expression\n$/,
  );
  assert.deepEqual(ran.lines, ["Application", `my-role1 PS ${folder}> `, "[]"]);
});

test("powershell: the prompt tells what holds now, around whatever the prompt is", { skip }, async (t) => {
  const opened = await open(t, pwsh);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(pwsh.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("$env:AWS_PROFILE = 'x'", "(?) ");
  await session.line("$env:AWS_PROFILE = $null", "(my-role1) ");
  await session.line("$env:AWS_ACCESS_KEY_ID = 'AKIAOTHER'", "(?) ");
  await session.line("$env:AWS_ACCESS_KEY_ID = $env:AWS_AS_ACCESS_KEY_ID", "(my-role1) ");
  await session.line("$env:AWS_AS_DISABLE_PROMPT = 1", "");
  await session.line("$env:AWS_AS_DISABLE_PROMPT = $null", "(my-role1) ");
  await session.line("$env:AWS_CREDENTIAL_EXPIRATION = '2001-01-01T00:00:00Z'", "(my-role1 expired) ");
  await session.line(
    "aws-as env my-user1 --shell powershell | Out-String | Invoke-Expression",
    "(my-user1) ",
  );
  for (const name of ["$(touch pwned)", "`pwned", "{0}", "é"]) {
    await session.line(`$env:AWS_AS_IDENTITY = ${quoted(name)}`, `(${name.replace(/[^a-z0-9]/g, "_")}) `);
  }
  await session.line("aws-as my-role1", "(my-role1) ");
  // What other tools do: they wrap the prompt that they find. One that is defined anew has the prefix from the next switch on.
  const wrap = "$inner = $function:prompt; function prompt { 'outer ' + (& $inner) }";
  await session.line(wrap, "(my-role1) outer ");
  await session.line("aws-as my-user1", "(my-user1) outer ");
  await session.line("function prompt { Write-Host -NoNewline 'host '; 'ready> ' }", "host ");
  await session.line("aws-as my-role1", "(my-role1) host ");
  // A prompt gets to know how the last command ended, and leaves that as it was.
  const tells = 'function prompt { "$? $LASTEXITCODE ready> "; & { $global:LASTEXITCODE = $LASTEXITCODE } }';
  await session.line(`${tells}; aws-as my-role1`, "(my-role1) True 0 ");
  await session.line("sh -c 'exit 3'", "(my-role1) False 3 ");
  await session.line('"$LASTEXITCODE"', "(my-role1) True 3 ");
  await session.line("Get-Item nope 2> $null", "(my-role1) False 3 ");
  // A shell inside acts as the same, and leaves by itself.
  await session.line(
    `${pwshProgram} ${pwsh.args.slice(0, 3).join(" ")} -Command ". '${startFile}'; Remove-Module PSReadLine"`,
    "",
  );
  await session.line(pwsh.activate, "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  assert.deepEqual(awsVariables(await session.variables(), desk), {});
  await session.line("exit", "(my-role1) True 0 ");
  await session.line("aws-as-deactivate", "True 0 ");
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});

test("powershell: a question that is cancelled changes nothing and ends the line as that of a program does", {
  skip,
}, async (t) => {
  const opened = await open(t, pwsh);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line(pwsh.activate, "(-) ");
  const terminal = await session.line("stty -a");
  const variables = await session.variables();
  for (const words of ["my-role1", "login my-user1"]) {
    session.type(`aws-as ${words}; echo 'went on'`);
    await session.pty.waitFor("MFA code for my-user1");
    session.pty.press("ctrl-c");
    assert.doesNotMatch(await session.nextPrompt("(-) "), /^went on/m);
    assert.match(await session.line('"status is $? $LASTEXITCODE"'), /status is False 130\s*$/);
  }
  assert.equal(await session.line("stty -a"), terminal);
  assert.deepEqual(await session.variables(), variables);
  await answering(session, desk, "aws-as my-role1", "(my-role1) ");
  // What hints propose where something secret is to be typed.
  session.type(powershell.typed.ask("TYPED"));
  await session.pty.waitFor(/Invoke|\n/);
  session.pty.type("a secret'\r");
  await session.nextPrompt("(my-role1) ");
  assert.match(await session.line('"<$env:TYPED>"'), /^<a secret'>$/m);
});

test("powershell: with PSReadLine, as most people have it, the name stands there once, also on a screen cleared while typing", {
  skip,
}, async (t) => {
  if (!installed(pwshProgram, t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  const args = ["-NoLogo", "-NoProfile", "-NoExit", "-Command", `. '${startFile}'; ${pwsh.activate}`];
  const pty = startPty(pwshProgram, args, { env: { ...desk.env, ...pwshEnv }, cwd: desk.home.path });
  t.after(() => pty.close());
  await pty.waitFor("(-) ready> ");
  pty.type("aws-as my-role1\r");
  await pty.waitFor("\n(my-role1) ready> ");
  pty.type("'went ' + 'on'");
  await pty.waitFor("+ 'on'");
  pty.type("\f");
  const redrawn = await pty.waitFor(/ready> .*\+ 'on'/);
  assert.equal(redrawn.split("(my-role1) ready> ").length, 2);
  pty.type("\r");
  await pty.waitFor("went on\n(my-role1) ready> ");
  pty.type("aws-as-deactivate\r");
  await pty.waitFor("\nready> ");
});
