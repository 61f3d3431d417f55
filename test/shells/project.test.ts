import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { makeDesk } from "../support/desk.ts";
import { installed } from "../support/installed.ts";
import { withoutPty } from "../support/pty.ts";
import { files, runScript, runShell, signIn } from "../support/shells/scripts.ts";
import { open, type Shell } from "../support/shells/shell.ts";

// What a project's folder brings into a shell: variables of direnv, settings of Node, another Node.

const skip = withoutPty();
const none = () => [];

const shells: readonly (readonly [shell: Shell, hook: string])[] = [
  [
    {
      name: "bash",
      program: "bash",
      args: ["--noprofile", "--norc", "-i"],
      activate: "eval $(aws-as -s)",
      dump: none,
    },
    'eval "$(direnv hook bash)"',
  ],
  [
    {
      name: "zsh",
      program: "zsh",
      args: ["-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr"],
      activate: "eval $(aws-as -s)",
      dump: none,
    },
    'eval "$(direnv hook zsh)"',
  ],
  [
    {
      name: "fish",
      program: "fish",
      args: ["--no-config", "--interactive"],
      env: { TERM: "dumb" },
      numbered: true,
      prepare: [
        `function fish_prompt; set -g ready (math $ready + 1); echo -n "$ready ready> "; end; set -g ready 0`,
      ],
      activate: "eval (aws-as --shell fish)",
      dump: none,
    },
    "direnv hook fish | source",
  ],
];

for (const [shell, hook] of shells) {
  test(`${shell.name}: shells-01: what direnv set for a folder is given back there, and said, and nowhere else`, {
    skip,
  }, async (t) => {
    if (!installed("direnv", t)) return;
    const opened = await open(t, shell, { AWS_REGION: "us-west-2", DIRENV_LOG_FORMAT: "" });
    if (!opened) return;
    const { desk, session } = opened;
    await signIn(desk);
    const project = join(desk.home.path, "proj");
    mkdirSync(project);
    const set = "AWS_PROFILE=prod AWS_ACCESS_KEY_ID=AKIAPROD AWS_SECRET_ACCESS_KEY=prodsecret";
    writeFileSync(join(project, ".envrc"), `export ${set}\n`);
    execFileSync("direnv", ["allow", project], { env: desk.env as Record<string, string>, stdio: "ignore" });
    await session.line(hook);
    await session.line(shell.activate, "(-) ");
    const own = async () => {
      const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } =
        await session.variables();
      return [AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION];
    };
    await session.line("cd proj");
    await session.line("aws-as my-role1", "(my-role1) ");
    // direnv takes back the two that it had set, which are ours by now.
    await session.line("cd ..", "(?) ");
    const elsewhere = await session.line("aws-as-deactivate", "");
    assert.match(elsewhere, /AWS_PROFILE=prod.* stays away: it was set in another folder/);
    assert.match(elsewhere, /gave back AWS_REGION=us-west-2\n/);
    assert.doesNotMatch(elsewhere, /prodsecret/);
    assert.deepEqual(await own(), [undefined, undefined, undefined, undefined, "us-west-2"]);

    await session.line(shell.activate, "(-) ");
    await session.line("cd proj");
    await session.line("aws-as my-role1", "(my-role1) ");
    assert.match(await session.line("aws-as-deactivate", ""), /gave back .*AWS_PROFILE=prod/);
    assert.deepEqual(await own(), ["prod", "AKIAPROD", "prodsecret", undefined, "us-west-2"]);
  });
}

test("shells-01: what a hook sets for a folder is not given back outside it", { skip }, async (t) => {
  const [[zsh] = []] = shells.slice(1);
  if (zsh === undefined) return;
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  mkdirSync(join(desk.home.path, "proj"));
  await session.line(zsh.activate, "(-) ");
  await session.line(
    "chpwd() { if [[ $PWD == */proj ]]; then export AWS_PROFILE=prod; else unset AWS_PROFILE; fi }",
  );
  await session.line("cd proj; aws-as my-role1", "(my-role1) ");
  await session.line("cd ..; aws-as-deactivate", "");
  assert.equal((await session.variables())["AWS_PROFILE"], undefined);
});

for (const name of ["bash", "zsh", "dash"]) {
  test(`${name}: clients-02, credentials-15: nothing that a project sets for its own Node reaches ours`, async (t) => {
    if (!installed(name, t)) return;
    const desk = await makeDesk(t);
    await signIn(desk);
    files(desk, { "noisy.cjs": 'console.log("[dotenv] injecting env (0) from .env");\n' });
    const lines = [
      'eval "$(aws-as -s)"',
      'export NODE_OPTIONS="--require $HOME/noisy.cjs" NODE_PATH=/nowhere NODE_DEBUG=http',
      // Aliases are not there on the line that makes them.
      "aws-as my-role1",
      'echo "$AWS_AS_IDENTITY"',
      'sh -c "$(sed -n "s/^credential_process = //p" ~/.aws/config | head -1)" | head -c 11',
    ];
    const run = await runScript(desk, [name], lines);
    assert.deepEqual([run.stderr, run.stdout], ["", 'my-role1\n{"Version":']);
    // Called by its name it is started as the project wants it, and prints no secret into what is evaluated.
    const bare = await runShell(desk, [name, "-c", "aws-as env my-role1; aws-as process my-role1"], {
      env: { NODE_OPTIONS: `--require ${join(desk.home.path, "noisy.cjs")}` },
    });
    assert.doesNotMatch(bare.stdout, /SECRET|Secret/);
    assert.match(bare.stdout, /^\[dotenv\].*\nfalse;\n/);
    assert.match(bare.stderr, /error: NODE_OPTIONS loads code that prints on standard output/);
  });
}

