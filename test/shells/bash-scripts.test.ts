import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { dialect as posix } from "../../src/emit/bourne/dialect.ts";
import { one } from "../support/aws/world-of-one.ts";
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
import { type Shell, startSession } from "../support/shells/shell.ts";

const skip = withoutPty();

/** How bash reads its start-up files. */
const starting = (args: readonly string[]): Shell => ({
  name: "bash",
  program: "bash",
  args,
  activate: "",
  dump: () => [],
});

test("bash: a login shell with the line in ~/.bash_profile", { skip }, async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  // /etc/profile sets the PATH anew.
  files(desk, { ".bash_profile": 'PATH=~/bin:$PATH; PS1="ready> "; eval "$(aws-as -s)"\n' });
  const session = await startSession(t, starting(["-l"]), desk);
  assert.equal(await session.line("aws-as my-role1", "(my-role1) "), "");
  assert.equal(await session.line("shopt -q login_shell && echo login"), "login\n");
  assert.equal(await session.line("aws-as-deactivate", ""), "");
});

test("bash: a shell in the shell inherits the identity, and its end leaves the outer one alone", {
  skip,
}, async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  files(desk, { ".bashrc": 'PS1="ready> "; eval "$(aws-as -s)"\n' });
  const session = await startSession(t, starting([]), desk);
  await session.line("", "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  const outer = await session.variables();
  await session.line("bash", "(my-role1) ");
  assert.deepEqual({ ...(await session.variables()), SHLVL: "" }, { ...outer, SHLVL: "" });
  await session.line("aws-as my-user1", "(my-user1) ");
  await session.line("exit", "(my-role1) ");
  await session.line("bash", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  assert.equal(await session.line('echo "${AWS_AS_IDENTITY-nobody}"'), "nobody\n");
  // The prompt is exported from nowhere, the functions neither.
  await session.line("exit", "(my-role1) ");
  assert.deepEqual(await session.variables(), outer);
  // A shell that reads no such line has neither the functions nor a strange prompt.
  await session.line("export PS1");
  await session.line("bash --norc", "");
  assert.equal(await session.line("type -t aws-as aws-as-deactivate"), "file\n");
  await session.line("exit", "(my-role1) ");
  await session.line(
    '( aws-as -; echo "${AWS_AS_IDENTITY-nobody}"; aws-as-deactivate; type -t aws-as-deactivate )',
  );
  assert.equal(
    await session.line('echo "$AWS_AS_IDENTITY"; type -t aws-as-deactivate'),
    "my-role1\nfunction\n",
  );
});

for (const options of [[], ["--posix"]]) {
  const name = ["bash", ...options].join(" ");

  test(`${name}: the functions in a strict script`, async (t) => {
    if (!installed("bash", t)) return;
    const desk = await makeDesk(t);
    await signIn(desk);
    const show = 'echo "${AWS_AS_IDENTITY-nobody} ${AWS_REGION-none}"';
    const run = await runScript(
      desk,
      ["bash", ...options],
      [
        "set -euo pipefail",
        'eval "$(aws-as -s)"',
        'echo "${PROMPT_COMMAND-no hook}"',
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
        "declare -p PS1 PROMPT_COMMAND 2>&1 || compgen -v __aws_as || compgen -A function __aws_as || echo clean",
      ],
    );
    assert.equal(run.stderr, "");
    const told = run.stdout.replace(/.*not found\n/g, "");
    assert.equal(
      told,
      "no hook\nmy-role1 eu-west-1\nmy-user1 eu-west-1\nmy-role1 eu-west-1\nnobody none\n1\nclean\n",
    );
    assert.equal(run.status, 0);
  });

  test(`${name}: a switch that fails stops a script that wants it so`, async (t) => {
    if (!installed("bash", t)) return;
    const desk = await makeDesk(t);
    for (const line of ["aws-as nope", "aws-as use nope", "aws-as -- nope", "aws-as --nope"]) {
      const run = await runScript(
        desk,
        ["bash", ...options],
        ["set -e", "eval $(aws-as -s)", line, "echo went on"],
      );
      assert.equal(run.stdout, "", line);
      assert.match(run.stderr, /^aws-as: error: .*nope/);
      assert.notEqual(run.status, 0);
    }
  });
}

scriptsOf({
  name: "bash",
  bare: ["bash", "--noprofile", "--norc"],
  trace: "set -xv",
  traced: /\+ aws-as my-role1\n/,
  leftovers: "set -o posix; set",
});

test("bash: the activation survives every way to evaluate it, in a folder full of traps", async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  const folder = join(desk.home.path, "traps");
  mkdirSync(folder);
  const activation = await desk.alone("aws-as", ["-s"]);
  files(desk, { code: activation.stdout });
  const answers = await recorded(desk, ["-"]);
  // Files named as the words of the text, and as what quoted words could match.
  const words = activation.stdout.split(/\s+/).filter((word) => word.length < 200 && !word.includes("/"));
  for (const name of [...words, "'eval'", "eval", "printf", "touch pwned;", "a", "-n", "\\", "*", "x y"])
    if (name !== "") writeFileSync(join(folder, name), "touch pwned\n");
  const ways = [
    "eval $(cat ../code)",
    'eval "$(cat ../code)"',
    "eval `cat ../code`",
    ". <(cat ../code)",
    'source /dev/stdin <<< "$(cat ../code)"',
    ". ../code",
    "code=`cat ../code`; eval $code",
  ];
  const settings = [
    ":",
    "set -f",
    "set -eu -o pipefail; shopt -s failglob",
    "shopt -s nullglob dotglob extglob globstar nocaseglob",
    "set -o posix",
    ...["", ":", "/", "=", ",", "_", ";", "-.", "\\n", "*?[]{}"].map((signs) => `IFS=$'${signs}'`),
  ];
  for (const setting of settings) {
    for (const way of setting === ":" || setting.includes("failglob") ? ways : ways.slice(0, 2)) {
      const run = await runShell(
        desk,
        [
          "bash",
          "--noprofile",
          "--norc",
          "-c",
          `${setting}; ${way}\n${answers}; aws-as - && aws-as-deactivate --keep-creds; echo "$?"`,
        ],
        { cwd: folder },
      );
      const told = `${setting}; ${way}: ${run.stderr}`;
      assert.deepEqual([run.stdout, run.stderr], ["0\n", ""], told);
    }
  }
  assert.ok(!existsSync(join(folder, "pwned")));
});

