import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { inBash, readBashLine } from "../../src/emit/bourne/answer.ts";
import { type Home, makeHome, program } from "../support/home.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { withoutLong } from "../support/long.ts";
import { type Pty, startPty, withoutPty } from "../support/pty.ts";
import { nushell } from "../support/shells/nushell.ts";
import { pwshEnv, pwshProgram } from "../support/shells/powershell.ts";
import { open } from "../support/shells/shell.ts";
import { compinit } from "../support/shells/zsh.ts";

const skip = withoutPty();

/** Names that clients take, with every character that they take; below them what only looks like a name. */
const names = ["my-user1", "my-role1", "team:dev", "arn:x/y@z.a+b%c_d", "-dashed", "login"];
const noNames = ["$(touch pwned)", "`touch pwned`", "two words", "it's", '"', "*", "a;touch pwned", "{a,b}"];

/** A shell, and the lines that make it complete. */
interface Completing {
  readonly name: string;
  readonly shell: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It takes what is typed before its prompt for something else. */
  readonly waits?: boolean;
  readonly lines: readonly (string | (() => string))[];
}

const bash = ["--noprofile", "--norc", "-i"];
const zsh = ["-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr"];
const pwsh = {
  shell: pwshProgram,
  args: ["-NoLogo", "-NoProfile", "-NoExit", "-Command", "function prompt { 'ready> ' }"],
  env: pwshEnv,
  waits: true,
};
/** Instead of switching, the function of the activated shell says its words as the program does here. */
const saying = "__aws_as() { printf '<%s>' \"$@\" '<end>'; }";

const shells: readonly Completing[] = [
  { name: "bash", shell: "bash", args: bash, lines: ['eval "$(aws-as completion bash)"'] },
  { name: "bash, activated", shell: "bash", args: bash, lines: ["eval $(aws-as -s)", saying] },
  {
    name: "bash --posix, activated",
    shell: "bash",
    args: ["--posix", ...bash],
    lines: ["eval $(aws-as -s)", saying],
  },
  {
    name: "bash with strict options, activated",
    shell: "bash",
    args: bash,
    lines: [
      "set -eufC -o pipefail; shopt -s failglob nullglob extglob; IFS=_/:=a",
      'eval "$(aws-as -s)"',
      saying,
    ],
  },
  {
    name: "zsh",
    shell: "zsh",
    args: zsh,
    lines: ["autoload -Uz compinit; compinit -D", 'eval "$(aws-as completion zsh)"'],
  },
  {
    name: "zsh, compinit and activated",
    shell: "zsh",
    args: zsh,
    lines: [compinit, "eval $(aws-as -s)", saying],
  },
  {
    name: "zsh with other options, activated and then compinit, twice",
    shell: "zsh",
    args: zsh,
    lines: [
      "eval $(aws-as -s)",
      compinit,
      compinit,
      "setopt ksh_arrays sh_word_split glob_subst no_unset no_match err_return complete_aliases",
      saying,
    ],
  },
  {
    name: "tcsh",
    shell: "tcsh",
    args: ["-f"],
    lines: ["set prompt='ready> '", 'eval "`aws-as completion tcsh`"'],
  },
  {
    name: "tcsh, activated",
    shell: "tcsh",
    args: ["-f"],
    lines: ["set prompt='ready> '", "eval `aws-as -c`", `alias aws-as 'printf "<%s>" \\!* "<end>"'`],
  },
  {
    name: "elvish, activated",
    shell: "elvish",
    args: ["-norc"],
    lines: [
      "eval (aws-as --shell elvish | slurp)",
      "edit:add-var aws-as~ {|@words| for word [$@words '<end>'] { print '<'$word'>' } }",
    ],
  },
  {
    name: "fish",
    shell: "fish",
    args: ["--no-config", "--interactive"],
    lines: ["aws-as completion fish | source"],
  },
  {
    name: "fish, activated",
    shell: "fish",
    args: ["--no-config", "--interactive"],
    lines: ["aws-as --shell fish | source", "function aws-as; printf '<%s>' $argv '<end>'; end"],
  },
  {
    name: "powershell",
    ...pwsh,
    lines: ["aws-as completion powershell | Out-String | Invoke-Expression"],
  },
  {
    name: "powershell with strict preferences, activated",
    ...pwsh,
    lines: [
      "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'; $PSNativeCommandUseErrorActionPreference = $true",
      "aws-as --shell powershell | Out-String | Invoke-Expression",
      'function aws-as { & ([scriptblock]::Create("& bin/aws-as $(__aws_as_source $MyInvocation $args)")) }',
    ],
  },
];

