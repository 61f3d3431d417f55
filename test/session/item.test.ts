import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import {
  baseIdentity,
  baseSessionItem,
  fingerprint,
  type ItemName,
  isSessionOfKey,
  parseRecord,
  printRecord,
  roleSessionItem,
  sourceItem,
} from "../../src/session/item.ts";
import { Secret } from "../../src/system/secret.ts";
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

const whole = {
  version: 1,
  accessKeyId: "ASIA",
  secretAccessKey: "canary-secret",
  sessionToken: "canary-token",
  obtainedAt: 1,
  expiresAt: 2,
  region: "eu-west-1",
  signIn: "s",
};

test("a session is read as it was written, and shows its secrets only when they are revealed", () => {
  const credentials = {
    accessKeyId: "ASIA",
    secretAccessKey: new Secret("canary-secret"),
    sessionToken: new Secret("canary-token"),
    expiresAt: 2,
  };
  const session = { credentials, obtainedAt: 1, expiresAt: 2, region: "eu-west-1", signIn: "s" };
  const text = printRecord(session);
  assert.deepEqual(JSON.parse(text), whole);
  const read = parseRecord(text);
  assert.deepEqual(read, session);
  // Sessions that older versions stored have no region.
  const { region: _, ...old } = whole;
  assert.equal(parseRecord(JSON.stringify(old))?.region, undefined);
  assert.equal(parseRecord(JSON.stringify(old))?.expiresAt, 2);
  assert.equal(read?.credentials.secretAccessKey.reveal(), "canary-secret");
  assert.equal(read?.credentials.sessionToken.reveal(), "canary-token");
  assert.doesNotMatch(inspect(read, { depth: 9 }) + JSON.stringify(read), /canary/);
});

const wrong: [string, unknown][] = [
  ["version", 2],
  ...["accessKeyId", "secretAccessKey", "sessionToken"].flatMap((name): [string, unknown][] => [
    [name, ""],
    [name, 1],
    [name, undefined],
  ]),
  ...["obtainedAt", "expiresAt"].flatMap((name): [string, unknown][] => [
    [name, "1"],
    [name, null],
    [name, undefined],
  ]),
];
for (const [name, value] of wrong) {
  test(`a document with the ${name} ${JSON.stringify(value)} counts as absent`, () => {
    assert.equal(parseRecord(JSON.stringify({ ...whole, [name]: value })), undefined);
  });
}

for (const text of ["", "{", "null", "1", "1e999", '"x"']) {
  test(`a document that is no object counts as absent: ${text || "(empty)"}`, () => {
    assert.equal(parseRecord(text), undefined);
  });
}

test("a time that is no number of milliseconds counts as none", () => {
  assert.equal(parseRecord(JSON.stringify(whole).replace('"expiresAt":2', '"expiresAt":1e999')), undefined);
});
