import assert from "node:assert/strict";
import test from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import {
  carryDevice,
  type DeviceKind,
  deviceKind,
  devicesWithCodes,
  findDevice,
  forgetDevice,
  recallDevice,
} from "../../src/session/device.ts";
import type { KnownDevice } from "../../src/session/plan.ts";
import { Secret } from "../../src/system/secret.ts";
import { UserError } from "../../src/system/user-error.ts";
import { device, endpoint, userRoot } from "../support/identities.ts";
import { memoryNotes } from "../support/memory-notes.ts";
import { movingClock } from "../support/moving-clock.ts";
import { scriptedAws } from "../support/scripted-aws.ts";

const hours = 3_600_000;
const { profile, accessKeyId } = userRoot;
const owner = { profile, accessKeyId, endpoint, endpointKey: "aws" };
const unknown: KnownDevice = { kind: "unknown" };
const phone = "arn:aws:iam::111111111111:mfa/phone";
const passkey = "arn:aws:iam::111111111111:u2f/user/me/key-ABC";
const gemalto = "GAHT12345678";

/** A user with these devices, whose answer to the choice is `chosen`. */
function world(devices: readonly string[] | AwsError, chosen?: string) {
  const clock = movingClock();
  const aws = Object.assign(scriptedAws(clock), { devices });
  const notes = memoryNotes();
  const offered: (readonly string[])[] = [];
  const choose = async (serials: readonly string[]) => {
    offered.push(serials);
    return chosen;
  };
  const opened: string[] = [];
  const key = async () => {
    opened.push("key");
    return { accessKeyId, secretAccessKey: new Secret("s") };
  };
  const find = () => findDevice(owner, { aws, notes, clock, key, choose });
  const recall = (whose = owner) => recallDevice(whose, notes, clock);
  return { aws, clock, find, notes, offered, opened, recall };
}

const answers: [string, readonly string[] | AwsError, KnownDevice][] = [
  ["the only device is the user's", [device], { kind: "device", serial: device, from: "IAM" }],
  [
    "a security key beside it gives no codes",
    [passkey, device],
    { kind: "device", serial: device, from: "IAM" },
  ],
  ["a user may have none", [], { kind: "none", because: "IAM lists none for this user" }],
  [
    "a user who may not list devices has none that is known",
    new AwsError("access-denied", "not authorized to perform: iam:ListMFADevices"),
    { kind: "none", because: "the user may not list MFA devices, and no mfa_serial is configured" },
  ],
  [
    "the key of a root user has none that is known",
    new AwsError("invalid-request", "Must specify userName when calling with non-User credentials"),
    { kind: "none", because: "IAM lists no devices of a root user, and no mfa_serial is configured" },
  ],
];
for (const [name, devices, expected] of answers) {
  test(`${name}; IAM is asked once for it`, async () => {
    const { aws, find, opened, offered } = world(devices);
    assert.deepEqual(await find(), expected);
    const { kind } = await find();
    assert.equal(kind, expected.kind);
    assert.deepEqual([aws.calls, opened, offered], [["list devices"], ["key"], []]);
  });
}

test("a device is remembered for good, the lack of one for half a day", async () => {
  const some = world([device]);
  await some.find();
  some.clock.advance(1000 * hours);
  assert.deepEqual(await some.recall(), { kind: "device", serial: device, from: "IAM, remembered" });

  const none = world([]);
  await none.find();
  const remembered = { kind: "none", because: "IAM lists none for this user" } as const;
  assert.deepEqual(await none.recall(), remembered);
  none.clock.advance(12 * hours - 1);
  assert.deepEqual(await none.recall(), remembered);
  none.clock.advance(1);
  assert.deepEqual(await none.recall(), unknown);
  none.clock.advance(-12 * hours - 1);
  assert.deepEqual(await none.recall(), unknown, "a clock that went back");
  none.aws.devices = [phone];
  assert.deepEqual(await none.find(), { kind: "device", serial: phone, from: "IAM" });
});