/** A home with those names, in which `aws-as` says what words it was given, unless completion calls it. */
function home(t: TestContext): Home {
  const config = [...names, ...noNames]
    .map(
      (name) => `[profile ${name}]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = my-user1\n`,
    )
    .join("");
  const made = makeHome({ config });
  t.after(() => made.remove());
  const bin = join(made.path, "bin");
  mkdirSync(bin);
  const script = join(bin, "aws-as");
  writeFileSync(
    script,
    `#!/bin/sh\ncase $1 in complet*|-[sc]|--shell) exec '${process.execPath}' '${program}' "$@" ;; esac\nprintf '<%s>' "$@" '<end>'\n`,
  );
  chmodSync(script, 0o755);
  made.env["PATH"] = `${bin}:${made.env["PATH"]}`;
  // A shell that took the names for files would add a slash to this one.
  mkdirSync(join(made.path, "team:dev"));
  return made;
}

async function start(t: TestContext, { shell, args, env, waits, lines }: Completing, at: Home): Promise<Pty> {
  const pty = startPty(shell, args, {
    env: { ...at.env, PS1: "ready> ", HISTFILE: "/dev/null", ...env },
    cwd: at.path,
  });
  t.after(() => pty.close());
  for (const line of lines) {
    if (waits) await pty.waitFor("ready> ");
    pty.type(`${typeof line === "string" ? line : line()}\r`);
  }
  return pty;
}

for (const each of shells) {
  test(`${each.name}: TAB completes names, commands and options, and runs nothing`, { skip }, async (t) => {
    if (!installed(each.shell, t)) return;
    const at = home(t);
    const pty = await start(t, each, at);
    /** Types keys and Enter, and gives the words that aws-as got. */
    const got = async (keys: string) => {
      if (each.waits) await pty.waitFor("ready> ");
      pty.type(`${keys}\r`);
      const text = await pty.waitFor("<<end>>");
      return /<([^\n]*)><<end>>$/.exec(text)?.[1]?.split("><");
    };
    assert.deepEqual(await got("aws-as use my-r\t"), ["use", "my-role1"]);
    assert.deepEqual(await got("aws-as use te\t"), ["use", "team:dev"]);
    assert.deepEqual(await got("aws-as use arn:x/y@\t"), ["use", "arn:x/y@z.a+b%c_d"]);
    assert.deepEqual(await got('aws-as use "team:d\t'), ["use", "team:dev"]);
    assert.deepEqual(await got("aws-as my-u\t"), ["my-user1"]);
    // PowerShell asks nobody there about a word with one dash.
    if (each.shell !== pwshProgram) assert.deepEqual(await got("aws-as -- -d\t"), ["--", "-dashed"]);
    // elvish puts quotes around a word with this sign, and lets one look at it before.
    const accepted = each.shell === "elvish" ? "\r" : "";
    assert.deepEqual(await got(`aws-as env te\t --format=d\t${accepted}`), [
      "env",
      "team:dev",
      "--format=dotenv",
    ]);
    // Nothing can stand there, and no file either.
    assert.deepEqual(await got("aws-as status \t"), ["status"]);
    // tcsh tells without the quotes what stands before.
    if (each.shell !== "tcsh")
      assert.deepEqual(await got("aws-as '$(touch pwned)' --c\t"), ["$(touch pwned)", "--code"]);
    // The same code finds the word in every way of setting it up.
    if (shells.find(({ shell }) => shell === each.shell) === each || !withoutLong()) {
      assert.deepEqual(await got("aws-as use team:d\t"), ["use", "team:dev"]);
      assert.deepEqual(await got("aws-as use ar\t"), ["use", "arn:x/y@z.a+b%c_d"]);
      assert.deepEqual(await got("aws-as use 'arn:x\t"), ["use", "arn:x/y@z.a+b%c_d"]);
      assert.deepEqual(await got("aws-as logi\t te\t --re\t"), ["login", "team:dev", "--renew"]);
      assert.deepEqual(await got("aws-as env --shell el\t te\t"), ["env", "--shell", "elvish", "team:dev"]);
      assert.deepEqual(await got("aws-as status tea\t"), ["status", "tea"]);
    }
    // Ctrl-U takes the line away.
    pty.type("aws-as `touch pwned` te\t\x15");
    // No name that a client does not take is there to be completed.
    for (const keys of ["$\t", "tw\t", "it\t"]) {
      const word = keys.slice(0, -1);
      assert.deepEqual(await got(`aws-as use '${word}\t'`), ["use", word]);
    }
    assert.ok(!existsSync(join(at.path, "pwned")));
  });
}

test("nushell, activated: TAB completes names and commands; options are nushell's own to complete", {
  skip,
}, async (t) => {
  const opened = await open(t, nushell);
  if (!opened) return;
  const { session } = opened;
  await session.line(nushell.activate, "(-) ");
  await session.line(
    `def --env --wrapped aws-as [...words: string@__aws_as_complete] { $"<($words | str join '><')>" }`,
  );
  for (const [keys, words] of [
    ["aws-as use par\t", "<use><partner>"],
    ["aws-as my-u\t", "<my-user1>"],
    ["aws-as logi\t my-u\t", "<login><my-user1>"],
    ["aws-as env --shell fi\t par\t", "<env><--shell><fish><partner>"],
  ] as const) {
    session.pty.type(`${keys}\r`);
    await session.pty.waitFor(words);
    await session.nextPrompt("(-) ");
  }
});

