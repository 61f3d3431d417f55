import assert from "node:assert/strict";
import test from "node:test";
import { showDiff } from "../../../src/commands/init/show-diff.ts";

const before = [
  "[profile my-user1]",
  "aws_session_token=canary-token",
  "# aws_secret_access_key = canary-old",
  "AWS_SECRET_ACCESS_KEY = canary/secret+key",
  "",
].join("\n");

test("a diff shows no secret of the lines around the change", () => {
  const diff = showDiff("~/.aws/config", before, `${before}\n[profile as-my-user1]\n`, false);
  assert.doesNotMatch(diff, /canary/);
  assert.match(diff, /^ AWS_SECRET_ACCESS_KEY = \[secret\]$/m);
  assert.match(diff, /^\+\[profile as-my-user1\]$/m);
});

test("a diff does not pass on what could drive the terminal", () => {
  const text = "[profile a]\r\ncli_pager = \u001b]0;gotcha\u0007\u009b31m\r\n";
  const diff = showDiff("~/.aws/config", text, `${text}region = eu-west-1\r\n`, false);
  assert.match(diff, /^ cli_pager = \?\]0;gotcha\?\?31m$/m);
  assert.match(diff, /^\+region = eu-west-1$/m);
});

test("a diff shows no secret that goes on over further lines, or that stands in a command", () => {
  const text = [
    "[profile a]",
    "aws_session_token = canary-1",
    "  canary-2",
    "",
    "# why",
    "\tcanary-3",
    "aws_secret_access_key =",
    "  canary-4 = x",
    "credential_process = /bin/tool --password canary-5 --api-token=canary-6 -v x",
    "# credential_process = /bin/tool --token canary-7",
    "web_identity_token_file =",
    "region = eu-west-1",
    "s3 =",
    "  a = b",
  ].join("\n");
  const windows = showDiff("~/.aws/config", "", text.replaceAll("\n", "\r\n"), false);
  const diff = showDiff("~/.aws/config", "", text, false);
  assert.equal(windows, diff);
  assert.doesNotMatch(diff, /canary/);
  for (const line of ["# why", "region = eu-west-1", "  a = b", "\t[secret]"]) {
    assert.ok(diff.includes(`\n+${line}\n`), diff);
  }
  assert.match(diff, /tool --password \[secret\] --api-token=\[secret\] -v x$/m);
});
