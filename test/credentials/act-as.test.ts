import assert from "node:assert/strict";
import test from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import { actAs } from "../../src/credentials/act-as.ts";
import type { CodeSettings, StoreSettings } from "../../src/machine/machine.ts";
import { UserError } from "../../src/system/user-error.ts";
import { defined } from "../support/defined.ts";
import { type FakeMachineOptions, fakeMachine } from "../support/fake-machine.ts";
import { device } from "../support/identities.ts";
import { memoryStore } from "../support/memory-store.ts";
import { scriptedPrompt } from "../support/scripted-prompt.ts";

const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";
const withDevice = `[profile u]\nmfa_serial = ${device}\n`;
const role = "[profile r]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n";
const who = { name: "r", way: "process", unattended: true } as const;

/** A machine that notes how its ports were opened. */
function scene(options: FakeMachineOptions = {}) {
  const fake = fakeMachine({ config: withDevice + role, credentials, ...options });
  const opened: { deadlines: unknown[]; asks: CodeSettings[]; stores: StoreSettings[]; locks: unknown[] } = {
    deadlines: [],
    asks: [],
    stores: [],
    locks: [],
  };
  const machine = {
    ...fake,
    aws: (deadline?: number) => {
      opened.deadlines.push(deadline);
      return fake.scripted;
    },
    ask: (settings: CodeSettings) => {
      opened.asks.push(settings);
      return fake.ask(settings);
    },
    store: (settings: StoreSettings) => {
      opened.stores.push(settings);
      return fake.memory;
    },
    lock: async (_: string, deadline?: number) => {
      opened.locks.push(deadline);
      return { release: () => undefined };
    },
  };
  return { fake, machine, opened };
}

test("a name leads to credentials, with the identity, the plan and the store that they came by", async () => {
  const { fake, machine } = scene({ ask: scriptedPrompt("123456") });
  const { identity, plan, session, store } = await actAs(who, machine, assert.fail);
  assert.equal(identity.name, "r");
  assert.deepEqual(fake.scripted.calls, ["base 123456", "r by ASIA1"]);
  assert.equal(session.credentials.accessKeyId, "ASIA2");
  const names = (await store.list()).map(({ name }) => name);
  assert.deepEqual(
    names,
    plan.steps.map(({ item }) => item.name),
  );
  const again = await actAs(who, machine, assert.fail);
  assert.equal(again.session.credentials.accessKeyId, "ASIA2");
});

test("a deadline reaches all that waits, and nothing waits by one that is not there", async () => {
  for (const deadline of [undefined, Date.parse("2026-01-01T00:01:00Z")]) {
    const ask = scriptedPrompt("123456");
    const { machine, opened } = scene({ ask });
    const request = { ...who, ...(deadline === undefined ? {} : { deadline }) };
    await actAs(request, machine, assert.fail);
    assert.deepEqual(
      { ...opened, asks: defined(opened.asks), stores: defined(opened.stores) },
      {
        deadlines: [deadline],
        asks: [{}],
        stores: [{ unattended: true, ...(deadline === undefined ? {} : { deadline }) }],
        locks: [deadline],
      },
    );
    assert.equal(ask.asked[0]?.deadline, deadline && deadline - 5000);
  }
});

test("a store that is open already is used", async () => {
  const { machine, opened } = scene({ ask: scriptedPrompt("123456") });
  const mine = memoryStore();
  const { store } = await actAs(who, machine, assert.fail, mine);
  assert.equal(store, mine);
  assert.equal(mine.contents.size, 2);
  assert.deepEqual(opened.stores, []);
});

test("a code that was given and a command that prints codes reach the question", async () => {
  const config = `${withDevice}mfa_process = of-user\n${role}`;
  for (const [env, expected] of [
    [{}, "of-user"],
    [{ AWS_AS_MFA_PROCESS: "of-env" }, "of-env"],
  ] as const) {
    const { machine, opened } = scene({ config, env, ask: scriptedPrompt("123456") });
    await actAs({ ...who, code: "123456" }, machine, assert.fail);
    assert.deepEqual(opened.asks, [{ given: "123456", mfaProcess: expected }]);
  }
});

test("new sessions are got on demand although cached ones are good", async () => {
  const { fake, machine } = scene({ ask: scriptedPrompt("111111", "222222") });
  await actAs(who, machine, assert.fail);
  fake.clock.advance(1);
  await actAs({ ...who, renew: true }, machine, assert.fail);
  assert.equal(fake.scripted.calls.length, 3);
  fake.clock.advance(1);
  await actAs({ ...who, renew: true, code: "222222" }, machine, assert.fail);
  assert.equal(fake.scripted.calls.length, 5);
});

test("a store that fails twice is told about once, and is a failure where the sessions are wanted in it", async () => {
  const { fake, machine } = scene({ config: role, ask: scriptedPrompt() });
  fake.memory.fail("write", new UserError("the disk is full"));
  const warnings: string[] = [];
  await actAs(who, machine, (message) => warnings.push(message));
  assert.deepEqual(warnings, [
    'got a session for "r" but could not save it (the disk is full); you will be asked again',
  ]);
  await assert.rejects(actAs({ ...who, toKeep: true }, machine, assert.fail), /could not save it/);
});

test("attack-06: no code is asked for where the session could not be kept, and the way out is named", async () => {
  const way = { kind: "terminal", because: "it is ours" } as const;
  const ask = scriptedPrompt("123456");
  const { fake, machine } = scene({ ask, way });
  fake.memory.fail("write", new UserError("the disk is full", { cause: { code: "ENOSPC" } }));
  await assert.rejects(actAs(who, machine, assert.fail), (error: UserError) => {
    assert.equal(error.message, "the disk is full");
    assert.match(error.hints.join(), /no MFA code was used.*aws-as store status,.*AWS_AS_DIR/);
    return true;
  });
  assert.deepEqual([ask.asked.length, fake.scripted.calls], [0, []]);
});

