import assert from "node:assert/strict";
import test from "node:test";
import { usualSerial } from "../../../src/commands/mfa/iam-devices.ts";
import { isOutdated, type Used, usedDevice, usedOf } from "../../../src/commands/mfa/user-devices.ts";
import { mergeDocuments } from "../../../src/config/aws-config.ts";
import { parseDocument } from "../../../src/config/files/document.ts";
import { deviceKind } from "../../../src/session/device.ts";
import type { KnownDevice } from "../../../src/session/plan.ts";

const phone = "arn:aws:iam::111111111111:mfa/phone";
const tablet = "arn:aws:iam::111111111111:mfa/tablet";
const token = "GAHT12345678";
const fido = "arn:aws:iam::111111111111:u2f/user/me/key-ABC";

const unknown: KnownDevice = { kind: "unknown" };
const remembered: KnownDevice = { kind: "device", serial: tablet, from: "IAM, remembered" };
const key = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";

function used(config: string, memory: KnownDevice = unknown): Used {
  const documents = [
    parseDocument(Buffer.from(config), "config", "config"),
    parseDocument(Buffer.from(`[u]\n${key}`), "credentials", "credentials"),
  ] as const;
  return usedDevice(mergeDocuments(...documents), "u", memory);
}

const role = (name: string, serial?: string) =>
  `[profile ${name}]\nrole_arn = arn:aws:iam::111111111111:role/${name}\nsource_profile = u\n${serial ? `mfa_serial = ${serial}\n` : ""}`;

const at = (line: number) => ({ position: { file: "config", line } });

const cases: [name: string, config: string, memory: KnownDevice, Used][] = [
  [
    "our section wins over everything",
    `[profile u]\nmfa_serial = ${tablet}\n[aws-as u]\nmfa_serial = ${phone}\n`,
    remembered,
    { kind: "device", serial: phone, because: "section", ...at(4) },
  ],
  [
    "the profile wins over its roles",
    `[profile u]\nmfa_serial = ${phone}\n${role("r", tablet)}`,
    remembered,
    { kind: "device", serial: phone, because: "profile", ...at(2) },
  ],
  [
    "roles that agree win over memory",
    role("a") + role("b", phone) + role("c", phone),
    remembered,
    { kind: "device", serial: phone, because: "roles", ...at(7) },
  ],
  [
    "roles that disagree say nothing",
    role("a", phone) + role("b", token),
    remembered,
    { kind: "device", serial: tablet, because: "remembered" },
  ],
  ["a role that says none says nothing of its user", role("a", "none"), unknown, { kind: "open" }],
  [
    "none in the section",
    `[profile u]\nmfa_serial = ${phone}\n[aws-as u]\nmfa_serial = none\n`,
    remembered,
    { kind: "none", because: "section", ...at(4) },
  ],
  [
    "none from memory",
    "",
    { kind: "none", because: "IAM lists none for this user" },
    { kind: "none", because: "remembered" },
  ],
  ["nobody", "", unknown, { kind: "open" }],
];
for (const [name, config, memory, expected] of cases) {
  test(`which device is used, and where that is said: ${name}`, () => {
    assert.deepEqual(used(config, memory), expected);
  });
}

test("where nobody says anything, the only device that gives codes is used", () => {
  assert.deepEqual(usedOf({ kind: "open" }, [fido, phone]), {
    kind: "device",
    serial: phone,
    because: "only",
  });
  assert.deepEqual(usedOf({ kind: "open" }, [phone, token]), { kind: "open" });
  assert.deepEqual(usedOf({ kind: "open" }, [fido]), { kind: "none", because: "none-listed" });
  const said: Used = { kind: "device", serial: tablet, because: "remembered" };
  assert.deepEqual(usedOf(said, [phone]), said);
});

test("what is remembered is outdated when IAM says otherwise", () => {
  assert.equal(isOutdated(remembered, [phone, tablet]), false);
  assert.equal(isOutdated(remembered, [phone]), true);
  assert.equal(isOutdated({ kind: "none", because: "" }, [fido]), false);
  assert.equal(isOutdated({ kind: "none", because: "" }, [phone]), true);
  assert.equal(isOutdated(unknown, [phone]), false);
});

test("a serial tells what its device is", () => {
  assert.deepEqual([phone, token, fido].map(deviceKind), ["virtual", "hardware", "fido"]);
  assert.equal(deviceKind("arn:aws-us-gov:iam::111111111111:u2f/user/me/key"), "fido");
});

const guesses: [arn: string, serial: string | undefined][] = [
  ["arn:aws:iam::111111111111:user/ann", "arn:aws:iam::111111111111:mfa/ann"],
  ["arn:aws-cn:iam::111111111111:user/team/ops/ann", "arn:aws-cn:iam::111111111111:mfa/ann"],
  ["arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:mfa/root-account-mfa-device"],
  ["arn:aws:sts::111111111111:assumed-role/r/ann", undefined],
];
for (const [arn, serial] of guesses) {
  test(`the usual serial for ${arn} is ${serial ?? "nobody's guess"}`, () =>
    assert.equal(usualSerial(arn), serial));
}