test("a failure to reach IAM says nothing about the device", async () => {
  const { aws, find, recall } = world(new AwsError("network", "no route"));
  await assert.rejects(find(), /no route/);
  assert.deepEqual(await recall(), unknown);
  aws.devices = [device];
  assert.equal((await find()).kind, "device");
});

test("a key that cannot be opened is the failure that it is", async () => {
  const { aws, clock, notes } = world([device]);
  const key = () => Promise.reject(new UserError("the keychain is locked"));
  const ports = { aws, notes, clock, key, choose: async () => undefined };
  await assert.rejects(findDevice(owner, ports), /^UserError: the keychain is locked$/);
  assert.deepEqual(aws.calls, []);
});

test("among several devices that give codes a person chooses, once", async () => {
  const { find, offered } = world([device, passkey, phone], phone);
  assert.deepEqual(await find(), { kind: "device", serial: phone, from: "your choice" });
  assert.deepEqual(await find(), { kind: "device", serial: phone, from: "IAM, remembered" });
  assert.deepEqual(offered, [[device, phone]]);
});

test("several devices and nobody to choose is an error that says how to choose", async () => {
  const { find, recall } = world([device, phone]);
  await assert.rejects(find(), {
    message: `profile "${profile}" has 2 MFA devices: ${device}, ${phone}`,
    hints: [`say which: aws-as mfa choose ${profile} ${device}`],
  });
  assert.deepEqual(await recall(), unknown);
});

for (const [devices, message] of [
  [
    [passkey],
    `the only MFA device of profile "${profile}" is a FIDO security key or passkey, and AWS takes no codes from those`,
  ],
  [
    [passkey, `${passkey}2`],
    `all 2 MFA devices of profile "${profile}" are FIDO security keys or passkeys, and AWS takes no codes from those`,
  ],
] as const) {
  test(`a user with ${devices.length} FIDO devices and no other cannot get a code`, async () => {
    const { find, recall } = world(devices);
    await assert.rejects(find(), {
      message,
      hints: [
        "add a virtual MFA device (an authenticator app) to the user in the AWS console",
        `sign in with the passkey, and name that profile as source_profile: aws login --profile ${profile}-login`,
        `for what needs no MFA: aws-as mfa choose ${profile} none`,
      ],
    });
    assert.deepEqual(await recall(), unknown);
  });
}

for (const note of [undefined, null, "x", {}, { serial: 1 }, { because: "x" }, { because: 1, at: 1 }]) {
  test(`a note that says no device is as none: ${JSON.stringify(note)}`, async () => {
    const { find, notes, recall } = world([device]);
    const written = { read: async () => note, write: notes.write, remove: notes.remove };
    assert.deepEqual(await recallDevice(owner, written, movingClock(0)), unknown);
    await find();
    assert.equal((await recall()).kind, "device");
  });
}

test("a device is remembered for its key and its endpoint, until it is forgotten", async () => {
  const { find, notes, recall } = world([device]);
  const next = { ...owner, accessKeyId: "AKIANEXT" };
  const china = { ...owner, endpointKey: "aws-cn" };
  await carryDevice(owner, next, notes);
  assert.deepEqual(await recall(next), unknown, "there was nothing to carry");
  await find();
  assert.deepEqual([await recall(next), await recall(china)], [unknown, unknown]);
  await carryDevice(owner, next, notes);
  assert.deepEqual(await recall(next), { kind: "device", serial: device, from: "IAM, remembered" });
  await forgetDevice(owner, notes);
  assert.deepEqual(await recall(), unknown);
  assert.equal((await recall(next)).kind, "device");
});

const kinds: [string, DeviceKind][] = [
  [device, "virtual"],
  ["arn:aws-cn:iam::111111111111:mfa/u2f/me", "virtual"],
  [passkey, "fido"],
  ["arn:aws-us-gov:iam::111111111111:u2f/me", "fido"],
  [gemalto, "hardware"],
  [`${gemalto}-${passkey}`, "hardware"],
];
for (const [serial, kind] of kinds) {
  test(`${serial} is a ${kind} device`, () => {
    assert.equal(deviceKind(serial), kind);
    assert.deepEqual(devicesWithCodes([serial]), kind === "fido" ? [] : [serial]);
  });
}
