import assert from "node:assert/strict";
import test from "node:test";
import { withoutPty } from "../support/pty.ts";
import { signIn } from "../support/shells/scripts.ts";
import { open, type Shell } from "../support/shells/shell.ts";

const skip = withoutPty();

const fish: Shell = {
  name: "fish",
  program: "fish",
  args: ["--no-config", "--interactive"],
  env: { TERM: "dumb" },
  numbered: true,
  prepare: [
    `function fish_prompt; set -g seen $status; set -g ready (math $ready + 1); echo -n "$ready ready> "; end; set -g ready 0`,
  ],
  activate: "eval (aws-as --shell fish)",
  dump: () => [],
};

test("fish: the prompt says when somebody else changed the credentials, and keeps $status", {
  skip,
}, async (t) => {
  const opened = await open(t, fish);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line("set -U -x AWS_PROFILE mine");
  await session.line(fish.activate, "(-) ");
  await session.line("aws-as my-role1; set -g worked $status", "(my-role1) ");
  assert.equal(await session.line('echo "$worked [$AWS_PROFILE]"'), "0 []\n");
  await session.line("set -gx AWS_ACCESS_KEY_ID x", "(?) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  await session.line("set -gx AWS_DEFAULT_PROFILE x", "(?) ");
  await session.line("set -gx AWS_DEFAULT_PROFILE", "(my-role1) ");
  await session.line("set -gx AWS_AS_DISABLE_PROMPT 1", "");
  await session.line("set -e AWS_AS_DISABLE_PROMPT", "(my-role1) ");
  await session.line("fish -c 'exit 7'");
  assert.equal(await session.line("echo $seen"), "7\n");
  await session.line("aws-as-deactivate", "");
  assert.equal(await session.line('echo "[$AWS_PROFILE]"'), "[mine]\n");
});
