import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { stateOfFile, stateOfKeychain, stateOfPass } from "../../src/store/store-state.ts";
import { UserError } from "../../src/system/user-error.ts";
import { type Keyring, keyringSkip, startKeyring } from "../support/keyring.ts";

const skip = keyringSkip();

async function keychain(t: TestContext, daemon?: Parameters<typeof startKeyring>[0]) {
  const keyring = await startKeyring(daemon);
  t.after(() => keyring.stop());
  const where = {
    platform: "linux",
    environment: keyring.environment,
    home: keyring.home,
    userId: userInfo().uid,
    timeLimitMs: 500,
  };
  return { keyring, state: () => stateOfKeychain(where) };
}

const cases: [string, Parameters<typeof startKeyring>[0], (keyring: Keyring) => unknown, string, RegExp][] = [
  ["is ready", "unlocked", () => undefined, "ready", /^$/],
  ["is locked", "unlocked", (keyring) => keyring.lock(), "locked", /^the keychain is locked$/],
  ["has no keyring yet", "new", () => undefined, "not-set-up", /no default keyring/],
  ["is not on the bus", "none", () => undefined, "absent", /no Secret Service/],
  ["hangs", "unlocked", (keyring) => keyring.freeze(), "broken", /did not answer in time .*within 0\.5 s/],
];
for (const [what, daemon, prepare, kind, because] of cases) {
  test(`it is told when the keychain ${what}, and nobody is asked`, { skip }, async (t) => {
    const { keyring, state } = await keychain(t, daemon);
    await prepare(keyring);
    await keyring.answerQuestions("test password");
    const found = await state();
    keyring.thaw();
    assert.equal(found.kind, kind);
    assert.match(found.because ?? "", because);
    assert.equal(keyring.questions(), 0);
  });
}

test("it is told when there is no session bus, and that others do not tell", async () => {
  const where = { platform: "linux", environment: {}, home: "/nonexistent", userId: 1 };
  assert.equal((await stateOfKeychain(where)).kind, "absent");
  assert.deepEqual(await stateOfKeychain({ ...where, platform: "darwin" }), { kind: "ready" });
});

test("it is told what pass lacks", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "aws-as-pass-"));
  t.after(() => rmSync(home, { recursive: true }));
  const where = { platform: "linux", environment: { PATH: home }, home };
  const install = (name: string) => writeFileSync(join(home, name), "", { mode: 0o755 });
  assert.deepEqual(await stateOfPass(where), { kind: "absent", because: "pass is not installed" });
  install("pass");
  assert.deepEqual(await stateOfPass(where), { kind: "absent", because: "gpg is not installed" });
  install("gpg2");
  assert.deepEqual(await stateOfPass(where), {
    kind: "not-set-up",
    because: `the password store "${join(home, ".password-store")}" is not initialised`,
  });
  const elsewhere = { ...where, environment: { PATH: home, PASSWORD_STORE_DIR: join(home, "mine") } };
  mkdirSync(join(home, "mine", "aws-as"), { recursive: true });
  writeFileSync(join(home, "mine", "aws-as", ".gpg-id"), "X\n");
  assert.deepEqual(await stateOfPass(elsewhere), { kind: "ready" });
  assert.equal((await stateOfPass({ ...elsewhere, passPrefix: "work/aws" })).kind, "not-set-up");
});

test("it is told when the file store cannot be looked into", async () => {
  assert.deepEqual(await stateOfFile(() => Promise.reject(new UserError("others can write there"))), {
    kind: "broken",
    because: "others can write there",
  });
});
