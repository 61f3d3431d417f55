import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { keychainStore } from "../../src/store/keychain/keychain.ts";
import type { KeychainError } from "../../src/store/keychain/keychain-error.ts";
import type { Keytar } from "../../src/store/keychain/keytar.ts";
import { systemClock } from "../../src/system/clock.ts";
import { type Keyring, keyringSkip, startKeyring } from "../support/keyring.ts";
import type { KeyringReport } from "../support/keyring-child.ts";
import { runOnKeychain } from "../support/keyring-run.ts";
import type { KeyringStep } from "../support/keyring-steps.ts";

const skip = keyringSkip();
const session = { name: "session/a", label: "session of a", expiresAt: 4_000_000_000_000 };
const key = { name: "long-term key AKIA", label: "long-term key" };
const long = (letter: string): string => letter.repeat(40_000);
const inParts = { partLimit: 200 };

async function keyringFor(t: TestContext): Promise<Keyring & { folder: string }> {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  return { ...keyring, folder: join(keyring.home, ".aws/aws-as/index") };
}

const kinds = ({ outcomes }: KeyringReport): (string | undefined)[] =>
  outcomes.map(({ error }) => error?.kind ?? error?.message);

/** Resolves when a document with many parts is being written. */
async function partsAreWritten(folder: string, setsBefore: number): Promise<void> {
  const sets = (): number => readdirSync(folder).filter((file) => file.endsWith(".parts")).length;
  while (!existsSync(folder) || sets() <= setsBefore) await delay(2);
  await delay(30);
}

test("a keyring that is killed between the parts of a long-term key ends the write, and the old key is whole", {
  skip,
}, async (t) => {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  const steps: KeyringStep[] = [["write", key, long("a")]];
  await runOnKeychain(environment, { folder, options: { partLimit: 10_000 }, steps });
  const writing = runOnKeychain(environment, {
    folder,
    options: inParts,
    steps: [["write", key, long("b")]],
  });
  await partsAreWritten(folder, 1);
  await keyring.killDaemon();
  const [kind] = kinds(await writing);
  // Between two calls there is nobody on the bus any more; during one it is the end of the call.
  assert.ok(kind === "ended" || kind === "no-service", kind);
  await keyring.restartUnlocked();
  const after = await runOnKeychain(environment, {
    folder,
    options: inParts,
    steps: [["read", key.name], ["write", key, "new"], ["read", key.name], ["list"]],
  });
  assert.deepEqual(after.outcomes, [{ value: long("a") }, {}, { value: "new" }, { value: [key] }]);
});

test("a keyring that locks itself between the parts of a write ends it as locked, and the old key is whole", {
  skip,
}, async (t) => {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", key, "old"]] });
  const writing = runOnKeychain(environment, {
    folder,
    options: inParts,
    steps: [["write", key, long("b")]],
  });
  await partsAreWritten(folder, 0);
  await keyring.lock();
  assert.deepEqual(kinds(await writing), ["locked"]);
  await keyring.killDaemon();
  await keyring.restartUnlocked();
  const { outcomes } = await runOnKeychain(environment, { folder, steps: [["read", key.name]] });
  assert.deepEqual(outcomes, [{ value: "old" }]);
});

for (const [what, kill] of [
  ["keyring", (keyring: Keyring) => keyring.killDaemon()],
  ["bus", (keyring: Keyring) => keyring.killBus()],
] as const) {
  for (const [verb, step] of [
    ["read", ["read", session.name]],
    ["write", ["write", session, "{}"]],
    ["removal", ["remove", session.name]],
  ] as const) {
    test(`a ${what} that dies during a ${verb} is told as such, with the command that helps`, {
      skip,
    }, async (t) => {
      const keyring = await keyringFor(t);
      const { environment, folder } = keyring;
      await runOnKeychain(environment, { folder, steps: [["write", session, "{}"]] });
      keyring.freeze();
      const running = runOnKeychain(environment, {
        folder,
        options: { timeLimitMs: 20_000 },
        steps: [step, ["list"]],
      });
      await keyring.connected();
      await kill(keyring);
      const run = await running;
      const [outcome, listed] = run.outcomes;
      assert.equal(outcome?.error?.kind, "ended", JSON.stringify(outcome));
      assert.equal(outcome?.error?.hints?.[0], "run the same command again");
      assert.deepEqual(listed, { value: [session] });
      assert.deepEqual([run.stuck, run.signal], [false, null]);
    });
  }
}

