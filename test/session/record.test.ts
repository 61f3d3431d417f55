import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { parseRecord, printRecord } from "../../src/session/record.ts";
import { Secret } from "../../src/system/secret.ts";

const whole = {
  version: 1,
  accessKeyId: "ASIA",
  secretAccessKey: "canary-secret",
  sessionToken: "canary-token",
  obtainedAt: 1,
  expiresAt: 2,
  region: "eu-west-1",
};

test("a session is read as it was written, and shows its secrets only when they are revealed", () => {
  const credentials = {
    accessKeyId: "ASIA",
    secretAccessKey: new Secret("canary-secret"),
    sessionToken: new Secret("canary-token"),
    expiresAt: 2,
  };
  const session = { credentials, obtainedAt: 1, expiresAt: 2, region: "eu-west-1" };
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
