import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk } from "../support/desk.ts";
import { program } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { clockInFile } from "../support/later.ts";
import { withoutPty } from "../support/pty.ts";
import { elvishSettings, elvishWith } from "../support/shells/elvish.ts";
import { fish } from "../support/shells/fish.ts";
import { nushell } from "../support/shells/nushell.ts";
import { signIn } from "../support/shells/scripts.ts";
import {
  answering,
  assertSameState,
  awsVariables,
  type Shell,
  startSession,
} from "../support/shells/shell.ts";
import { xonshSettings, xonshWith } from "../support/shells/xonsh.ts";
import { zsh } from "../support/shells/zsh.ts";

// A switched shell renews its credentials by itself, over the life of several sessions on a clock that the test moves.

const folder = mkdtempSync(join(tmpdir(), "aws-as-renewal-"));
after(() => rmSync(folder, { recursive: true }));
const elvishFile = join(folder, "rc.elv");
writeFileSync(elvishFile, elvishSettings);
const xonshFile = join(folder, "rc.xsh");
writeFileSync(xonshFile, xonshSettings);

interface Renewing {
  readonly shell: Shell;
  /** Sets AWS_AS_RENEW to 0, and takes that away again. */
  readonly off: string;
  readonly on: string;
  /** A command that fails as 7, and what shows the status of the last one. */
  readonly fails: string;
  readonly shows: string;
  /** Lines that give it the clock of ~/now, and its own back. */
  readonly clock?: { readonly moved: string; readonly own: string };
}

const inBourne = {
  off: "export AWS_AS_RENEW=0",
  on: "unset AWS_AS_RENEW",
  fails: "sh -c 'exit 7'",
  shows: "echo $?",
};
// bash, nushell and the files of tcsh have no clock that faketime moves: they are given what ~/now says.
const clockOfBash = {
  moved:
    'builtin() { local IFS=; case ${1-}${2-}${4-} in printf-v*T) printf -v "$3" "$4" "$(< ~/now)" ;; *) command builtin "$@" ;; esac; }',
  own: "unset -f builtin",
};
const bash: Shell = {
  name: "bash",
  program: "bash",
  args: ["--noprofile", "--norc", "-i"],
  activate: "eval $(aws-as -s)",
  dump: (file) => [
    `{ set; declare -f; alias; shopt; set -o; complete -p; trap; jobs; history; } > ${file} 2>&1`,
  ],
  restless:
    /^(_|BASH_\w+|PIPESTATUS|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH\w+|PPID|HISTCMD|COLUMNS|LINES)=|^ +\d+ /,
};
const renewing: readonly Renewing[] = [
  { shell: bash, ...inBourne, clock: clockOfBash },
  {
    shell: {
      ...bash,
      name: "bash with strict options and traps",
      env: { PS1: "not yet$ " },
      prepare: [
        "set -ufCE -o pipefail; shopt -s failglob; IFS=_/:=a; trap 'echo ERR >> ~/traps' ERR; PS1='rea''dy> '",
      ],
      activate: 'eval "$(aws-as -s)"',
      dump: (file) => bash.dump(`! ${file}`).map((line) => line.replace("> ! ", ">| ")),
    },
    ...inBourne,
    clock: clockOfBash,
    fails: "! true; sh -c 'exit 7' || (exit 7)",
  },
  { shell: zsh, ...inBourne },
  {
    shell: fish,
    off: "set -gx AWS_AS_RENEW 0",
    on: "set -e AWS_AS_RENEW",
    fails: "sh -c 'exit 7'",
    shows: "echo $status",
  },
  {
    shell: {
      name: "tcsh",
      program: "tcsh",
      args: ["-f"],
      prepare: ["set prompt='ready''> '; set tty=`echo ~/now | sed 's,^,..,'`"],
      activate: "eval `aws-as -c`",
      dump: (file) => ["set", "setenv", "alias", "complete"].map((command) => `${command} >>${file}`),
      restless: /^_\t/,
    },
    off: "setenv AWS_AS_RENEW 0",
    on: "unsetenv AWS_AS_RENEW",
    fails: "sh -c 'exit 7'",
    shows: "echo $status",
  },
  {
    shell: xonshWith(xonshFile),
    off: "$AWS_AS_RENEW = 0",
    on: "del $AWS_AS_RENEW",
    fails: "sh -c 'exit 7'",
    shows: "print($LAST_RETURN_CODE)",
  },
  {
    shell: {
      ...elvishWith(elvishFile),
      // Linux tells it the time, and no clock of ours.
      activate: 'eval (aws-as --shell elvish | sed "s,/proc/,"$E:HOME"/proc/," | slurp)',
    },
    off: "set-env AWS_AS_RENEW 0",
    on: "unset-env AWS_AS_RENEW",
    // There is no status of the last command.
    fails: "nop 7",
    shows: "echo 7",
  },
  {
    shell: {
      ...nushell,
      args: [
        ...nushell.args.slice(0, -1),
        `${nushell.args.at(-1)}; def "date now" [] { open ~/now | into int | $in * 1000000000 | into datetime }`,
      ],
    },
    off: "$env.AWS_AS_RENEW = '0'",
    on: "hide-env AWS_AS_RENEW",
    fails: "^sh -c 'exit 7'",
    shows: "print $env.LAST_EXIT_CODE",
  },
];

