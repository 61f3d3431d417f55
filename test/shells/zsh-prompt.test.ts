import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { installed } from "../support/installed.ts";
import { eventually, withoutPty } from "../support/pty.ts";
import { signIn } from "../support/shells/scripts.ts";
import { open } from "../support/shells/shell.ts";
import { compinit, zsh } from "../support/shells/zsh.ts";

const skip = withoutPty();

test("zsh: the prompt says when somebody else changed the credentials", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line("setopt prompt_subst");
  await session.line(zsh.activate, "(-) ");
  // A name and nothing else.
  await session.line("export AWS_AS_IDENTITY=name", "(name) ");
  await session.line("unset AWS_AS_IDENTITY", "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("export AWS_ACCESS_KEY_ID=x", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("export AWS_PROFILE=x", "(?) ");
  await session.line("export AWS_PROFILE=", "(my-role1) ");
  await session.line("export AWS_DEFAULT_PROFILE=x", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("unset AWS_ACCESS_KEY_ID", "(?) ");
  await session.line("eval $(aws-as env my-user1)", "(my-user1) ");
  for (const name of ["$(touch pwned)", "`touch pwned`", "%~ %n", "\\n", "!!", "%{", "é"])
    await session.line(`export AWS_AS_IDENTITY='${name}'`, "(?) ");
  await session.line("unset AWS_AS_IDENTITY", "(-) ");
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});

test("zsh: the prompt says when the credentials have expired, while nothing is run", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(zsh.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  // A shell in it inherits them, with little time left.
  const end = Date.now() + 5000;
  await session.line(`export AWS_CREDENTIAL_EXPIRATION=${new Date(end).toISOString()}`);
  await session.line("zsh -f -i -o no_prompt_sp -o no_prompt_cr", "");
  // However the prompt is read.
  await session.line("setopt no_prompt_percent; PS1='ready> '", "");
  await session.line(zsh.activate, "(my-role1) ");
  await delay(end + 1000 - Date.now());
  await session.line("", "(my-role1 expired) ");
  await session.line("setopt prompt_percent");
  await session.line("AWS_PROFILE=x", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  await session.line("exit", "(my-role1 expired) ");
});

test("zsh: AWS_AS_DISABLE_PROMPT leaves the prompt and psvar alone", { skip }, async (t) => {
  const opened = await open(t, zsh, { AWS_AS_DISABLE_PROMPT: "1" });
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  // Completion waits for it with a hook.
  await session.line(compinit());
  await session.line(zsh.activate);
  await session.line("aws-as my-role1");
  const isUntouched = async () => {
    await session.line('print "$PS1${#psvar}" > ~/prompt');
    assert.equal(readFileSync(join(desk.home.path, "prompt"), "utf8"), "ready> 0\n");
  };
  await isUntouched();
  await session.line("unset AWS_AS_DISABLE_PROMPT");
  await session.line("aws-as -", "(-) ");
  await session.line("AWS_AS_DISABLE_PROMPT=yes", "");
  await session.line("unset AWS_AS_DISABLE_PROMPT", "(-) ");
  await session.line("AWS_AS_DISABLE_PROMPT=yes", "");
  await session.line("aws-as-deactivate");
  await isUntouched();
  assert.equal(await session.line('echo "${precmd_functions-none}"'), "none\n");
});

test("zsh: a prompt that the user changes keeps the prefix, and its own text when we are gone", {
  skip,
}, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { session } = opened;
  await session.line("RPROMPT='%b'; psvar=(one two)");
  await session.line(zsh.activate, "(-) ");
  await session.line("PROMPT='%B%1v-%bready> '", "(-) one-");
  await session.line('prompt="in front $PS1"', "in front (-) one-");
  // Copies of it may be used anywhere.
  await session.line('PS1="and ${PS1%ready*}$PS1"', "and in front (-) one-in front (-) one-");
  await session.line("aws-as-deactivate", "and in front one-in front one-");
  await session.line("PS1='ready> '", "");
  assert.equal(
    await session.line('print -r -- "$RPROMPT $psvar ${precmd_functions-none}"'),
    "%b one two none\n",
  );
});

test("zsh: a prompt without a text, or that may not be changed, is left alone", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { session } = opened;
  await session.line(
    `unset PS1; ${zsh.activate}; aws-as -; echo "\${PS1-none}"; aws-as-deactivate; PS1='ready> '`,
  );
  await session.line("typeset -r PS1; typeset -ra precmd_functions=(:)");
  assert.equal(await session.line(zsh.activate), "");
  assert.equal(await session.line("aws-as -"), "");
  assert.equal(await session.line("aws-as-deactivate"), "");
});

