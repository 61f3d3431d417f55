import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { installed } from "../support/installed.ts";
import { eventually, withoutPty } from "../support/pty.ts";
import { signIn } from "../support/shells/scripts.ts";
import { open, type Shell } from "../support/shells/shell.ts";

const skip = withoutPty();

const bash: Shell = {
  name: "bash",
  program: "bash",
  args: ["--noprofile", "--norc", "-i"],
  activate: "eval $(aws-as -s)",
  dump: (file) => [`{ set; declare -f; shopt; set -o; trap; } > ${file} 2>&1`],
};

test("bash: the prompt says when somebody else changed the credentials", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(bash.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("export AWS_ACCESS_KEY_ID=x", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("export AWS_PROFILE=x", "(?) ");
  await session.line("export AWS_PROFILE=", "(my-role1) ");
  await session.line("export AWS_DEFAULT_PROFILE=x", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("unset AWS_ACCESS_KEY_ID", "(?) ");
  await session.line("eval $(aws-as env my-user1)", "(my-user1) ");
  await session.line("export AWS_AS_IDENTITY='$(touch pwned)'", "(?) ");
  await session.line("unset AWS_AS_IDENTITY", "(-) ");
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});

test("bash: the prompt says when the credentials have expired, while nothing is run", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(bash.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  // A shell in it inherits them, with little time left.
  const end = Date.now() + 5000;
  await session.line(`export AWS_CREDENTIAL_EXPIRATION=${new Date(end).toISOString()}`);
  await session.line("bash --noprofile --norc -i", "");
  await session.line(bash.activate, "(my-role1) ");
  await delay(end + 1000 - Date.now());
  await session.line("", "(my-role1 expired) ");
  await session.line("AWS_PROFILE=x", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  // What the shell around it was told counts there as well (shells-06).
  await session.line("exit", "(my-role1 expired) ");
});

test("bash: AWS_AS_DISABLE_PROMPT leaves PS1 alone; PROMPT_COMMAND renews all the same", {
  skip,
}, async (t) => {
  const opened = await open(t, bash, { AWS_AS_DISABLE_PROMPT: "1" });
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(bash.activate);
  await session.line("aws-as my-role1");
  assert.equal(
    await session.line('echo "$AWS_AS_IDENTITY ${PROMPT_COMMAND-none} ${PS1%?}"'),
    'my-role1 ${__aws_as_hook+"$__aws_as_hook"} && \\: ready>\n',
  );
  await session.line("unset AWS_AS_DISABLE_PROMPT");
  await session.line("aws-as -", "(-) ");
  await session.line("AWS_AS_DISABLE_PROMPT=yes", "");
  await session.line("unset AWS_AS_DISABLE_PROMPT", "(-) ");
  await session.line("aws-as-deactivate", "");
  assert.equal(await session.line('echo "${PROMPT_COMMAND-none} ${PS1%?}"'), "none ready>\n");
});

test("bash: a prompt that the user changes keeps the prefix, and its own text when we are gone", {
  skip,
}, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { session } = opened;
  await session.line(bash.activate, "(-) ");
  await session.line("PS1='\\[\\e[1m\\]new-\\[\\e[0m\\]ready> '", "(-) new-");
  await session.line('PS1="in front $PS1"', "in front (-) new-");
  await session.line("export -n PS1", "in front (-) new-");
  await session.line("aws-as-deactivate", "in front new-");
  await session.line("declare -p PS1 > ~/ps1");
  await session.line(
    "unset PS1; eval \"$(aws-as -s)\"; aws-as-deactivate; declare -p PS1 >> ~/ps1 2>&1; PS1='rea''dy> '",
    "",
  );
  const { desk } = opened;
  assert.equal(
    readFileSync(join(desk.home.path, "ps1"), "utf8"),
    'declare -- PS1="in front \\\\[\\\\e[1m\\\\]new-\\\\[\\\\e[0m\\\\]ready> "\nbash: declare: PS1: not found\n',
  );
});

test("bash: a prompt made by PROMPT_COMMAND has the prefix, and costs no process", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened || !installed("strace", t)) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line("count=0; PROMPT_COMMAND='PS1=\"$((++count))-ready> \"; # mine'", "1-");
  await session.line(bash.activate, "(-) 2-");
  await session.line("aws-as my-role1", "(my-role1) 3-");
  const pid = (await session.line("echo $$", "(my-role1) 4-")).trim();
  const trace = join(desk.home.path, "trace");
  const strace = spawn("strace", ["-f", "-qq", "-e", "trace=process", "-o", trace, "-p", pid], {
    stdio: "ignore",
  });
  await eventually(() => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, "utf8")), "strace");
  for (let at = 5; at < 10; at++) await session.line("", `(my-role1) ${at}-`);
  // The trace works.
  await session.line("(:)", "(my-role1) 10-");
  strace.kill("SIGINT");
  await once(strace, "exit");
  const started = readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => /clone|fork|exec/.test(line) && !line.includes(" resumed>"));
  assert.equal(started.length, 1, started.join("\n"));
  await session.line("aws-as-deactivate", "11-");
});

