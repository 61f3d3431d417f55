import assert from "node:assert/strict";
import test from "node:test";
import { resolveIdentity } from "../../src/config/resolve/resolve.ts";
import {
  deviceFromIam,
  deviceFromMemory,
  endpointOfProfile,
  planFor,
  planFromMemory,
  planWithoutDevice,
} from "../../src/credentials/plan-for.ts";
import { readConfig } from "../../src/machine/open.ts";
import { longTermKeyItem, printLongTermKey } from "../../src/session/long-term-key.ts";
import { Secret } from "../../src/system/secret.ts";
import { type FakeMachineOptions, fakeMachine } from "../support/fake-machine.ts";
import { device } from "../support/identities.ts";

const other = "arn:aws:iam::111111111111:mfa/other";
const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";
const role = (name: string, more = "") =>
  `[profile ${name}]\nrole_arn = arn:aws:iam::111111111111:role/${name}\nsource_profile = u\n${more}\n`;

/** The machine of a user `u` with this config file, and an identity on it. */
async function scene(name: string, options: FakeMachineOptions = {}) {
  const fake = fakeMachine({ credentials, ...options });
  const deadlines: unknown[] = [];
  const locked: unknown[] = [];
  const machine = {
    ...fake,
    aws: (deadline?: number) => {
      deadlines.push(deadline);
      return fake.scripted;
    },
    lock: async (lock: string, deadline?: number) => {
      locked.push(lock, deadline);
      return { release: () => void locked.push("released") };
    },
  };
  const config = await readConfig(machine);
  const identity = resolveIdentity(config, name);
  return {
    config,
    deadlines,
    fake,
    identity,
    locked,
    machine,
    around: { config, machine, store: fake.memory },
  };
}

test("a device that a file names needs no question, whichever role names it", async () => {
  for (const [config, name, from] of [
    [`[profile u]\nmfa_serial = ${device}`, "u", 'profile "u"'],
    [role("r", `mfa_serial = ${device}`), "r", 'profile "r"'],
    [role("r") + role("s", `mfa_serial = ${device}`), "r", "the user's roles"],
    [role("s", `mfa_serial = ${device}`), "u", "the user's roles"],
  ] as const) {
    const { around, fake, identity } = await scene(name, { config });
    const [base] = (await planFor(identity, around)).steps;
    assert.deepEqual([base.device, base.because], [device, `MFA device from ${from}`]);
    assert.deepEqual(fake.scripted.calls, []);
  }
});

test("a device that no file names is asked from IAM once, under the lock of the key", async () => {
  const { around, deadlines, fake, identity, config, locked, machine } = await scene("r", {
    config: role("r"),
  });
  assert.equal(await planFromMemory(identity, config, machine), undefined);
  fake.scripted.devices = [device];
  const made = await planFor(identity, around, { deadline: 5 });
  assert.equal(made.steps[0].because, "MFA device from IAM");
  assert.deepEqual(locked, [made.baseIdentity, 5, "released"]);
  assert.deepEqual(deadlines, [5]);
  const again = await planFor(identity, around);
  assert.equal(again.steps[0].because, "MFA device from IAM, remembered");
  assert.deepEqual(fake.scripted.calls, ["list devices"]);
});

test("the lock is free again when IAM cannot be asked, and missing where it was not had in time", async () => {
  const { around, identity, locked, machine } = await scene("r", { config: role("r") });
  machine.aws = () => assert.fail("no AWS");
  await assert.rejects(planFor(identity, around), /no AWS/);
  assert.equal(locked.at(-1), "released");
  const busy = await scene("r", { config: role("r") });
  const { steps } = await planFor(busy.identity, {
    ...busy.around,
    machine: { ...busy.machine, lock: async () => undefined },
  });
  assert.equal(steps[0].because, "no MFA device: IAM lists none for this user");
});

test("a person chooses among the devices of the profile", async () => {
  const { around, fake, identity, machine } = await scene("r", { config: role("r") });
  fake.scripted.devices = [device, other];
  const asked: unknown[] = [];
  const choose = async (...question: unknown[]) => {
    asked.push(...question);
    return other;
  };
  const found = await deviceFromIam(identity, { ...around, machine: { ...machine, choose } }, 7);
  assert.deepEqual(found, { kind: "device", serial: other, from: "your choice" });
  assert.deepEqual(asked, ['MFA device of "u"', [device, other], 7]);
});

test("what has no key of ours has no device to ask for", async () => {
  const config = "[profile p]\ncredential_process = /bin/get";
  const { around, identity } = await scene("p", { config });
  await assert.rejects(deviceFromIam(identity, around), /^Error: device of a process$/);
});

