import assert from "node:assert/strict";
import test from "node:test";
import { type PromptConditions, promptChoice, waysToCode } from "../../src/prompt/choose-way.ts";
import type { Desktop } from "../../src/prompt/desktop.ts";

const bare: Desktop = { unseen: "there is no display", dialogs: [] };
const full: Desktop = {
  dialogs: ["zenity", "kdialog"],
  pinentry: { program: "pinentry", needsTerminal: false },
};
const curses: Desktop = {
  dialogs: ["zenity"],
  pinentry: { program: "pinentry", needsTerminal: true },
};
const nothing: PromptConditions = {
  given: undefined,
  mfaProcess: undefined,
  wanted: undefined,
  terminal: "none",
  desktop: () => bare,
};
const terminal = "foreground" as const;
const on = (desktop: Desktop) => ({ desktop: () => desktop });
const display = "there is a display, and no terminal of ours";
const cases: [string, Partial<PromptConditions>, string[]][] = [
  ["a given code comes first", { given: "1", mfaProcess: "p", terminal }, ["given: a code was given"]],
  [
    "a given code asks nobody, so none allows it",
    { given: "1", wanted: "none" },
    ["given: a code was given"],
  ],
  ["a command comes before the terminal", { mfaProcess: "p", terminal }, ["process: mfa_process is set"]],
  ["a command needs no terminal", { mfaProcess: "p" }, ["process: mfa_process is set"]],
  ["the terminal", { terminal }, ["terminal: there is a terminal"]],
  [
    "the terminal before any window, which comes where the terminal is lost over the question",
    { terminal, ...on(full) },
    ["terminal: there is a terminal", `pinentry: ${display}`, `zenity: ${display}`, `kdialog: ${display}`],
  ],
  [
    "the terminal when it is wanted",
    { mfaProcess: "p", wanted: "terminal", terminal },
    ["terminal: there is a terminal"],
  ],
  [
    "none wins over everything",
    { mfaProcess: "p", wanted: "none", terminal, ...on(full) },
    ['cannot-ask: AWS_AS_PROMPT is "none"'],
  ],
  [
    "only a command is wanted, and there is none",
    { wanted: "process", terminal, ...on(full) },
    ['cannot-ask: AWS_AS_PROMPT is "process", and no mfa_process is set'],
  ],
  ["a background job", { terminal: "background" }, ["cannot-ask: this is a background job"]],
  ["no terminal", {}, ["cannot-ask: there is no terminal"]],
  [
    "a display with nothing for it",
    on({ dialogs: [] }),
    ["cannot-ask: there is no terminal, and no pinentry, zenity or kdialog for the display"],
  ],
  [
    "only the terminal is wanted, and there is none",
    { mfaProcess: "p", wanted: "terminal", ...on(full) },
    ["cannot-ask: there is no terminal"],
  ],
  [
    "a background job with a display: one window after the other is tried",
    { terminal: "background", ...on(full) },
    [`pinentry: ${display}`, `zenity: ${display}`, `kdialog: ${display}`],
  ],
  ["a pinentry that draws on terminals is no window", on(curses), [`zenity: ${display}`]],
  ["programs without a display are no way", on({ ...full, ...bare }), ["cannot-ask: there is no terminal"]],
  [
    "a pinentry that would draw on our terminal gives way to a question of our own",
    { wanted: "pinentry", terminal, ...on(curses) },
    ['terminal: AWS_AS_PROMPT is "pinentry"'],
  ],
  [
    "so does one with windows and no display",
    { wanted: "pinentry", terminal, ...on({ ...full, ...bare, pinentry: full.pinentry }) },
    ['terminal: AWS_AS_PROMPT is "pinentry"'],
  ],
  [
    "one with windows comes first, and the terminal where its window does not come up",
    { wanted: "pinentry", terminal, ...on(full) },
    ['pinentry: AWS_AS_PROMPT is "pinentry"', 'terminal: AWS_AS_PROMPT is "pinentry"'],
  ],
  [
    "one with windows, no display and no terminal",
    { wanted: "pinentry", ...on({ ...full, unseen: "there is no display" }) },
    ['cannot-ask: AWS_AS_PROMPT is "pinentry", and there is no display'],
  ],
  [
    "a pinentry that draws on terminals has none of ours in the background",
    { wanted: "pinentry", terminal: "background", ...on(curses) },
    ['cannot-ask: AWS_AS_PROMPT is "pinentry", and this is a background job'],
  ],
  [
    "a pinentry that is not there",
    { wanted: "pinentry", terminal, ...on(bare) },
    ['cannot-ask: AWS_AS_PROMPT is "pinentry", and there is no pinentry on the PATH'],
  ],
  [
    "a dialog that is wanted comes although there is a terminal",
    { wanted: "dialog", terminal, mfaProcess: "p", ...on(full) },
    ['zenity: AWS_AS_PROMPT is "dialog"', 'kdialog: AWS_AS_PROMPT is "dialog"'],
  ],
  ["one dialog alone", { wanted: "kdialog", ...on(full) }, ['kdialog: AWS_AS_PROMPT is "kdialog"']],
  [
    "one dialog that is not there",
    { wanted: "osascript", terminal, ...on(full) },
    ['cannot-ask: AWS_AS_PROMPT is "osascript", and there is no osascript on the PATH'],
  ],
  [
    "a dialog that nobody would see",
    { wanted: "zenity", terminal, ...on({ ...full, unseen: "there is no display" }) },
    ['cannot-ask: AWS_AS_PROMPT is "zenity", and there is no display'],
  ],
];
for (const [name, ways, expected] of cases) {
  test(`the way to a code: ${name}`, () => {
    const found = waysToCode({ ...nothing, ...ways });
    assert.deepEqual(
      found.map((way) => `${way.kind === "window" ? way.window : way.kind}: ${way.because}`),
      expected,
    );
  });
}

test("AWS_AS_PROMPT knows its words and names them when it meets another", () => {
  for (const word of ["terminal", "process", "pinentry", "dialog", "none"])
    assert.equal(promptChoice(word), word);
  assert.equal(promptChoice(""), undefined);
  assert.equal(promptChoice(undefined), undefined);
  assert.throws(() => promptChoice("tty"), {
    message: 'AWS_AS_PROMPT is "tty", which is no known way to ask',
    hints: ["known ways: terminal, process, pinentry, zenity, kdialog, osascript, powershell, dialog, none"],
    exitCode: 2,
  });
});