test("zsh: a prompt made by precmd has the prefix, and costs no process and no module", {
  skip,
}, async (t) => {
  const opened = await open(t, zsh);
  if (!opened || !installed("strace", t)) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line('precmd() { PS1="$((++count))-ready> "; psvar=(own) }', "1-");
  await session.line(zsh.activate, "(-) 2-");
  await session.line("aws-as my-role1", "(my-role1) 3-");
  const pid = (await session.line("echo $$", "(my-role1) 4-")).trim();
  const trace = join(desk.home.path, "trace");
  const strace = spawn("strace", ["-f", "-qq", "-e", "trace=process,openat", "-o", trace, "-p", pid], {
    stdio: "ignore",
  });
  await eventually(() => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, "utf8")), "strace");
  for (let at = 5; at < 10; at++) await session.line("", `(my-role1) ${at}-`);
  // The trace works.
  await session.line("(:)", "(my-role1) 10-");
  strace.kill("SIGINT");
  await once(strace, "exit");
  const calls = readFileSync(trace, "utf8").split("\n");
  const started = calls.filter((line) => /clone|fork|exec/.test(line) && !line.includes(" resumed>"));
  assert.equal(started.length, 1, started.join("\n"));
  assert.deepEqual(
    calls.filter((line) => /openat.*zsh/.test(line)),
    [],
  );
  await session.line("aws-as-deactivate", "11-");
});

test("zsh: the hook stands behind those of others, and leaves them as they are", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line("typeset -gaU precmd_functions=(one '' 'two words' gone)");
  await session.line(`one() :; typeset -p precmd_functions psvar > ~/before`);
  await session.line(zsh.activate, "(-) ");
  // A theme that was loaded later, as `add-zsh-hook` does it, and makes both anew each time.
  await session.line('theme() { PS1="theme-ready> "; psvar=(own) }; precmd_functions+=(theme)', "theme-");
  await session.line("", "(-) theme-");
  await session.line(zsh.activate, "(-) theme-");
  assert.equal(
    await session.line("print -rl -- $precmd_functions"),
    "one\ntwo words\ngone\ntheme\n__aws_as_hook\n",
  );
  await session.line("precmd_functions=(${precmd_functions:#theme}); psvar=()");
  await session.line("aws-as-deactivate", "theme-");
  await session.line("typeset -p precmd_functions psvar > ~/after");
  const file = (name: string) => readFileSync(join(desk.home.path, name), "utf8");
  assert.equal(file("after"), file("before").replace("'' ", ""));
});

test("zsh: the prefix is there however the prompt is read", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(zsh.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  const ways = ["prompt_subst", "prompt_percent", "prompt_bang"];
  for (const way of ["no_prompt_percent", ...ways, ...ways.map((each) => `no_${each}`)])
    await session.line(`setopt ${way}`, "(my-role1) ");
  await session.line("AWS_PROFILE=x", "(?) ");
  await session.line('unset AWS_PROFILE; PS1="(venv) $PS1"', "(my-role1) (venv) ");
  await session.line("AWS_AS_DISABLE_PROMPT=1", "(venv) ");
  await session.line("AWS_AS_DISABLE_PROMPT=", "(my-role1) (venv) ");
  await session.line("aws-as-deactivate", "(venv) ");
  assert.equal(await session.line('echo "[${PS1% }]"'), "[(venv) ready>]\n");
});

test("zsh: a Python venv, inside and outside, and a clean prompt in the end", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened || !installed("python3", t)) return;
  const { desk, session } = opened;
  await signIn(desk);
  const made = spawnSync("python3", ["-m", "venv", "--without-pip", "v"], {
    cwd: desk.home.path,
    encoding: "utf8",
  });
  assert.equal(made.status, 0, made.stderr);
  const clean = async () => assert.equal(await session.line('echo "[${PS1% }]"'), "[ready>]\n");
  // Properly nested, both ways.
  await session.line(zsh.activate, "(-) ");
  await session.line(". v/bin/activate", "(v) (-) ");
  await session.line("aws-as my-role1", "(v) (my-role1) ");
  await session.line("deactivate", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  await clean();
  await session.line(". v/bin/activate", "(v) ");
  await session.line(zsh.activate, "(-) (v) ");
  await session.line("aws-as-deactivate", "(v) ");
  await session.line("deactivate", "");
  await clean();
  // Crossed: venv puts back the prompt of its own beginning, and with it what expands to nothing.
  await session.line(zsh.activate, "(-) ");
  await session.line(". v/bin/activate", "(v) (-) ");
  await session.line("aws-as-deactivate", "(v) ");
  await session.line("deactivate", "");
  await session.line(". v/bin/activate", "(v) ");
  await session.line(zsh.activate, "(v) (-) ");
  await session.line("deactivate", "(-) ");
  await session.line("aws-as-deactivate", "");
  await clean();
});
