import assert from "node:assert/strict";
import test from "node:test";
import {
  keyIdOfItem,
  longTermKeyItem,
  openKey,
  parseLongTermKey,
  printLongTermKey,
} from "../../src/session/long-term-key.ts";
import { ItemDamaged } from "../../src/store/secret-store.ts";
import { Secret } from "../../src/system/secret.ts";
import type { UserError } from "../../src/system/user-error.ts";
import { memoryStore } from "../support/memory-store.ts";

const accessKeyId = "AKIAIOSFODNN7EXAMPLE";
const root = {
  kind: "stored-keys",
  profile: "my-user1",
  accessKeyId,
  position: { file: "~/.aws/config", line: 3 },
} as const;

test("a key comes back from the store as it was put there", async () => {
  const store = memoryStore();
  const item = longTermKeyItem(accessKeyId, "my-user1");
  assert.equal(keyIdOfItem(item.name), accessKeyId);
  await store.write(item, printLongTermKey({ accessKeyId, secretAccessKey: new Secret("the secret") }));
  const key = await openKey(root, store);
  assert.equal(key.accessKeyId, accessKeyId);
  assert.equal(key.secretAccessKey.reveal(), "the secret");
  assert.equal(key.sessionToken, undefined);
});

test("a document that is not a whole key of version 1 is none", () => {
  const whole = { version: 1, accessKeyId, secretAccessKey: "s" };
  assert.equal(parseLongTermKey(JSON.stringify(whole))?.accessKeyId, accessKeyId);
  for (const change of [
    { version: 2 },
    { accessKeyId: "" },
    { secretAccessKey: "" },
    { secretAccessKey: 1 },
  ]) {
    assert.equal(parseLongTermKey(JSON.stringify({ ...whole, ...change })), undefined);
  }
  assert.equal(parseLongTermKey("{"), undefined);
});

test("a damaged key is reported with the store's hints first, and then how to put it back", async () => {
  const store = memoryStore();
  store.before("read", () => {
    throw new ItemDamaged("it is cut short", { hints: ["restore it"] });
  });
  await assert.rejects(openKey(root, store), (error: UserError) => {
    assert.match(error.message, /my-user1.*…MPLE.*config:3.*it is cut short/);
    assert.equal(error.hints[0], "restore it");
    assert.equal(error.hints.at(-1), "put the key back: aws-as keys add my-user1");
    return true;
  });
});

test("a key that the store does not have is reported with where else it may be", async () => {
  await assert.rejects(openKey(root, memoryStore("file")), (error: UserError) => {
    assert.match(error.message, /is not in the file store$/);
    assert.match(error.hints[0] ?? "", /AWS_AS_STORE=keychain or AWS_AS_STORE=pass/);
    return true;
  });
});
