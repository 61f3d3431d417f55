import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { one } from "../aws/world-of-one.ts";
import { type Desk, makeDesk } from "../desk.ts";
import { ended, type Run } from "../home.ts";
import { hostileValues } from "../hostile-values.ts";
import { installed } from "../installed.ts";
import { withoutLong } from "../long.ts";

/** Gets a session for my-user1, so that no switch after it asks anything. */
export async function signIn(desk: Desk): Promise<void> {
  const login = await desk.alone("aws-as", ["login", "my-user1", "--code", desk.fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
}

/** Runs a shell at the desk to its end, without a terminal. */
export function runShell(
  desk: Desk,
  words: readonly string[],
  options: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<Run> {
  const [program = "", ...args] = words;
  return ended(
    spawn(program, args, {
      cwd: options.cwd ?? desk.home.path,
      env: { ...desk.env, ...options.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

/** Writes files into the home. */
export function files(desk: Desk, texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(desk.home.path, name), text);
}

/** Runs lines as a script file. */
export async function runScript(desk: Desk, shell: readonly string[], lines: readonly string[]) {
  files(desk, { script: lines.join("\n") });
  return runShell(desk, [...shell, "script"]);
}

/** Texts of any characters but NUL, those that mean something to shells more often. */
export function generatedValues(options: { seed: number; numRuns: number }): string[] {
  const text = fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(..."'\"\\$`!*?[]{}()<>|&;#~ \t\r\n%=:,^-"),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
      maxLength: 40,
    })
    .map((value) => value.replaceAll("\0", ""));
  return fc.sample(text, options);
}

/**
 * What goes through one of many sets of options: the hostile values through all, each generated one through one set (with
 * AWS_AS_TEST_LONG=1 through all), as every evaluation costs a shell several processes.
 */
export function valuesFor(set: number, sets: number, generated: readonly string[]): string[] {
  return [...hostileValues, ...generated.filter((_, at) => !withoutLong() || at % sets === set)];
}

/**
 * Has the functions of a shell that was activated run recorded answers of the program, one for each of these names,
 * instead of the program: what it answers costs half a second each time, and is the same for all. Other names get to it.
 *
 * @returns the line that has the functions do so
 */
export async function recorded(desk: Desk, switches: readonly string[]): Promise<string> {
  for (const name of switches) {
    const { status, stdout, stderr } = await desk.alone("aws-as", ["switch", "sh", name]);
    files(desk, { [`out-${name}`]: stdout, [`err-${name}`]: stderr, [`status-${name}`]: String(status) });
  }
  const answers = join(desk.home.path, "answers");
  const lines = [
    '[ -e "$HOME/out-$3" ] || exec aws-as "$@"',
    'cat "$HOME/out-$3"; cat "$HOME/err-$3" >&2',
    'exit "$(cat "$HOME/status-$3")"',
  ];
  writeFileSync(answers, `#!/bin/sh\n${lines.join("\n")}\n`, { mode: 0o755 });
  return '__aws_as_node=env __aws_as_program="$HOME/answers"';
}

/** What differs between the shells that read arrays, traces and here-strings. */
interface ScriptShell {
  readonly name: string;
  /** It with no start-up files. */
  readonly bare: readonly string[];
  /** Has it show what it does. */
  readonly trace: string;
  /** How it does that. */
  readonly traced: RegExp;
  /** Shows all variables. */
  readonly leftovers: string;
}

/** Tests of the functions in scripts. */
export function scriptsOf({ name, bare, trace, traced, leftovers }: ScriptShell): void {
  test(`${name}: with --keep-creds, too, no copy of what was displaced stays behind`, async (t) => {
    if (!installed(name, t)) return;
    const desk = await makeDesk(t);
    await signIn(desk);
    const run = await runScript(
      desk,
      [name],
      [
        'eval "$(aws-as -s)"',
        "export AWS_PROFILE=own AWS_ACCESS_KEY_ID=AKIAOWN AWS_SECRET_ACCESS_KEY=own-secret",
        "aws-as my-role1",
        'echo "$__aws_as_kept_AWS_SECRET_ACCESS_KEY ${AWS_PROFILE-none}"',
        "aws-as-deactivate --keep-creds",
        'echo "$AWS_AS_IDENTITY ${AWS_PROFILE-none}"',
        `${leftovers} | grep -w -e own -e AKIAOWN -e "__aws_as[A-Za-z_]*"`,
      ],
    );
    assert.equal(run.stdout, "own-secret none\nmy-role1 none\n");
  });

  test(`${name}: no secret is shown by set -x, set -v and a trap for commands`, async (t) => {
    if (!installed(name, t)) return;
    const desk = await makeDesk(t);
    await signIn(desk);
    const run = await runScript(
      desk,
      [name],
      [
        'eval "$(aws-as -s)"',
        "export AWS_ACCESS_KEY_ID=AKIAOWN AWS_SECRET_ACCESS_KEY=own-secret",
        trace,
        "aws-as my-role1",
        "set +xv",
        'echo "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN"',
        "set -xv",
        "aws-as-deactivate",
        "set +x",
        'echo "$AWS_SECRET_ACCESS_KEY $-"',
      ],
    );
    const [secrets = "", own = ""] = run.stdout.trim().split("\n");
    assert.match(own, /^own-secret .*v/);
    assert.match(run.stderr, traced);
    const found = secrets.split(" ");
    assert.equal(found.length, 3);
    for (const secret of [...found, "own-secret"]) assert.ok(!run.stderr.includes(secret), run.stderr);
  });

  test(`${name}: names that mean something elsewhere are names`, async (t) => {
    if (!installed(name, t)) return;
    const desk = await makeDesk(t);
    await signIn(desk);
    const readable = ["%s", "-name", "--leave", "--", "a:b", "status", "use"];
    const role = `region = eu-west-1\nrole_arn = ${one.role1}\nsource_profile = my-user1\nmfa_serial = ${one.mfaSerial}\n`;
    desk.home.writeConfig(
      desk.home.config() + readable.map((name) => `\n[profile ${name}]\n${role}`).join(""),
    );
    const lines =
      'eval "$(aws-as -s)"; for name; do aws-as -- "$name"; printf "%s\\0" "$?" "${AWS_AS_IDENTITY-}"; done';
    const shell = [...bare, "-c", lines, name];
    const run = await runShell(desk, [...shell, ...readable]);
    assert.equal(run.stderr, "");
    assert.deepEqual(run.stdout.split("\0"), [...readable.flatMap((name) => ["0", name]), ""]);
    // No config can hold these: an error that names them.
    const others = ["it's", "$(touch pwned)", "`touch pwned`", "a;touch pwned", "!!", "*", "é☃"];
    const refused = await runShell(desk, [...shell, ...others]);
    assert.deepEqual(refused.stdout.split("\0"), [...others.flatMap(() => ["1", ""]), ""]);
    for (const name of others) assert.ok(refused.stderr.includes(JSON.stringify(name)), refused.stderr);
    assert.ok(!existsSync(join(desk.home.path, "pwned")));
  });

  test(`${name}: what stands after a verb arrives byte for byte, and so do the streams`, async (t) => {
    if (!installed(name, t)) return;
    const desk = await makeDesk(t);
    // In place of the program, one that shows what it got.
    const show = join(desk.home.path, "show it's");
    writeFileSync(show, "#!/bin/sh\nprintf '%s\\0' \"$@\"\ncat >&2\nexit 7\n", { mode: 0o755 });
    const lines =
      'eval "$(aws-as -s)"; __aws_as_node=env __aws_as_program=$1; shift; aws-as status "$@" <<< in; echo "$?"; aws-as -x "$@" </dev/null; aws-as </dev/null 2>&-; echo "$?"';
    const run = await runShell(desk, [...bare, "-c", lines, name, show, ...hostileValues]);
    assert.deepEqual(run.stdout.split("\0"), [
      "status",
      ...hostileValues,
      "7\n-x",
      ...hostileValues,
      // Without a word it is asked for a switch, and what it says is evaluated where it succeeds.
      "7\n",
    ]);
    assert.equal(run.stderr, "in\n");
  });
}
