import assert from "node:assert/strict";
import test from "node:test";
import { credentialDocument } from "../../src/process/run.ts";
import { timestamp } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

const credentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: new Secret("secret/+="),
  sessionToken: new Secret("token"),
  expiresAt: Date.parse("2026-01-02T03:04:05.678Z"),
};

test("the document is one line with exactly the names that clients read", () => {
  assert.equal(
    credentialDocument(credentials, timestamp(credentials.expiresAt), "111111111111"),
    '{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"secret/+=","SessionToken":"token","Expiration":"2026-01-02T03:04:05Z","AccountId":"111111111111"}\n',
  );
});

test("an unknown account is left out, not null", () => {
  assert.doesNotMatch(credentialDocument(credentials, "2026-01-02T03:04:05Z"), /AccountId|null/);
});
