import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { dialect as posix } from "../../src/emit/bourne/dialect.ts";
import { makeDesk } from "../support/desk.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { withoutPty } from "../support/pty.ts";
import {
  files,
  generatedValues,
  recorded,
  runScript,
  runShell,
  scriptsOf,
  signIn,
  valuesFor,
} from "../support/shells/scripts.ts";
import { assertSameState, startSession } from "../support/shells/shell.ts";
import { compinit, zsh } from "../support/shells/zsh.ts";

const skip = withoutPty();

/** Sets of options under which our texts are evaluated, as words for zsh. */
const optionSets: readonly (readonly string[])[] = [
  ["-f"],
  ["-f", "-eu", ...options("pipefail extendedglob nullglob cshjunkiehistory nofunctionargzero errreturn")],
  ["-f", ...options("warncreateglobal warnnestedvar allexport nonomatch nomultibyte interactivecomments")],
  ["-f", ...options("shwordsplit globsubst ksharrays rcquotes extendedglob posixidentifiers ksharrays")],
  ["-f", ...options("posixbuiltins posixstrings kshtypeset forcefloat ignorebraces cshnullglob noclobber")],
  ["--emulate", "sh"],
  ["--emulate", "ksh", "-eu"],
];

function options(names: string): string[] {
  return names.split(" ").flatMap((name) => ["-o", name]);
}

