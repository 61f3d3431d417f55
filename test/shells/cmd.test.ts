import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import type { Change, Memory } from "../../src/emit/change.ts";
import { dialect as cmd } from "../../src/emit/cmd/shell.ts";
import { assertGolden } from "../support/golden.ts";
import { programCall } from "../support/home.ts";
import { hostileValues } from "../support/hostile-values.ts";

// No cmd.exe runs here: what is printed for it is compared with texts that were read with care.

function activation(env: Record<string, string>): string {
  return execFileSync(...programCall("--shell", "cmd"), { encoding: "utf8", env });
}

test("cmd: activation prints exactly the macros that were reviewed", () => {
  assertGolden("cmd.txt", activation({}));
});

test("cmd: activated again, or in a shell that acts already, the prefix stands there once", () => {
  const acting = {
    AWS_AS_IDENTITY: "my-role1",
    AWS_AS_ACCESS_KEY_ID: "ASIA1",
    AWS_CREDENTIAL_EXPIRATION: "2030-01-01T00:00:00Z",
  };
  assert.deepEqual(activation(acting).split("\r\n").slice(0, 3), [
    'call set "__aws_as_prompt=%PROMPT:$C-$F$S=%"',
    'call set "__aws_as_prompt=%__aws_as_prompt:$Cmy-role1$F$S=%"',
    'call set "PROMPT=$Cmy-role1$F$S%__aws_as_prompt%"',
  ]);
});

test("cmd: a switch, nobody, and the end", () => {
  const unset: Change = { kind: "unset", name: "AWS_PROFILE" };
  const set: Change = { kind: "set", name: "AWS_REGION", value: "eu-west-1" };
  const say = (changes: (Change | Memory)[]) => cmd.renderForFunctions(changes).split("\r\n").slice(0, -1);
  // What cannot be kept out of sight is not kept.
  assert.deepEqual(
    say([
      { kind: "keep", name: "AWS_PROFILE" },
      { kind: "forget", name: "AWS_SESSION_TOKEN" },
      unset,
      set,
      { kind: "note", name: "shown", value: "my-role1" },
      { kind: "note", name: "of", value: "my role1 & more" },
    ]),
    ['set "AWS_PROFILE="', 'set "AWS_REGION=eu-west-1"', 'call set "PROMPT=$Cmy-role1$F$S%__aws_as_prompt%"'],
  );
  assert.deepEqual(say([unset]), ['set "AWS_PROFILE="', 'call set "PROMPT=$C-$F$S%__aws_as_prompt%"']);
  assert.deepEqual(say([unset, { kind: "restore", name: "AWS_REGION" }]), [
    'set "AWS_PROFILE="',
    'call set "PROMPT=%__aws_as_prompt%"',
    'set "__aws_as_prompt="',
    "doskey aws-as=",
    "doskey aws-as-deactivate=",
  ]);
});

test("cmd: what it would change on the way is refused", () => {
  for (const value of hostileValues.filter((each) => !/^[A-Za-z0-9_/+=.,:@ -]*$/.test(each))) {
    assert.throws(() => cmd.render([{ kind: "set", name: "A", value }]), /A holds characters that cmd\.exe/);
  }
  assert.equal(cmd.render([{ kind: "set", name: "A", value: "a b=c" }]), 'set "A=a b=c"\r\n');
});