/** What completes our names at the end of a script that activates and leaves again. */
interface Leaving {
  readonly shell: string;
  readonly args: readonly string[];
  /** Before activation: a completion of the user's own. */
  readonly before: readonly (string | (() => string))[];
  readonly activate: string;
  /** The user's own once more, of a newer kind. */
  readonly newer: string;
  readonly show: string;
  readonly shown: { readonly own: string; readonly newer: string; readonly ours: readonly string[] };
}

const leavings: readonly Leaving[] = [
  {
    shell: "bash",
    args: ["--noprofile", "--norc", "-eu", "-c"],
    before: ["complete -W own aws-as"],
    activate: "eval $(aws-as -s)",
    newer: "complete -W newer aws-as",
    show: "complete -p",
    shown: {
      own: "complete -W 'own' aws-as",
      newer: "complete -W 'newer' aws-as",
      ours: ["complete -F __aws_as_complete aws-as", "complete -F __aws_as_complete aws-as-deactivate"],
    },
  },
  {
    shell: "zsh",
    args: ["-f", "-u", "-c"],
    before: [() => `${compinit()}; compdef _own aws-as`],
    // What zsh itself does before a prompt.
    activate: "eval $(aws-as -s); __aws_as_hook",
    newer: "compdef _newer aws-as",
    show: 'for name in aws-as aws-as-deactivate; do echo "$name ${_comps[$name]-}"; done | grep " ."',
    shown: {
      own: "aws-as _own",
      newer: "aws-as _newer",
      ours: ["aws-as __aws_as_complete", "aws-as-deactivate __aws_as_complete"],
    },
  },
];

for (const { shell, args, before, activate, newer, show, shown } of leavings) {
  test(`${shell}: leaving gives back the completion that was there, and leaves a newer one alone`, (t) => {
    if (!installed(shell, t)) return;
    const at = home(t);
    const after = (...script: string[]) => {
      const first = before.map((line) => (typeof line === "string" ? line : line()));
      const lines = [...first, activate, ...script, show];
      const { stdout, stderr } = spawnSync(shell, [...args, lines.join("\n")], {
        encoding: "utf8",
        env: at.env,
        cwd: at.path,
      });
      assert.equal(stderr, "");
      return stdout.split("\n").slice(0, -1).sort();
    };
    const leave = "aws-as-deactivate --keep-creds";
    assert.deepEqual(after(), shown.ours);
    assert.deepEqual(after(leave), [shown.own]);
    assert.deepEqual(after(activate, leave), [shown.own]);
    assert.deepEqual(after(newer, leave), [shown.newer]);
  });
}

test("fish: leaving takes our completion away and none of the user's, be it loaded or not", (t) => {
  if (!installed("fish", t)) return;
  const at = home(t);
  const folder = join(at.path, ".config/fish/completions");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "aws-as.fish"), "complete -c aws-as -a of-a-file\n");
  const completed = (...script: string[]) => {
    const lines = ["aws-as --shell fish | source", ...script, "complete -C 'aws-as '"];
    const { stdout, stderr } = spawnSync("fish", ["-c", lines.join("\n")], {
      encoding: "utf8",
      env: at.env,
      cwd: at.path,
    });
    assert.equal(stderr, "");
    return stdout.split("\n").map((line) => line.split("\t")[0]);
  };
  const leave = "aws-as-deactivate --keep-creds; functions -q __aws_as_complete; and echo LEFT";
  const load = "complete -C 'aws-as ' > /dev/null";
  const own = "complete -c aws-as -a \"own 'a b'\" -d 'it\\'s'";
  for (const found of ["my-role1", "of-a-file"]) assert.ok(completed().includes(found), found);
  for (const script of [[leave], [load, leave]]) {
    const words = completed(...script);
    assert.ok(words.includes("of-a-file"));
    assert.ok(!words.includes("my-role1") && !words.includes("LEFT"));
  }
  for (const script of [
    [own, leave],
    [load, own, leave],
    [own, load, leave],
  ]) {
    const words = completed(...script);
    for (const found of ["of-a-file", "own", "a b"]) assert.ok(words.includes(found), found);
    assert.ok(!words.includes("my-role1") && !words.includes("LEFT"));
  }
});

test("bash: what is put in means the word, whatever is in it", (t) => {
  if (!installed("bash", t)) return;
  const words = hostileValues.filter((value) => value !== "" && !value.includes("\n"));
  for (const opened of ["", "'", '"']) {
    const line = readBashLine(`aws-as ${opened}`, "");
    // In double quotes an interactive bash takes ! for history, which nothing prevents.
    const said = words.map((word) => `printf '%s\\0' ${opened}${inBash(word, line)}${opened}\n`);
    const { stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-c", said.join("")], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" },
      cwd: "/",
    });
    assert.deepEqual([stdout.split("\0").slice(0, -1), stderr], [words, ""]);
  }
});