test("a caller that plans for many identities looks for each key's device itself", async () => {
  const { config, identity, machine } = await scene("r", { config: role("r") });
  const owners: unknown[] = [];
  const made = await planFromMemory(identity, config, machine, async (owner) => {
    owners.push(owner);
    return { kind: "device", serial: device, from: "elsewhere" };
  });
  assert.equal(made?.steps[0].because, "MFA device from elsewhere");
  assert.deepEqual(owners, [{ profile: "u", accessKeyId: "AKIAUSER", endpointKey: "aws" }]);
});

test("the device from memory is what the roles name, else what IAM said before", async () => {
  const owner = { profile: "u", accessKeyId: "AKIAUSER", endpointKey: "aws" };
  const named = await scene("r", { config: role("r", `mfa_serial = ${device}`) });
  assert.deepEqual(await deviceFromMemory(owner, named.config, named.machine), {
    kind: "device",
    serial: device,
    from: "the user's roles",
  });
  const silent = await scene("r", { config: role("r") });
  assert.deepEqual(await deviceFromMemory(owner, silent.config, silent.machine), { kind: "unknown" });
});

test("a plan can be shown although the device is not known yet", async () => {
  const { config, identity, machine } = await scene("r", { config: role("r") });
  const { steps } = await planWithoutDevice(identity, config, machine);
  assert.deepEqual(
    steps.map(({ kind, because }) => [kind, because]),
    [
      ["base-session", "no MFA device: none is known yet"],
      ["role", "with the session that all roles of this user share"],
    ],
  );
});

test("a plan lasts and is named as the settings and the environment say", async () => {
  const config = `${role("r", "mfa_serial = none")}[aws-as u]\nsession_seconds = 900\n`;
  const env = { AWS_ROLE_SESSION_NAME: "me" };
  const { around, identity } = await scene("r", { config, env });
  const [base, last] = (await planFor(identity, around)).steps;
  assert.equal(base.kind === "base-session" && base.durationSeconds, 900);
  assert.equal(last?.kind === "role" && last.roleSessionName, "me");
});

const china = "arn:aws-cn:iam::111111111111";
const places: [string, string, string, string][] = [
  ["the role's ARN", `[profile x]\nrole_arn = ${china}:role/x\nsource_profile = u`, "x", "aws-cn"],
  [
    "a web identity's ARN",
    `[profile x]\nrole_arn = ${china}:role/x\nweb_identity_token_file = /t`,
    "x",
    "aws-cn",
  ],
  ["a login session's ARN", `[profile x]\nlogin_session = ${china}:user/x`, "x", "aws-cn"],
  [
    "the device of a program's user",
    `[profile x]\ncredential_process = y\nmfa_serial = ${china}:mfa/x`,
    "x",
    "aws-cn",
  ],
  ["the user's device", `[profile u]\nmfa_serial = ${china}:mfa/u`, "u", "aws-cn"],
  ["nothing that a serial without an ARN says", "[profile u]\nmfa_serial = GAHT12345678", "u", "aws"],
  [
    "nothing in SSO",
    "[profile x]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = R",
    "x",
    "aws",
  ],
];
for (const [name, config, asked, partition] of places) {
  test(`the partition is told by ${name}`, async () => {
    const { around, identity } = await scene(asked, { config });
    assert.equal((await planFor(identity, around)).endpoint.partition, partition);
  });
}

test("the addresses of a services section are those of the identity, and of a profile by its name", async () => {
  const config = `[services s]\nsts =\n  endpoint_url = http://localhost:1\n[profile u]\nservices = s\nmfa_serial = ${china}:mfa/u`;
  const { around, identity, machine } = await scene("u", { config });
  const { endpoint } = await planFor(identity, around);
  assert.equal(endpoint.stsUrl, "http://localhost:1/");
  assert.deepEqual(endpointOfProfile("u", around.config, machine), endpoint);
  assert.equal(endpointOfProfile("gone", around.config, machine).partition, "aws");
});

test("IAM is asked with the key that is in the store, where the identity's AWS is reached", async () => {
  const config = `${role("r")}region = eu-west-3\n[aws-as u]\naccess_key_id = AKIASTORED\n`;
  const { around, fake, identity } = await scene("r", { config, credentials: "" });
  await assert.rejects(planFor(identity, around), /is not in the keychain/);
  const secretAccessKey = new Secret("stored");
  const key = { accessKeyId: "AKIASTORED", secretAccessKey };
  fake.memory.put(longTermKeyItem(key.accessKeyId, "u"), printLongTermKey(key));
  const asked: unknown[] = [];
  fake.scripted.listMfaDevices = async (endpoint, { accessKeyId, secretAccessKey }) => {
    asked.push(endpoint, accessKeyId, secretAccessKey.reveal());
    return { serials: [device] };
  };
  const { endpoint } = await planFor(identity, around);
  assert.deepEqual(asked, [endpoint, "AKIASTORED", "stored"]);
});
