import assert from "node:assert/strict";
import test from "node:test";
import { deviceOfRoles, devicesOfRoles } from "../../../src/config/resolve/device-of-roles.ts";
import { awsConfig } from "../files/config-text.ts";

const keys =
  "[u]\naws_access_key_id = A\naws_secret_access_key = s\n[v]\naws_access_key_id = B\naws_secret_access_key = s\n";
const role = (name: string, source: string, serial?: string) =>
  `[profile ${name}]\nrole_arn = arn:aws:iam::111111111111:role/${name}\nsource_profile = ${source}\n${serial ? `mfa_serial = ${serial}\n` : ""}`;
const [one, two] = ["arn:aws:iam::111111111111:mfa/one", "arn:aws:iam::111111111111:mfa/two"];

const cases: [string, string, string | undefined][] = [
  ["no role names a device", role("a", "u"), undefined],
  ["one role names it", role("a", "u") + role("b", "u", one), one],
  ["all roles name the same", role("a", "u", one) + role("b", "u", one), one],
  ["two roles disagree", role("a", "u", one) + role("b", "u", two), undefined],
  ["another user's role does not count", role("a", "v", two), undefined],
  ["a role at the end of a chain counts", role("a", "u") + role("b", "a", one), one],
  ["a broken role does not count, nor harm", role("a", "u", one) + role("b", "nobody", two), one],
];
for (const [name, config, device] of cases) {
  test(`the user's device by its roles: ${name}`, () => {
    assert.equal(deviceOfRoles(awsConfig(config, keys), "u"), device);
  });
}

test("what roles say of a device is listed with its line, also that there is none", () => {
  const config = awsConfig(
    role("a", "u", one) + role("b", "u", "none") + role("c", "u") + role("d", "a"),
    keys,
  );
  const file = "~/.aws/config";
  assert.deepEqual(devicesOfRoles(config, "u"), [
    { profile: "a", serial: one, position: { file, line: 4 } },
    { profile: "b", serial: "none", position: { file, line: 8 } },
  ]);
  assert.equal(deviceOfRoles(config, "u"), one);
  assert.deepEqual(devicesOfRoles(config, "v"), []);
});