test("attack-06: the next question says why the session before was not kept", async () => {
  const way = { kind: "terminal", because: "it is ours" } as const;
  const ask = scriptedPrompt("111111", "222222", "333333");
  const { fake, machine } = scene({ ask, way });
  let writes = 0;
  fake.memory.before("write", () => {
    writes += 1;
    // The first one shows that the store works.
    if (writes === 2 || writes === 3) throw new UserError("the disk is full");
  });
  await actAs(who, machine, () => undefined);
  await actAs(who, machine, assert.fail);
  fake.clock.advance(13 * 3_600_000);
  await actAs(who, machine, assert.fail);
  assert.deepEqual(
    ask.asked.map(({ refusal }) => refusal),
    [undefined, "the last session could not be saved: the disk is full", undefined],
  );
});

test("a keychain that holds items of aws-as is not proved: KeePassXC asks about each removal", async () => {
  const way = { kind: "terminal", because: "it is ours" } as const;
  const { fake, machine } = scene({ ask: scriptedPrompt("111111", "222222"), way });
  const probes = () => fake.memory.writes.filter((name) => name.startsWith("probe of")).length;
  await actAs(who, machine, assert.fail);
  assert.equal(probes(), 1);
  fake.clock.advance(13 * 3_600_000);
  await actAs(who, machine, assert.fail);
  assert.equal(probes(), 1);
});

test("a person's refusal stands for a program that comes again, until a new code is given", async () => {
  const cancelled = { kind: "cancelled" } as const;
  const ask = scriptedPrompt(cancelled, cancelled, cancelled, "123456");
  const { fake, machine } = scene({ ask });
  await assert.rejects(actAs(who, machine, assert.fail), /for "r"$/);
  await assert.rejects(actAs(who, machine, assert.fail), /a moment ago/);
  await assert.rejects(actAs({ ...who, code: "1" }, machine, assert.fail), /for "r"$/);
  await assert.rejects(actAs({ ...who, code: "1" }, machine, assert.fail), /a moment ago/);
  const inEnvironment = { ...machine, env: { AWS_AS_MFA_CODE: "2" } };
  await assert.rejects(actAs(who, inEnvironment, assert.fail), /for "r"$/);
  await assert.rejects(actAs({ ...who, code: "1" }, inEnvironment, assert.fail), /a moment ago/);
  fake.clock.advance(1);
  await actAs({ ...who, unattended: false }, machine, assert.fail);
  assert.equal(ask.asked.length, 4);
});

test("a device that AWS does not take is forgotten, and another failure forgets nothing", async () => {
  const { fake, machine } = scene({ config: role, ask: scriptedPrompt("111111", "222222", "333333") });
  const { scripted } = fake;
  scripted.devices = [device];
  for (const [kind, lists] of [
    ["access-denied", 1],
    ["invalid-mfa-device", 1],
    ["access-denied", 2],
  ] as const) {
    scripted.failures.push(new AwsError(kind, kind));
    await assert.rejects(actAs({ ...who, unattended: false }, machine, assert.fail), {
      message: kind,
      hints:
        kind === "invalid-mfa-device"
          ? [
              "the device was remembered, and is forgotten now: the same command again asks IAM for the new one",
            ]
          : [],
    });
    assert.equal(scripted.calls.filter((call) => call === "list devices").length, lists);
    fake.clock.advance(1);
  }
});

const sent =
  'sent: session name "me", no external id, no source identity; the role\'s trust policy may demand others';
const where = "where each of them comes from: aws-as explain r";
const advice = [
  "if it demands MFA, see whether IAM knows a device by now: aws-as mfa list u",
  'or name the device: mfa_serial = arn:… in profile "u"',
];
const source = async () => assert.fail("unused");
const refusals: [string, string, AwsError["kind"], string[]][] = [
  ["a role without a device is refused", role, "access-denied", ["first", sent, where, ...advice]],
  ["something else fails", role, "unavailable", ["first"]],
  [
    "a role with a device is refused",
    withDevice + role,
    "access-denied",
    [
      "first",
      sent,
      where,
      "the MFA code is 0 min old; if the role demands a recent one: aws-as login u --renew",
      "and to be asked in time from then on, the seconds that it demands: mfa_seconds = 3600 in [aws-as r]",
    ],
  ],
];
for (const [when, config, kind, hints] of refusals) {
  test(`when ${when}, ${hints.length > 1 ? "the advice says what was sent" : "nothing is advised"}`, async () => {
    const { fake, machine } = scene({ config, ask: scriptedPrompt("123456"), source });
    const cause = new AwsError(kind, "AWS says no", { hints: ["first"] });
    fake.scripted.assumeRole = () => Promise.reject(cause);
    await assert.rejects(actAs(who, machine, assert.fail), (error) => {
      assert.ok(error instanceof AwsError);
      assert.deepEqual([error.kind, error.message, error.hints], [kind, "AWS says no", hints]);
      if (hints.length === 1) assert.equal(error, cause);
      return true;
    });
  });
}

test("a role on what is no key of ours has no device to name", async () => {
  const config = `${role.replace("= u", "= p")}[profile p]\ncredential_process = /bin/get\n`;
  for (const kind of ["access-denied", "invalid-mfa-device"] as const) {
    const refusal = new AwsError(kind, "no");
    const { machine } = scene({ config, source: () => Promise.reject(refusal) });
    await assert.rejects(actAs(who, machine, assert.fail), (error) => error === refusal);
  }
});
