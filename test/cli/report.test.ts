import assert from "node:assert/strict";
import test from "node:test";
import { report, warn } from "../../src/cli/report.ts";
import { UserError } from "../../src/system/user-error.ts";

const error = new UserError("could not write the configuration file: no space left on the disk", {
  hints: [
    "start a session in a terminal first: aws-as login some-role-with-a-long-name",
    "give the disk some room, and then run the same command again",
  ],
});

test("messages wrap at the width of the terminal, and a command stays on one line", () => {
  assert.equal(
    report(error, false, 40).text,
    [
      "aws-as: error: could not write the",
      "        configuration file: no space",
      "        left on the disk",
      "aws-as: hint: start a session in a terminal first: aws-as login some-role-with-a-long-name",
      "aws-as: hint: give the disk some room,",
      "        and then run the same command",
      "        again",
      "",
    ].join("\n"),
  );
});

test("without a terminal each message is one line", () => {
  assert.equal(report(error, false).text.split("\n").length, 4);
});

test("a word that is wider than the terminal stays whole", () => {
  const written: string[] = [];
  warn({ write: (text) => written.push(text), columns: 22 }, `see ${"x".repeat(40)} there`);
  assert.deepEqual(written, [`aws-as: warning: see\n        ${"x".repeat(40)}\n        there\n`]);
});
