import assert from "node:assert/strict";
import test from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import type { AskMfaCode, CodeAnswer } from "../../src/prompt/prompt.ts";
import { CannotAsk, withCode } from "../../src/session/mfa-code.ts";
import { CallerGone, UserError } from "../../src/system/user-error.ts";
import { defined } from "../support/defined.ts";
import { device } from "../support/identities.ts";
import { memoryNotes } from "../support/memory-notes.ts";
import { movingClock } from "../support/moving-clock.ts";
import { scriptedPrompt } from "../support/scripted-prompt.ts";

const minute = 60_000;
const need = { identity: "my-role1", profile: "my-user1-dev", device };

/** A call that takes these codes alone, as AWS does; `sent` are the codes that reached it. */
function world(ask: AskMfaCode = scriptedPrompt(), ...right: string[]) {
  const clock = movingClock();
  const notes = memoryNotes();
  const sent: string[] = [];
  const get = (more: Partial<typeof need> & { deadline?: number } = {}) =>
    withCode({ ...need, ...more }, { ask, clock, notes }, async ({ serial, code }) => {
      sent.push(`${code} of ${serial.split("/").at(-1)}`);
      if (!right.includes(code)) throw new AwsError("wrong-mfa-code", "wrong code");
      return code;
    });
  return { clock, get, notes, sent };
}

const people: [string, string][] = [
  [device, "my-user1"],
  ["arn:aws:iam::111111111111:mfa/team/me", "me"],
  ["arn:aws-cn:iam::111111111111:mfa/me", "me"],
  ["arn:aws:iam::111111111111:u2f/me", need.profile],
  ["arn:aws:iam::111111111111:mfa/", need.profile],
  ["arn:aws:iam::111111111111:mfa/me/", need.profile],
  ["xarn:aws:iam::111111111111:mfa/me", need.profile],
  ["GAHT12345678", need.profile],
];
for (const [serial, who] of people) {
  test(`the code of ${serial} is asked for as that of ${who}`, async () => {
    const ask = scriptedPrompt("1");
    await world(ask, "1").get({ device: serial });
    assert.deepEqual(defined(ask.asked), [{ identity: who, device: serial, attempt: 1 }]);
  });
}

test("a question ends when the caller no longer waits", async () => {
  const ask = scriptedPrompt("1", "2");
  await world(ask, "2").get({ deadline: 5 });
  const question = { identity: "my-user1", device, deadline: 5 };
  assert.deepEqual(defined(ask.asked), [
    { ...question, attempt: 1 },
    { ...question, attempt: 2, refusal: "wrong code" },
  ]);
});

const login = "start a session in a terminal first: aws-as login my-role1";
const refusals: [string, CodeAnswer, { message: string; hints: string[]; exitCode: number }][] = [
  [
    "nobody can be asked",
    { kind: "cannot-ask", because: "no terminal" },
    {
      message: '"my-role1" needs an MFA code, and there is no way to ask for one: no terminal',
      hints: [login],
      exitCode: 1,
    },
  ],
  [
    "the person cancels",
    { kind: "cancelled" },
    { message: 'no MFA code was given for "my-role1"', hints: [], exitCode: 130 },
  ],
  [
    "the caller goes away",
    { kind: "cancelled", by: "caller" },
    { message: "the caller is gone", hints: [], exitCode: 130 },
  ],
  [
    "the time is over",
    { kind: "timed-out" },
    { message: 'no MFA code was given for "my-role1" in time', hints: [login], exitCode: 1 },
  ],
];
for (const [when, answer, expected] of refusals) {
  test(`when ${when}, nothing is sent and the error says so`, async () => {
    const { get, sent } = world(scriptedPrompt(answer));
    await assert.rejects(get(), (error) => {
      assert.ok(error instanceof UserError);
      const { message, hints, exitCode } = error;
      assert.deepEqual({ message, hints, exitCode }, expected);
      assert.equal(error instanceof CannotAsk, answer.kind === "cannot-ask");
      assert.equal(error instanceof CallerGone, "by" in answer);
      return true;
    });
    assert.deepEqual(sent, []);
  });
}

test("when nobody can be asked again, the refusal of the code before is the error", async () => {
  const { get } = world(scriptedPrompt("1", { kind: "cannot-ask", because: "the code was given" }));
  await assert.rejects(get(), /^AwsError: wrong code$/);
});

test("a code that was used is not sent again within ten minutes, whatever the process", async () => {
  const { clock, get, sent } = world(scriptedPrompt("1", "1", "1", "1", "1"), "1");
  await get();
  clock.advance(10 * minute - 1);
  await assert.rejects(get(), {
    message: `this MFA code for ${device} was used before`,
    hints: ["a code works once; wait for the next one"],
  });
  clock.advance(1);
  await get();
  assert.deepEqual(sent, ["1 of my-user1", "1 of my-user1"]);
});

test("two devices may show the same code", async () => {
  const { get, sent } = world(scriptedPrompt("1", "1"), "1");
  await get();
  await get({ device: "arn:aws:iam::111111111111:mfa/other" });
  assert.deepEqual(sent, ["1 of my-user1", "1 of other"]);
});

test("codes that are sent one after the other are all remembered, and not in plain text", async () => {
  const { get, notes, sent } = world(
    scriptedPrompt("111111", "222222", "333333", "111111", "222222", "333333"),
  );
  const written: string[] = [];
  const { write } = notes;
  notes.write = (name, value) => {
    written.push(`${name} ${JSON.stringify(value)}`);
    return write(name, value);
  };
  await assert.rejects(get(), /wrong code/);
  await assert.rejects(get(), /was used before/);
  assert.equal(sent.length, 3);
  assert.equal(written.length, 3);
  for (const text of written) {
    assert.match(text, /^sent-codes\/[0-9a-f]{32} /);
    assert.doesNotMatch(text, /"(111111|222222|333333)"/);
  }
});

for (const note of [null, {}, "x", [{}], [{ digest: "d" }], [{ at: 1 }], [{ digest: 1, at: 1 }]]) {
  test(`a note of sent codes that says nothing is as none: ${JSON.stringify(note)}`, async () => {
    const { get, notes, sent } = world(scriptedPrompt("1"), "1");
    notes.read = async () => note;
    assert.equal(await get(), "1");
    assert.equal(sent.length, 1);
  });
}

test("what is no refusal of the code ends the questions", async () => {
  const ask = scriptedPrompt("1", "2");
  const ports = { ask, clock: movingClock(), notes: memoryNotes() };
  const bug = new TypeError("a bug");
  await assert.rejects(
    withCode(need, ports, () => Promise.reject(bug)),
    (error) => error === bug,
  );
  await assert.rejects(
    withCode(need, ports, () => Promise.reject(new AwsError("access-denied", "no"))),
    /^AwsError: no$/,
  );
  assert.equal(ask.asked.length, 2);
});