test("zsh: a login shell with start-up files in ZDOTDIR, with and without completion", {
  skip,
}, async (t) => {
  if (!installed("zsh", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  mkdirSync(join(desk.home.path, "dots"));
  files(desk, {
    "dots/.zprofile": "path=(~/bin $path); from_profile=yes\n",
    "dots/.zshrc": [
      `unsetopt prompt_sp prompt_cr; [[ -z $COMPLETE ]] || { ${compinit()} }`,
      `PS1='ready> '; state() { ${zsh.dump("$1")[0]} }; state ~/first; state ~/before`,
      'eval "$(aws-as -s)"\n',
    ].join("\n"),
  });
  for (const complete of ["", "yes"]) {
    const session = await startSession(t, { ...zsh, args: ["-l"], env: {} }, desk, {
      ZDOTDIR: join(desk.home.path, "dots"),
      COMPLETE: complete,
    });
    await session.line("", "(-) ");
    assert.equal(await session.line("aws-as my-role1", "(my-role1) "), "");
    assert.equal(await session.line('[[ -o login ]] && echo "login $from_profile"'), "login yes\n");
    assert.equal(await session.line("aws-as-deactivate", ""), "");
    await session.line("state ~/after");
    // Lines that come from elsewhere than the terminal: the start-up files are read then.
    const read = (name: string) =>
      readFileSync(join(desk.home.path, name), "utf8")
        .split("\n")
        .filter((line) => !zsh.restless?.test(line) && !/^shinstdin /.test(line));
    assertSameState(read("before"), read("after"));
    await session.pty.close();
  }
});

test("zsh: a shell in the shell inherits the identity, and its end leaves the outer one alone", {
  skip,
}, async (t) => {
  if (!installed("zsh", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  files(desk, { ".zshrc": "unsetopt prompt_sp prompt_cr; PS1='ready> '; eval \"$(aws-as -s)\"\n" });
  const session = await startSession(t, { ...zsh, args: ["-d"] }, desk);
  await session.line("", "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  const outer = await session.variables();
  await session.line("zsh", "(my-role1) ");
  assert.deepEqual({ ...(await session.variables()), SHLVL: "" }, { ...outer, SHLVL: "" });
  await session.line("aws-as my-user1", "(my-user1) ");
  await session.line("exit", "(my-role1) ");
  await session.line("zsh", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  assert.equal(await session.line('echo "${AWS_AS_IDENTITY-nobody}"'), "nobody\n");
  await session.line("exit", "(my-role1) ");
  assert.deepEqual(await session.variables(), outer);
  // The prompt is exported here. A zsh that reads no such line has neither the functions nor a strange prompt.
  await session.line("zsh -f -o no_prompt_sp -o no_prompt_cr", "");
  assert.equal(
    await session.line("whence -w aws-as aws-as-deactivate"),
    "aws-as: command\naws-as-deactivate: none\n",
  );
  await session.line("exit", "(my-role1) ");
  // In bash the prefix is not there twice, even if both are in the prompt.
  await session.line("PS1='ready> ' bash --norc", "");
  await session.line(zsh.activate, "(my-role1) ");
  await session.line("zsh -f -o no_prompt_sp -o no_prompt_cr -o prompt_subst", "");
  assert.equal(await session.line(zsh.activate, "(my-role1) "), "");
  await session.line("exit");
  await session.line("exit");
  assert.equal(
    await session.line(
      '( aws-as -; echo "${AWS_AS_IDENTITY-nobody}"; aws-as-deactivate; whence -w aws-as-deactivate )',
    ),
    "nobody\naws-as-deactivate: none\n",
  );
  assert.equal(
    await session.line('echo "$AWS_AS_IDENTITY"; whence -w aws-as-deactivate'),
    "my-role1\naws-as-deactivate: function\n",
  );
});

test("zsh: the functions in scripts with all sorts of options", async (t) => {
  if (!installed("zsh", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  files(desk, { code: (await desk.alone("aws-as", ["-s"])).stdout });
  const answers = await recorded(desk, ["my-role1", "my-user1", "nope"]);
  const show = 'echo "${AWS_AS_IDENTITY-nobody} ${AWS_REGION-none}"';
  const state = "typeset -p; functions; alias -L; set -o; trap; zmodload";
  for (const words of optionSets) {
    const run = await runScript(
      desk,
      ["zsh", ...words],
      [
        `{ ${state}; } >! before; { ${state}; } >! before`,
        `eval $(cat code); ${answers}`,
        "aws-as my-role1",
        show,
        "(",
        "aws-as my-user1",
        show,
        "aws-as-deactivate",
        ")",
        show,
        "aws-as -",
        show,
        "if aws-as nope 2>/dev/null; then :; else echo $?; fi",
        "aws-as-deactivate",
        `{ ${state}; } >! after`,
      ],
    );
    assert.deepEqual(run, {
      status: 0,
      signal: null,
      stdout: "my-role1 eu-west-1\nmy-user1 eu-west-1\nmy-role1 eu-west-1\nnobody none\n1\n",
      stderr: "",
    });
    const read = (file: string) =>
      readFileSync(join(desk.home.path, file), "utf8")
        .split("\n")
        .filter((line) => !zsh.restless?.test(line));
    assertSameState(read("before"), read("after"));
  }
});

test("zsh: a switch that fails stops a script that wants it so", async (t) => {
  if (!installed("zsh", t)) return;
  const desk = await makeDesk(t);
  files(desk, { code: (await desk.alone("aws-as", ["-s"])).stdout });
  const answers = await recorded(desk, ["nope"]);
  const failing = "aws-as nope";
  const traps = ["trap 'echo trapped' ZERR", "TRAPZERR() { echo trapped; }"];
  const cases = [
    ...optionSets.flatMap((words) => ["", ...traps].map((trap) => ({ words, trap, line: failing }))),
    ...["use nope", "-- nope", "--nope"].map((each) => ({ words: ["-f"], trap: "", line: `aws-as ${each}` })),
  ];
  for (const { words, trap, line } of cases) {
    const run = await runScript(
      desk,
      ["zsh", ...words],
      ["set -e", `eval $(cat code); ${trap === "" ? "" : answers}`, trap, line, "echo went on"],
    );
    assert.equal(run.stdout, trap === "" ? "" : "trapped\n", `${words} ${trap} ${line}`);
    assert.match(run.stderr, /^aws-as: error: .*nope/);
    assert.notEqual(run.status, 0);
  }
  const returned = await runScript(
    desk,
    ["zsh", "-f"],
    [
      "eval $(aws-as -s)",
      "setopt err_return; act() { aws-as nope; echo went on; }",
      'act 2>/dev/null || echo "$?"',
    ],
  );
  assert.equal(returned.stdout, "1\n");
});

scriptsOf({
  name: "zsh",
  bare: ["zsh", "-f"],
  trace: "trap 'print -ru2 -- \"D $ZSH_DEBUG_CMD\"' DEBUG; set -xv",
  traced: /^\+script:4> aws-as my-role1\nD/m,
  leftovers: "set",
});

test("zsh: the activation survives every way to evaluate it, in a folder full of traps", async (t) => {
  if (!installed("zsh", t)) return;
  const desk = await makeDesk(t);
  const folder = join(desk.home.path, "traps");
  mkdirSync(folder);
  const activation = await desk.alone("aws-as", ["-s"]);
  files(desk, { code: activation.stdout });
  // Files named as the words of the text, and as what quoted words could match.
  const words = activation.stdout.split(/\s+/).filter((word) => word.length < 200 && !word.includes("/"));
  for (const name of [...words, "'eval'", "eval", "printf", "touch pwned;", "a", "-n", "\\", "*", "x y"])
    if (name !== "") writeFileSync(join(folder, name), "touch pwned\n");
  const ways = [
    "eval $(cat ../code)",
    'eval "$(cat ../code)"',
    "eval `cat ../code`",
    ". ../code",
    ". <(cat ../code)",
    'source /dev/stdin <<< "$(cat ../code)"',
    'code=`cat ../code`; eval "$code"',
    "start() { local x; eval $(cat ../code); }; start",
  ];
  const all = optionSets.map((set) => [set, ":"] as const);
  const signs = ["", ":", "/", "=", ",", "_", ";", "-.", "\\n", "*?[]{}"];
  const split = signs.map((each) => [["-f", "-o", "globsubst"], `IFS=$'${each}'`] as const);
  for (const [set, setting] of [...all, ...split]) {
    for (const way of setting === ":" && set.includes("-f") ? ways : ways.slice(0, 2)) {
      const lines = `${setting}; ${way}\naws-as-deactivate --keep-creds; echo "$?"`;
      const run = await runShell(desk, ["zsh", ...set, "-c", lines], { cwd: folder });
      assert.deepEqual([run.stdout, run.stderr], ["0\n", ""], `${set} ${setting}; ${way}: ${run.stderr}`);
    }
  }
  assert.ok(!existsSync(join(folder, "pwned")));
});

test("zsh: what only bash or only zsh can read is read by no other", async (t) => {
  if (!installed("zsh", t)) return;
  const desk = await makeDesk(t);
  const activation = await desk.alone("aws-as", ["-s"]);
  const text = activation.stdout.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  const [, inner = ""] = /^'eval' "`'printf' '(.*)'`";\n$/s.exec(text) ?? [];
  for (const [shell, foreign] of [
    ["zsh", "bash"],
    ["bash", "zsh"],
    ["dash", "(?:zsh|bash)"],
  ] as const) {
    const code = inner.replace(
      new RegExp(`^'export' __aws_as_${foreign}='(?:[^']|'\\\\'')*'$`, "gm"),
      (match) => `${match.slice(0, match.indexOf("=") + 1)}'((( ;; } fi done'`,
    );
    assert.notEqual(code, inner);
    files(desk, { code });
    const run = await runShell(desk, [shell, "-c", '. ./code; __aws_as -; echo "$?"; __aws_as_deactivate']);
    assert.deepEqual([run.stdout, run.stderr, run.status], ["0\n", "", 0], shell);
  }
});

test("zsh: generated values arrive byte for byte, and come back after a switch", async (t) => {
  if (!installed("zsh", t)) return;
  const desk = await makeDesk(t);
  const generated = generatedValues({ seed: 4, numRuns: 100 });
  const values = [...hostileValues, ...generated];
  const folder = join(desk.home.path, "codes");
  mkdirSync(folder);
  values.forEach((value, at) => {
    const steps = [
      posix.render([{ kind: "set", name: "A", value }]),
      posix.renderForFunctions([
        { kind: "keep", name: "A" },
        { kind: "set", name: "A", value: "b,c" },
      ]),
      posix.renderForFunctions([
        { kind: "unset", name: "A" },
        { kind: "restore", name: "A" },
      ]),
      posix.renderForFunctions([
        { kind: "set", name: "A", value },
        { kind: "note", name: "of", value },
      ]),
    ];
    steps.forEach((code, step) => {
      writeFileSync(join(folder, `${at}-${step}`), code);
    });
  });
  files(desk, { "A=": "", "A='x';touch pwned;x='';": "", "{": "", "};": "" });
  for (const [set, words] of optionSets.entries()) {
    const those = valuesFor(set, optionSets.length, generated);
    const numbers = those.map((value) => values.indexOf(value)).join(" ");
    const lines = `for i in ${numbers}; do
      eval $(< codes/$i-0); printf '%s\\0' "$A"; eval "$(< codes/$i-1)"; eval $(< codes/$i-2); printf '%s\\0' "$A"; unset A
      eval "$(< codes/$i-0)"; printf '%s\\0' "$A" "\${__aws_as_kept_A-none}"; done`;
    const run = await runShell(desk, ["zsh", ...words, "-c", lines]);
    assert.equal(run.stderr, "", words.join(" "));
    assert.deepEqual(run.stdout.split("\0"), [
      ...those.flatMap((value) => [value, value, value, "none"]),
      "",
    ]);
  }
  // The same by way of the function, with a program that answers what stands there for a name.
  writeFileSync(join(desk.home.path, "answers"), '#!/bin/sh\ncat "codes/$3"\n', { mode: 0o755 });
  const numbers = [...values.keys()].join(" ");
  for (const words of optionSets.slice(3, 4)) {
    const lines = `eval "$(aws-as -s)"; __aws_as_node=env __aws_as_program=$PWD/answers; for i in ${numbers}; do
      aws-as $i-3; printf '%s\\0' "$A" "$__aws_as_of"; done`;
    const run = await runShell(desk, ["zsh", ...words, "-c", lines]);
    assert.equal(run.stderr, "", words.join(" "));
    assert.deepEqual(run.stdout.split("\0"), [...values.flatMap((value) => [value, value]), ""]);
  }
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});