for (const { shell, off, on, fails, shows, clock: lines } of renewing) {
  test(`${shell.name}: a switched shell renews by itself, at most once in ten minutes, and asks nobody`, {
    skip: withoutPty(),
  }, async (t) => {
    if (!installed(shell.program, t)) return;
    const desk = await makeDesk(t);
    const clock = clockInFile(join(desk.home.path, "clock"), t);
    if (clock === undefined) return;
    const { fake } = desk;
    // Each start of the program from now on is counted.
    const link = join(desk.home.path, "bin", "aws-as");
    const counted = join(desk.home.path, "starts");
    rmSync(link);
    writeFileSync(
      link,
      `#!${process.execPath}
if (process.argv[2] === "switch") require("fs").appendFileSync(${JSON.stringify(counted)}, process.argv.slice(4).join(" ") + "\\n");
require(${JSON.stringify(program)});
`,
      { mode: 0o755 },
    );
    writeFileSync(counted, "");
    const starts = () => {
      const words = readFileSync(counted, "utf8").split("\n").slice(0, -1);
      writeFileSync(counted, "");
      return words;
    };
    let minutes = 0;
    const later = (more: number) => {
      minutes += more;
      fake.advance(more * 60_000);
      clock.moveBy(`${minutes}m`);
      const now = Math.floor(Date.now() / 1000) + minutes * 60;
      writeFileSync(join(desk.home.path, "now"), String(now));
      utimesSync(join(desk.home.path, "now"), now, now);
      mkdirSync(join(desk.home.path, "proc"), { recursive: true });
      writeFileSync(join(desk.home.path, "proc", "uptime"), "1000.50 2000.00\n");
      writeFileSync(join(desk.home.path, "proc", "stat"), `cpu 1 2\nbtime ${now - 1000}\nprocesses 9\n`);
    };
    later(0);
    await signIn(desk);
    const session = await startSession(t, shell, desk, clock.env);
    const before = await session.state();
    await session.line(shell.activate, "(-) ");
    if (lines) await session.line(lines.moved);
    await session.line("aws-as my-role1", "(my-role1) ");
    const acting = async () => awsVariables(await session.variables(), desk);
    const first = await acting();
    starts();

    // The first half of the hour: nothing to do.
    later(30);
    assert.equal(await session.line(""), "");
    assert.deepEqual(starts(), []);

    // Twenty minutes before the end, once, and the status of the person's command survives it.
    later(11);
    await session.line(fails);
    assert.match(await session.line(shows), /^7\s*$/);
    assert.deepEqual(starts(), ["--due"]);
    const second = await acting();
    assert.notEqual(second["AWS_ACCESS_KEY_ID"], first["AWS_ACCESS_KEY_ID"]);
    assert.notEqual(second["AWS_CREDENTIAL_EXPIRATION"], first["AWS_CREDENTIAL_EXPIRATION"]);
    const { AWS_REGION, AWS_AS_REGION, AWS_AS_IDENTITY } = second;
    assert.deepEqual([AWS_REGION, AWS_AS_REGION, AWS_AS_IDENTITY], ["eu-west-1", "eu-west-1", "my-role1"]);
    assert.equal(await session.line(""), "");
    assert.deepEqual(starts(), []);

    // A night: the first prompt that somebody sees names no expired session.
    later(180);
    assert.equal(await session.line(""), "");
    assert.deepEqual(starts(), ["--due"]);

    // A person who wants none of it.
    await session.line(off);
    later(120);
    await session.line("", "(my-role1 expired) ");
    assert.deepEqual(starts(), []);
    await session.line(on, "(my-role1) ");
    assert.deepEqual(starts(), ["--due"]);

    // AWS is out of reach: said once, tried again ten minutes later, and not before.
    fake.faults.add({ kind: "reset", action: "AssumeRole", times: Number.POSITIVE_INFINITY });
    later(41);
    const said = await session.line("");
    assert.match(said, /^aws-as: warning: "my-role1" could not be renewed/);
    later(5);
    assert.equal(await session.line(""), "");
    assert.deepEqual(starts(), ["--due"]);
    later(6);
    assert.equal(await session.line(""), "");
    assert.deepEqual(starts(), ["--due"]);
    fake.faults.clear();
    later(11);
    assert.equal(await session.line(""), "");
    assert.deepEqual(starts(), ["--due"]);

    // The user's own session ends: only a person can renew that, and is told so once.
    later(780);
    assert.equal(
      (await session.line("", "(my-role1 expired) ")).trimEnd(),
      'aws-as: warning: "my-role1" needs an MFA code to be renewed: aws-as renew',
    );
    later(60);
    assert.equal(await session.line(""), "");
    assert.deepEqual(starts(), ["--due"]);
    await answering(session, desk, "aws-as renew", "(my-role1) ");
    assert.deepEqual(starts(), ["--renew"]);
    assert.equal(fake.code(one.mfaSerial).length, 6);

    if (lines) await session.line(lines.own);
    await session.line("aws-as-deactivate", "");
    assertSameState(before, await session.state());
  });
}