test("shells-04: the functions keep the Node.js that made them, whatever comes first in PATH", async (t) => {
  const desk = await makeDesk(t);
  await signIn(desk);
  mkdirSync(join(desk.home.path, "old"));
  writeFileSync(join(desk.home.path, "old", "node"), "#!/bin/sh\necho old\n", { mode: 0o755 });
  const run = await runScript(
    desk,
    ["sh"],
    ['eval "$(aws-as -s)"', 'PATH="$HOME/old:$PATH"', "__aws_as my-role1", 'echo "$AWS_AS_IDENTITY"'],
  );
  assert.deepEqual([run.stderr, run.stdout], ["", "my-role1\n"]);
});

test("shells-04: a Node.js that is too old says so, and what is evaluated fails", async (t) => {
  const desk = await makeDesk(t);
  // The file that is read is the one that an old one reads: it is in the syntax of 2015.
  files(desk, {
    "old.cjs": 'Object.defineProperty(process.versions, "node", { value: "14.21.3" });\n',
  });
  const env = { NODE_OPTIONS: `--require ${join(desk.home.path, "old.cjs")}` };
  for (const [words, printed] of [
    ["env my-role1", "false;\n"],
    ["-s", "false;\n"],
    ["--shell fish", "false;\n"],
    ["env my-role1 --format json", ""],
    ["--shell nu", ""],
    ["process my-role1", ""],
    ["list", ""],
  ] as const) {
    const run = await runShell(desk, ["sh", "-c", `aws-as ${words}`], { env });
    assert.deepEqual([run.stdout, run.status], [printed, 1], words);
    assert.match(
      run.stderr,
      /^aws-as: error: aws-as needs Node\.js 20 or later, and this is 14\.21\.3: \/.*\naws-as: hint: /,
    );
  }
});

const others: readonly (readonly [shell: string, line: string, shows: string])[] = [
  ["fish", "eval $(aws-as env my-role1)", "env"],
  ["fish", "aws-as env my-role1 | source", "env"],
  ["tcsh", "eval `aws-as env my-role1`", "env"],
  ["elvish", "eval (aws-as env my-role1 | slurp)", "env"],
  ["xonsh", "execx($(aws-as env my-role1))", "env"],
];
for (const [shell, line, shows] of others) {
  test(`${shell}: shells-05: ${line} acts as the role, and shows no secret`, async (t) => {
    if (!installed(shell, t)) return;
    const desk = await makeDesk(t);
    await signIn(desk);
    const options =
      { fish: ["--no-config"], tcsh: ["-f"], elvish: ["-norc"], xonsh: ["--no-rc"] }[shell] ?? [];
    files(desk, { script: `${line}\n${shows}\n` });
    const run = await runShell(desk, [shell, ...options, "script"]);
    assert.equal(run.stderr, "");
    assert.match(run.stdout, /^AWS_AS_IDENTITY=my-role1$/m);
    const failing = await runShell(desk, [shell, ...options, "-c", line.replace("my-role1", "nope")]);
    assert.match(failing.stderr, /aws-as: error: no profile "nope"/);
  });
}

test("shells-05: on a terminal, where nothing evaluates them, no secrets are shown", { skip }, async (t) => {
  const [[bash] = []] = shells;
  if (bash === undefined) return;
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  const shown = await session.line("aws-as env my-role1");
  assert.equal(
    shown,
    [
      "aws-as: error: this would show the secrets of a session on the terminal, and switch nothing",
      'aws-as: hint: to switch this shell: eval "$(aws-as env my-role1)"',
      "aws-as: hint: to see them: aws-as env my-role1 | cat",
      "",
    ].join("\n"),
  );
  assert.match(await session.line("aws-as env my-role1 --format json"), /this would show the secrets/);
  assert.match(await session.line("aws-as env my-role1 | cat"), /AWS_SECRET_ACCESS_KEY=/);
});

const hints: readonly (readonly [shell: string, options: readonly string[], set: string])[] = [
  ["bash", ["--norc"], "export AWS_SECURITY_TOKEN=x AWS_AS_STORE=moon"],
  ["fish", ["--no-config"], "set -gx AWS_SECURITY_TOKEN x; set -gx AWS_AS_STORE moon"],
  ["tcsh", ["-f"], "setenv AWS_SECURITY_TOKEN x; setenv AWS_AS_STORE moon"],
  ["elvish", ["-norc"], "set-env AWS_SECURITY_TOKEN x; set-env AWS_AS_STORE moon"],
  ["xonsh", ["--no-rc"], "$AWS_SECURITY_TOKEN = 'x'; $AWS_AS_STORE = 'moon'"],
];
for (const [shell, options, set] of hints) {
  test(`${shell}: shells-10: what doctor proposes works in the shell that it was printed in`, async (t) => {
    if (!installed(shell, t)) return;
    const desk = await makeDesk(t);
    const inShell = (...lines: string[]) => {
      files(desk, { script: `${lines.join("\n")}\n` });
      return runShell(desk, [shell, ...options, "script"]);
    };
    const before = await inShell(set, "aws-as doctor --offline --json > report", "env");
    assert.match(before.stdout + before.stderr, /./);
    const report = JSON.parse(readFileSync(join(desk.home.path, "report"), "utf8")) as {
      findings: { id: string; mend: string }[];
    };
    const mends = report.findings
      .filter(({ id }) => id === "env-security-token" || id === "env-bad-value")
      .map(({ mend }) => mend);
    assert.equal(mends.length, 2);
    const after = await inShell(set, ...mends, "env");
    assert.equal(after.stderr, "");
    assert.doesNotMatch(after.stdout, /^AWS_(SECURITY_TOKEN|AS_STORE)=(x|moon)/m);
  });
}