test("bash: a region that no region can be called is an error", async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  const role = `role_arn = ${one.role1}\nsource_profile = my-user1\nmfa_serial = ${one.mfaSerial}\n`;
  const regions = ["it's", "$(touch pwned)", "*"];
  desk.home.writeConfig(
    desk.home.config() +
      regions.map((region, at) => `\n[profile odd${at}]\nregion = ${region}\n${role}`).join(""),
  );
  const lines =
    'eval "$(aws-as -s)"; for name in odd0 odd1 odd2; do aws-as $name; echo "$? ${AWS_REGION-none}"; done';
  const run = await runShell(desk, ["bash", "--noprofile", "--norc", "-c", lines]);
  assert.equal(run.stdout, "1 none\n".repeat(3));
  for (const region of regions) assert.ok(run.stderr.includes(`region ${JSON.stringify(region)} is not`));
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});

test("bash: generated values arrive byte for byte, and come back after a switch", async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  const generated = generatedValues({ seed: 3, numRuns: 200 });
  const values = [...hostileValues, ...generated];
  const codes = values.map((value) => [
    posix.render([{ kind: "set", name: "A", value }]),
    posix.renderForFunctions([
      { kind: "keep", name: "A" },
      { kind: "set", name: "A", value: "b,c" },
    ]),
    posix.renderForFunctions([
      { kind: "unset", name: "A" },
      { kind: "restore", name: "A" },
    ]),
  ]);
  const folder = join(desk.home.path, "codes");
  mkdirSync(folder);
  codes.forEach((each, at) => {
    each.forEach((code, step) => {
      writeFileSync(join(folder, `${at}-${step}`), code);
    });
  });
  files(desk, { "A=": "", "A='x';touch pwned;x='';": "" });
  const sets = [[], ["-O", "failglob", "-u"], ["--posix"]];
  for (const [set, options] of sets.entries()) {
    const those = valuesFor(set, sets.length, generated);
    const lines = `for i in ${those.map((value) => values.indexOf(value)).join(" ")}; do
      eval $(< codes/$i-0); printf '%s\\0' "$A"; eval "$(< codes/$i-1)"; eval $(< codes/$i-2); printf '%s\\0' "$A"; unset A
      eval "$(< codes/$i-0)"; printf '%s\\0' "$A" "\${__aws_as_kept_A-none}"; done`;
    const run = await runShell(desk, ["bash", ...options, "-c", lines]);
    assert.equal(run.stderr, "");
    assert.deepEqual(run.stdout.split("\0"), [
      ...those.flatMap((value) => [value, value, value, "none"]),
      "",
    ]);
  }
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});