test("a question that nobody answers ends every kind of call in time, and a list asks nobody", {
  skip,
}, async (t) => {
  const keyring = await keyringFor(t);
  const environment = { ...keyring.environment, DISPLAY: ":99" };
  const { folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", session, "{}"]] });
  await keyring.answerQuestions("ignore");
  for (const step of [
    ["read", session.name],
    ["write", session, "[]"],
    ["remove", session.name],
  ] as const) {
    await keyring.lock();
    const run = await runOnKeychain(environment, { folder, options: { personLimitMs: 300 }, steps: [step] });
    assert.deepEqual(kinds(run), ["locked"], step[0]);
    assert.match(run.outcomes[0]?.error?.message ?? "", /nobody unlocked it within 0.3 s/);
    assert.deepEqual([run.stuck, run.signal], [false, null]);
  }
  const asked = keyring.questions();
  const list = await runOnKeychain(environment, { folder, steps: [["list"]] });
  assert.deepEqual(list.outcomes, [{ value: [session] }]);
  assert.equal(keyring.questions(), asked);
});

/** keytar over a map, and a store on it. */
function onMap(t: TestContext, changes: Partial<Keytar>, now = () => Date.now()) {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-index-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const items = new Map<string, string>();
  const keytar: Keytar = {
    getPassword: async (_service, account) => items.get(account) ?? null,
    setPassword: async (_service, account, text) => {
      items.set(account, text);
    },
    deletePassword: async (_service, account) => items.delete(account),
    ...changes,
  };
  const store = keychainStore({
    service: "aws-as",
    folder: join(folder, "index"),
    platform: "darwin",
    environment: {},
    clock: { ...systemClock, now },
    partLimit: 200,
    loadKeytar: async () => keytar,
  });
  return { items, keytar, store };
}

test("a long-term key is read back after it was written, and what does not come back is a failure", async (t) => {
  const { items, keytar, store } = onMap(t, {});
  await store.write(key, "whole");
  keytar.setPassword = async (_service, account, text) => {
    items.set(account, text.slice(0, -1));
  };
  await assert.rejects(store.write(key, "cut"), (error: KeychainError) => {
    assert.equal(error.kind, "failed");
    assert.match(error.message, /what was written does not come back/);
    return true;
  });
  // A session can be asked for again, so that the read is saved.
  await store.write(session, "cut");
});

test("the parts of a key are removed only after another whole copy was read back", async (t) => {
  let now = 1_700_000_000_000;
  const { items, keytar, store } = onMap(t, {}, () => now);
  await store.write(key, long("a").slice(0, 900));
  const before = new Map(items);
  now += 3_600_000;
  const { setPassword } = keytar;
  for (const fails of ["#", "key AKIA"]) {
    keytar.setPassword = async (service, account, text) => {
      if (account.includes(fails)) throw new Error("killed");
      await setPassword(service, account, text);
    };
    await assert.rejects(store.write(key, long("b").slice(0, 900)), /killed/);
    for (const [name, text] of before) assert.equal(items.get(name), text);
    assert.equal(await store.read(key.name), long("a").slice(0, 900));
    now += 3_600_000;
  }
  keytar.setPassword = setPassword;
  await store.write(key, "short");
  assert.deepEqual([...items.keys()], [key.name]);
});

test("a keychain item of a newer format is told, and is not absent", async (t) => {
  const { items, store } = onMap(t, {});
  items.set(key.name, "aws-as 2 something\nelse");
  await assert.rejects(store.read(key.name), /was written by a newer aws-as/);
});

test("tidying up never takes a session that was just written again", async (t) => {
  let now = 1_700_000_000_000;
  const { store, keytar } = onMap(t, {}, () => now);
  await store.write({ ...session, expiresAt: now + 1000 }, "old");
  now += 10_000_000;
  // Between the keychain and the index another process writes, and tidies up.
  const { setPassword } = keytar;
  let other: Promise<void> | undefined;
  keytar.setPassword = async (service, account, text) => {
    await setPassword(service, account, text);
    if (account === session.name) {
      other = store.write({ name: "session/b", label: "b", expiresAt: now + 1000 }, "{}");
      await delay(100);
    }
  };
  await store.write({ ...session, expiresAt: now + 1000 }, "new");
  await other;
  assert.equal(await store.read(session.name), "new");
});
