import assert from "node:assert/strict";
import test from "node:test";
import {
  isRole,
  partitionOf,
  type RoleReference,
  readRoleArn,
  readRoleReference,
} from "../../../src/config/resolve/role-arn.ts";

const account = "111111111111";
const arn = (role: string, partition = "aws") => `arn:${partition}:iam::${account}:role/${role}`;
const deepest = "p".repeat(510);
const longest = "r".repeat(64);

const references: [string, RoleReference | undefined][] = [
  [`${account}/admin`, { account, role: "admin" }],
  [`${account}/team/admin`, { account, role: "team/admin" }],
  [`${account}/a`, { account, role: "a" }],
  [`${account}/p/a`, { account, role: "p/a" }],
  [`${account}/_+=,.@-9`, { account, role: "_+=,.@-9" }],
  [`${account}/${deepest}/${longest}`, { account, role: `${deepest}/${longest}` }],
  [arn("admin"), { partition: "aws", account, role: "admin" }],
  [arn("team/admin", "aws-us-gov"), { partition: "aws-us-gov", account, role: "team/admin" }],
  [arn("admin", "aws-iso-b"), { partition: "aws-iso-b", account, role: "admin" }],
  ["", undefined],
  [`x${account}/admin`, undefined],
  [`1${account}/admin`, undefined],
  ["11111111111/admin", undefined],
  [`${account}/`, undefined],
  [`${account}//`, undefined],
  [`${account}//admin`, undefined],
  [`${account}/admin/`, undefined],
  [`${account}/admin\n`, undefined],
  [`${account}/ad min`, undefined],
  [`${account}/te am/admin`, undefined],
  [`${account}/admin:x`, undefined],
  [`${account}/adminü`, undefined],
  [`${account}/${"p".repeat(511)}/r`, undefined],
  [`${account}/${longest}r`, undefined],
  [`${account}-admin`, undefined],
  [`x${arn("admin")}`, undefined],
  [`${arn("admin")} `, undefined],
  [arn("admin", "gcp"), undefined],
  [arn("admin", "awS"), undefined],
  [arn("admin").replace("role", "user"), undefined],
  [arn("admin").replace("iam:", "iam:eu-west-1"), undefined],
  [arn("admin").replace(account, "1111"), undefined],
  [arn("admin").replace(account, `${account}1`), undefined],
];
for (const [text, expected] of references) {
  const short = text.length < 100 ? text : `${text.slice(0, 40)}… of ${text.length} characters`;
  test(`${JSON.stringify(short)} is ${expected ? `the role ${expected.role.slice(0, 20)}` : "no role"}`, () => {
    assert.deepEqual(readRoleReference(text), expected);
    assert.deepEqual(readRoleArn(text), expected?.partition === undefined ? undefined : expected);
  });
}

const same: [string, RoleReference, boolean][] = [
  [arn("a"), { account, role: "a" }, true],
  [arn("a"), { account, role: "a", partition: "aws" }, true],
  [arn("a"), { account, role: "a", partition: "aws-cn" }, false],
  [arn("a"), { account, role: "b" }, false],
  [arn("a"), { account: "222222222222", role: "a" }, false],
  ["a", { account, role: "a" }, false],
];
for (const [text, reference, expected] of same) {
  test(`${text} is ${expected ? "" : "not "}the role ${JSON.stringify(reference)}`, () => {
    assert.equal(isRole(text, reference), expected);
  });
}

const partitions: [string, string | undefined][] = [
  ["arn:aws:sts::1:x", "aws"],
  ["arn:aws-cn:iam::1:mfa/x", "aws-cn"],
  ["arn:aws-iso-e2:iam::1:mfa/x", "aws-iso-e2"],
  ["arn:gcp:iam::1:mfa/x", undefined],
  ["xarn:aws:iam::1:mfa/x", undefined],
  ["arn:aws", undefined],
];
for (const [text, expected] of partitions) {
  test(`the partition of ${text} is ${expected}`, () => assert.equal(partitionOf(text), expected));
}
