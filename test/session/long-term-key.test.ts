import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import {
  keyIdOfItem,
  longTermKeyItem,
  openKey,
  parseLongTermKey,
  printLongTermKey,
} from "../../src/session/long-term-key.ts";
import { isKeyRoot } from "../../src/session/plan.ts";
import { ItemDamaged } from "../../src/store/secret-store.ts";
import { Secret } from "../../src/system/secret.ts";
import { UserError } from "../../src/system/user-error.ts";
import { processRoot, userRoot } from "../support/identities.ts";
import { memoryStore } from "../support/memory-store.ts";

const { accessKeyId, profile, position } = userRoot;
const key = { accessKeyId, secretAccessKey: new Secret("canary/secret+1") };
const root = { kind: "stored-keys", profile, accessKeyId, position } as const;
const what = `the long-term key of "${profile}" (…MPLE, ~/.aws/config:1)`;
const hints = [
  "where secrets are stored here: aws-as store status",
  `put the key back: aws-as keys add ${profile}`,
];

test("a stored key is read as it was written, and shows its secret only when it is revealed", () => {
  const text = printLongTermKey(key);
  assert.deepEqual(JSON.parse(text), { version: 1, accessKeyId, secretAccessKey: "canary/secret+1" });
  const read = parseLongTermKey(text);
  assert.deepEqual(read && { ...read, secretAccessKey: read.secretAccessKey.reveal() }, {
    accessKeyId,
    secretAccessKey: "canary/secret+1",
  });
  assert.doesNotMatch(inspect(read) + JSON.stringify(read), /canary/);
});

const whole = { version: 1, accessKeyId, secretAccessKey: "s" };
for (const text of [
  "",
  "{",
  "null",
  "1",
  JSON.stringify({ ...whole, version: 2 }),
  JSON.stringify({ ...whole, accessKeyId: 1 }),
  JSON.stringify({ ...whole, accessKeyId: "" }),
  JSON.stringify({ ...whole, secretAccessKey: null }),
  JSON.stringify({ ...whole, secretAccessKey: "" }),
]) {
  test(`a document that is no whole key of version 1 is none: ${text || "(empty)"}`, async () => {
    assert.equal(parseLongTermKey(text), undefined);
    const store = { ...memoryStore(), read: async () => text };
    await assert.rejects(openKey(root, store), {
      message: `${what} was stored by another version of aws-as`,
      hints,
    });
  });
}

test("a key's item is found by the key's id and shows its end and its user", () => {
  const item = longTermKeyItem(accessKeyId, profile);
  assert.deepEqual(item, {
    name: `long-term key ${accessKeyId}`,
    label: `long-term key of user ${profile} (…MPLE)`,
  });
  assert.equal(keyIdOfItem(item.name), accessKeyId);
  assert.equal(keyIdOfItem("session of key MPLE 0"), undefined);
});

test("keys are roots that have one, in a file or in the store", () => {
  assert.deepEqual([userRoot, root, processRoot].map(isKeyRoot), [true, true, false]);
});

test("a key of a file opens without the store, with its token where it has one", async () => {
  const store = memoryStore();
  const { secretAccessKey } = userRoot;
  assert.deepEqual(await openKey(userRoot, store), { accessKeyId, secretAccessKey });
  const sessionToken = new Secret("t");
  assert.deepEqual(await openKey({ ...userRoot, sessionToken }, store), {
    accessKeyId,
    secretAccessKey,
    sessionToken,
  });
  assert.deepEqual(store.reads, []);
});

test("a key of the store opens with the secret that is there", async () => {
  const store = memoryStore();
  store.put(longTermKeyItem(accessKeyId, profile), printLongTermKey(key));
  const opened = await openKey(root, store);
  assert.deepEqual([opened.accessKeyId, opened.secretAccessKey.reveal()], [accessKeyId, "canary/secret+1"]);
});

test("a key that the store holds under the id of another is not used", async () => {
  const store = memoryStore();
  store.put(longTermKeyItem(accessKeyId, profile), printLongTermKey({ ...key, accessKeyId: "AKIAOTHER" }));
  await assert.rejects(openKey(root, store), {
    message: `${what} was stored by another version of aws-as`,
    hints,
  });
});

for (const [kind, name, others] of [
  ["keychain", "keychain", "AWS_AS_STORE=file or AWS_AS_STORE=pass"],
  ["file", "file store", "AWS_AS_STORE=keychain or AWS_AS_STORE=pass"],
  ["pass", "password store", "AWS_AS_STORE=keychain or AWS_AS_STORE=file"],
] as const) {
  test(`a key that is not in the ${name} may be in another store`, async () => {
    await assert.rejects(openKey(root, memoryStore(kind)), {
      message: `${what} is not in the ${name}`,
      hints: [`if it is in another store, name that one: ${others}`, ...hints],
    });
  });
}

test("a damaged key is an error with the store's advice first", async () => {
  const store = memoryStore();
  const damaged = new ItemDamaged("the item is torn", { hints: ["look at it"] });
  store.fail("read", damaged);
  await assert.rejects(openKey(root, store), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, `${what} cannot be opened: the item is torn`);
    assert.deepEqual(error.hints, ["look at it", ...hints]);
    assert.equal(error.cause, damaged);
    return true;
  });
});

test("a store that is locked says so itself", async () => {
  const store = memoryStore();
  const locked = new UserError("the keychain is locked");
  store.fail("read", locked);
  await assert.rejects(openKey(root, store), (error) => error === locked);
});
