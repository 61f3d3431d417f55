import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { Secret } from "../../src/system/secret.ts";

test("a secret shows itself only when asked to", () => {
  const secret = new Secret("canary");
  assert.equal(secret.reveal(), "canary");
  for (const shown of [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret)]) {
    assert.doesNotMatch(shown, /canary/);
    assert.match(shown, /\[secret\]/);
  }
});
