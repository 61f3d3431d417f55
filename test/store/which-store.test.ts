import assert from "node:assert/strict";
import test from "node:test";
import type { StoreState } from "../../src/store/secret-store.ts";
import { storeInUse, storeKind } from "../../src/store/which-store.ts";

const said = (value: string) => ({ value, from: "~/.aws/config:3" });
const cases: [
  string,
  { value: string; from: string } | undefined,
  StoreState["kind"],
  string | null,
  string[],
][] = [
  ["what the setting says", said("pass"), "ready", "pass", ["pass"]],
  ["what the setting says, whatever the keychain is", said("keychain"), "absent", "keychain", ["keychain"]],
  ["nothing for a name that is no store", said("moon"), "ready", null, []],
  [
    "the keychain by itself, and what an old file store holds",
    undefined,
    "ready",
    "keychain",
    ["keychain", "file"],
  ],
  ["a locked keychain: the secrets are there", undefined, "locked", "keychain", ["keychain", "file"]],
  ["a keychain that hangs", undefined, "broken", "keychain", ["keychain", "file"]],
  ["the file store where there is no keychain", undefined, "absent", "file", ["file"]],
  ["the file store where no keyring was ever made", undefined, "not-set-up", "file", ["file"]],
];
for (const [what, wanted, keychain, kind, kinds] of cases) {
  test(`the store in use is ${what}`, () => {
    const found = storeInUse(wanted, { kind: keychain, because: "so it is" });
    assert.deepEqual([found.kind, found.kinds, found.from], [kind, kinds, wanted?.from ?? null]);
  });
}

test("why a store is in use is told", () => {
  assert.equal(storeInUse(said("pass"), { kind: "ready" }).because, "~/.aws/config:3 says so");
  assert.equal(
    storeInUse(said("moon"), { kind: "ready" }).because,
    '~/.aws/config:3 names "moon", which is no store',
  );
  const none = storeInUse(undefined, { kind: "absent", because: "there is no bus" });
  assert.equal(none.because, "no keychain in use here: there is no bus");
});

test("a name of no store is wrong usage", () => {
  assert.equal(storeKind("pass"), "pass");
  assert.throws(() => storeKind("moon"), { message: 'unknown store "moon"', exitCode: 2 });
});
