import assert from "node:assert/strict";
import test from "node:test";
import {
  baseIdentity,
  baseSessionItem,
  fingerprint,
  type ItemName,
  isSessionOfKey,
  roleSessionItem,
  sourceItem,
} from "../../src/session/item.ts";
import { hop } from "../support/identities.ts";

const key = { endpointKey: "aws", accessKeyId: "AKIAIOSFODNN7EXAMPLE" };
const shared = { with: "base-session" };

const names: [string, ItemName, RegExp, string][] = [
  [
    "a base session shows the end of its key and no more of it",
    baseSessionItem(key, "me"),
    /^session of key MPLE [0-9a-f]{32}$/,
    "session of user me (key …MPLE)",
  ],
  [
    "what a source gave shows what the source is",
    sourceItem({ ...key, accessKeyId: "source x" }, "SSO Admin in 1"),
    /^session of source [0-9a-f]{32}$/,
    "session of SSO Admin in 1",
  ],
  [
    "a role session shows the last role without its path, and the account",
    roleSessionItem(key, [hop("a"), hop("team/b")], shared),
    /^role b in 111111111111 [0-9a-f]{32}$/,
    "session of role b in 111111111111",
  ],
];
for (const [name, item, expected, label] of names) {
  test(name, () => {
    assert.match(item.name, expected);
    assert.equal(item.label, label);
  });
}

test("the base sessions of a key are found by its id, whatever else shaped them", () => {
  const { name } = baseSessionItem({ ...key, device: "d", durationSeconds: 900 }, "me");
  const found = [key.accessKeyId, "AKIAOTHER", "AKIAIOSFODNN7EXAMPL"].map((id) => isSessionOfKey(name, id));
  assert.deepEqual(found, [true, false, false]);
  for (const { name } of [
    sourceItem(key, "x"),
    roleSessionItem(key, [hop("MPLE")], shared),
    baseSessionItem({ ...key, accessKeyId: "AKIAMPLEX" }, "me"),
  ]) {
    assert.equal(isSessionOfKey(name, key.accessKeyId), false, name);
  }
});

test("names tell apart all that shapes a session, and nothing that does not", () => {
  const base = (more: object) => baseSessionItem({ ...key, ...more }, "me").name;
  const role = (first: { with: string; device?: string }, tags = {}) =>
    roleSessionItem(key, [hop("r", { tags })], first).name;
  const different = [
    base({}),
    base({ device: "d" }),
    base({ device: "e" }),
    base({ durationSeconds: 900 }),
    base({ endpointKey: "aws-cn" }),
    sourceItem(key, "me").name,
    sourceItem({ ...key, device: "d" }, "me").name,
    role(shared),
    role({ with: "long-term-key" }),
    role({ with: "long-term-key", device: "d" }),
    role({ with: "long-term-key", device: "e" }),
    role(shared, { a: "1" }),
    role(shared, { a: "1", b: "2" }),
    baseIdentity("aws", "A"),
    baseIdentity("aws", "B"),
    baseIdentity("aws-cn", "A"),
  ].map((name) => name.split(" ").at(-1));
  assert.equal(new Set(different).size, different.length);
  assert.equal(baseSessionItem(key, "you").name, base({}));
  assert.equal(role(shared, { b: "2", a: "1" }), role(shared, { a: "1", b: "2" }));
});

test("the names of sessions stay the same from version to version", () => {
  // Sessions that are there would not be found under other names, and everybody would be asked for a code again.
  assert.deepEqual(
    [
      fingerprint(["a", null, 1]),
      baseSessionItem({ ...key, device: "d", durationSeconds: 900 }, "me").name,
      sourceItem(key, "x").name,
      roleSessionItem(key, [hop("r", { tags: { b: "2", a: "1" }, durationSeconds: 900 })], shared).name,
      baseIdentity("aws", "A"),
    ],
    [
      "2dcc62c53b98b8e92287b0da6b2bf383",
      "session of key MPLE 104a6fd0317423ac2657aae1829e46e1",
      "session of source 35fe69eb620fc6a1723c300a8fa2971d",
      "role r in 111111111111 9413ca4a6d57b9863229afdc65de8252",
      "43fa0d8fae926c2c557ea3332c09f138",
    ],
  );
});