test("bash: without promptvars the prefix itself stands in the prompt", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line("shopt -u promptvars");
  await session.line(bash.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("AWS_PROFILE=x", "(?) ");
  await session.line('unset AWS_PROFILE; PS1="(venv) $PS1"', "(my-role1) (venv) ");
  await session.line("shopt -s promptvars", "(my-role1) (venv) ");
  await session.line("shopt -u promptvars", "(my-role1) (venv) ");
  await session.line("AWS_AS_DISABLE_PROMPT=1", "(venv) ");
  await session.line("AWS_AS_DISABLE_PROMPT=", "(my-role1) (venv) ");
  await session.line("aws-as-deactivate", "(venv) ");
  assert.equal(await session.line('echo "[${PS1%?}]"'), "[(venv) ready>]\n");
});

test("bash: a Python venv, inside and outside, and a clean prompt in the end", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened || !installed("python3", t)) return;
  const { desk, session } = opened;
  await signIn(desk);
  const made = spawnSync("python3", ["-m", "venv", "--without-pip", "v"], {
    cwd: desk.home.path,
    encoding: "utf8",
  });
  assert.equal(made.status, 0, made.stderr);
  const clean = async () => assert.equal(await session.line('echo "[${PS1%?}]"'), "[ready>]\n");
  // Properly nested, both ways.
  await session.line(bash.activate, "(-) ");
  await session.line(". v/bin/activate", "(v) (-) ");
  await session.line("aws-as my-role1", "(v) (my-role1) ");
  await session.line("deactivate", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  await clean();
  await session.line(". v/bin/activate", "(v) ");
  await session.line(bash.activate, "(-) (v) ");
  await session.line("aws-as-deactivate", "(v) ");
  await session.line("deactivate", "");
  await clean();
  // Crossed: venv puts back the prompt of its own beginning, and with it what expands to nothing.
  await session.line(bash.activate, "(-) ");
  await session.line(". v/bin/activate", "(v) (-) ");
  await session.line("aws-as-deactivate", "(v) ");
  await session.line("deactivate", "");
  await session.line(". v/bin/activate", "(v) ");
  await session.line(bash.activate, "(v) (-) ");
  await session.line("deactivate", "(-) ");
  await session.line("aws-as-deactivate", "");
  await clean();
});

test("bash: what watches commands by a DEBUG trap sees those that are typed, and no others", {
  skip,
}, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  // As bash-preexec does it.
  writeFileSync(
    join(desk.home.path, "watch"),
    [
      "__bp_interactive_mode() { mode=on; }",
      "trap '[[ -z ${mode-} ]] || { mode=; echo \"$BASH_COMMAND\" >> ~/seen; }' DEBUG",
      "PROMPT_COMMAND=(: __bp_interactive_mode)",
    ].join("\n"),
  );
  await session.line(". ./watch");
  await session.line(bash.activate, "(-) ");
  for (const line of ["true one", "true two", "aws-as -", "true three"]) await session.line(line);
  await session.line("aws-as-deactivate", "");
  await session.line("true four");
  assert.deepEqual(readFileSync(join(desk.home.path, "seen"), "utf8").split("\n"), [
    bash.activate,
    "true one",
    "true two",
    "aws-as -",
    "true three",
    "aws-as-deactivate",
    "true four",
    "",
  ]);
});

test("bash: a saved copy of PROMPT_COMMAND and PS1 that comes back does nothing", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { session } = opened;
  await session.line("set -u");
  await session.line(bash.activate, "(-) ");
  await session.line("kept_command=$PROMPT_COMMAND kept_prompt=$PS1");
  await session.line("aws-as-deactivate", "");
  await session.line('PROMPT_COMMAND=$kept_command PS1=$kept_prompt; trap "echo ERR" ERR', "");
  assert.equal(await session.line("true"), "");
});
