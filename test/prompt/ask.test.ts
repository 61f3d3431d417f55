import assert from "node:assert/strict";
import test from "node:test";
import { type AskPorts, askMfaCode } from "../../src/prompt/ask.ts";
import type { CodeQuestion } from "../../src/prompt/prompt.ts";
import type { ChildResult } from "../../src/system/children/run-child.ts";
import type { CommandOptions } from "../../src/system/children/run-command.ts";

const device = "arn:aws:iam::111111111111:mfa/my-user1";
const first: CodeQuestion = { identity: "my-user1", device, attempt: 1 };
const second: CodeQuestion = { ...first, attempt: 2, refusal: "AWS refused the code" };

/** Ports without a terminal, with a clock that jumps and a command that gives these results in turn. */
function rig(results: ChildResult[], ports: Partial<AskPorts> = {}) {
  const runs: [string, CommandOptions][] = [];
  const time = { now: 1_000_000_005_000, slept: [] as number[] };
  const ask = askMfaCode({
    clock: {
      now: () => time.now,
      monotonic: () => time.now,
      sleep: async (milliseconds) => {
        time.slept.push(milliseconds);
        time.now += milliseconds;
      },
    },
    terminal: { state: () => "none", open: () => "none" },
    environment: {},
    desktop: () => ({ dialogs: [] }),
    onAbandoned: () => () => {},
    turn: async () => assert.fail("there is no terminal to ask on"),
    mfaProcess: () => (results.length > 0 ? "ykman oath code --secret-ish me" : undefined),
    run: async (command, options) => {
      runs.push([command, options]);
      const result = results[runs.length - 1];
      assert.ok(result, "the command is run more often than expected");
      return result;
    },
    ...ports,
  });
  return { ask, runs, time };
}

function prints(output: string): ChildResult {
  return { kind: "exited", status: 0, output, complaint: "" };
}

test("a given code is used once, and never again after a refusal", async () => {
  const { ask } = rig([], { given: "123 456" });
  assert.deepEqual(await ask(first), { kind: "code", code: "123456", from: "given" });
  assert.deepEqual(await ask(second), { kind: "cannot-ask", because: "the given code was refused" });
});

test("a given code serves one device; the next one is asked for", async () => {
  const { ask } = rig([prints("654321")], { given: "123456" });
  await ask(first);
  const other = await ask({ ...first, device: "other" });
  assert.deepEqual(other, { kind: "code", code: "654321", from: "process" });
});

test("a given code that is none is refused without being shown", () => {
  assert.throws(() => rig([], { given: "12345x" }), {
    message: "the given MFA code is not six digits",
    exitCode: 2,
  });
});

test("an unknown AWS_AS_PROMPT is refused before anybody is asked", () => {
  assert.throws(() => rig([], { wanted: "fax" }), /AWS_AS_PROMPT is "fax"/);
});

test("mfa_process is told the device, and runs no longer than the caller waits", async () => {
  const { ask, runs, time } = rig([prints("Amazon:me 123456\n")]);
  const answer = await ask({ ...first, deadline: time.now + 7000 });
  assert.deepEqual(answer, { kind: "code", code: "123456", from: "process" });
  assert.equal(runs[0]?.[0], "ykman oath code --secret-ish me");
  assert.deepEqual(runs[0]?.[1].extra, { AWS_AS_MFA_SERIAL: device });
  assert.equal(runs[0]?.[1].timeLimit, 7000);
});

test("after a refusal a different code is taken at once", async () => {
  const { ask, time } = rig([prints("123456"), prints("654321")]);
  await ask(first);
  assert.deepEqual(await ask(second), { kind: "code", code: "654321", from: "process" });
  assert.deepEqual(time.slept, []);
});

test("after a refusal the same code is waited out until the next one is due", async () => {
  const { ask, time } = rig([prints("123456"), prints("123456"), prints("654321")]);
  await ask(first);
  assert.deepEqual(await ask(second), { kind: "code", code: "654321", from: "process" });
  assert.deepEqual(time.slept, [30_000 - (1_000_000_005_000 % 30_000) + 500]);
});

test("the next code is not waited for when the caller would be gone by then", async () => {
  const { ask, time } = rig([prints("123456"), prints("123456")]);
  await ask(first);
  assert.deepEqual(await ask({ ...second, deadline: time.now + 2000 }), { kind: "timed-out" });
  assert.deepEqual(time.slept, []);
});

test("a command that always prints the refused code is an error", async () => {
  const { ask } = rig([prints("123456"), prints("123456"), prints("123456")]);
  await ask(first);
  await assert.rejects(ask(second), { message: 'mfa_process "ykman" prints the code that was used before' });
});

const failures: [string, ChildResult, string][] = [
  ["prints nothing", prints(""), "printed no six digit code"],
  ["prints two codes", prints("111111\n222222"), "printed more than one code"],
  ["fails", { kind: "exited", status: 2, output: "123456", complaint: "" }, "failed with exit status 2"],
  [
    "fails and says why",
    { kind: "exited", status: 1, output: "", complaint: "Trace\nno \u001b[31mkey\n" },
    "failed with exit status 1: no ?[31mkey",
  ],
  [
    "fails at length",
    { kind: "exited", status: 1, output: "", complaint: "x".repeat(300) },
    "failed with exit status 1",
  ],
  ["is killed", { kind: "killed", by: "SIGSEGV", complaint: "" }, "was ended by SIGSEGV"],
  ["does not end", { kind: "timed-out" }, "did not end within 60 s"],
  ["prints a book", { kind: "too-long" }, "printed far more than a code"],
  ["cannot start", { kind: "not-started", because: "spawn EAGAIN" }, "could not be started: spawn EAGAIN"],
];
for (const [name, result, message] of failures) {
  test(`a command that ${name} is an error that names its program`, async () => {
    await assert.rejects(rig([result]).ask(first), {
      name: "UserError",
      message: `mfa_process "ykman" ${message}`,
    });
  });
}

test("a cancelled command is a no", async () => {
  assert.deepEqual(await rig([{ kind: "cancelled" }]).ask(first), { kind: "cancelled" });
});
