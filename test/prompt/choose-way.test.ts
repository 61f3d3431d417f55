import assert from "node:assert/strict";
import test from "node:test";
import { chooseWay, promptChoice, type Ways } from "../../src/prompt/choose-way.ts";

const nothing: Ways = { given: undefined, mfaProcess: undefined, wanted: undefined, terminal: "none" };
const terminal = "foreground" as const;
const cases: [string, Partial<Ways>, string][] = [
  ["a given code comes first", { given: "1", mfaProcess: "p", terminal }, "given: a code was given"],
  ["a given code asks nobody, so none allows it", { given: "1", wanted: "none" }, "given: a code was given"],
  ["a command comes before the terminal", { mfaProcess: "p", terminal }, "process: mfa_process is set"],
  ["a command needs no terminal", { mfaProcess: "p" }, "process: mfa_process is set"],
  ["the terminal", { terminal }, "terminal: there is a terminal"],
  [
    "the terminal when it is wanted",
    { mfaProcess: "p", wanted: "terminal", terminal },
    "terminal: there is a terminal",
  ],
  [
    "none wins over a command",
    { mfaProcess: "p", wanted: "none", terminal },
    'cannot-ask: AWS_AS_PROMPT is "none"',
  ],
  [
    "only a command is wanted, and there is none",
    { wanted: "process", terminal },
    'cannot-ask: AWS_AS_PROMPT is "process", and no mfa_process is set',
  ],
  ["a background job", { terminal: "background" }, "cannot-ask: this is a background job"],
  ["no terminal", {}, "cannot-ask: there is no terminal"],
  [
    "only the terminal is wanted, and there is none",
    { mfaProcess: "p", wanted: "terminal" },
    "cannot-ask: there is no terminal",
  ],
];
for (const [name, ways, expected] of cases) {
  test(`the way to a code: ${name}`, () => {
    const way = chooseWay({ ...nothing, ...ways });
    assert.equal(`${way.kind}: ${way.because}`, expected);
  });
}

test("AWS_AS_PROMPT knows its words and names them when it meets another", () => {
  for (const word of ["terminal", "process", "none"]) assert.equal(promptChoice(word), word);
  assert.equal(promptChoice(""), undefined);
  assert.equal(promptChoice(undefined), undefined);
  assert.throws(() => promptChoice("tty"), {
    message: 'AWS_AS_PROMPT is "tty", which is no known way to ask',
    hints: ["known ways: terminal, process, none"],
    exitCode: 2,
  });
});
