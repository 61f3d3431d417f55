import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { keychainStore } from "../../src/store/keychain/keychain.ts";
import type { StoredItem } from "../../src/store/secret-store.ts";
import { stateOfKeychain } from "../../src/store/store-state.ts";
import { systemClock } from "../../src/system/clock.ts";
import { type Keyring, keyringSkip, startKeyring } from "./keyring.ts";

import type { KeyringProgram } from "./keyring-programs.ts";
import { runOnKeychain } from "./keyring-run.ts";
import { carryOut, type KeyringOptions, type KeyringOutcome, type KeyringStep } from "./keyring-steps.ts";

/** What came of steps, and what the person was told. */
interface Report {
  readonly outcomes: readonly KeyringOutcome[];
  readonly told: readonly string[];
}

const kinds = ({ outcomes }: Report): (string | undefined)[] =>
  outcomes.map(({ error }) => error?.kind ?? error?.message);

/** For a child that has a display: whether there is a variable is all that it looks at. */
const DISPLAY = ":99";

const hints: Readonly<Record<KeyringProgram, RegExp>> = {
  "gnome-keyring": /seahorse/,
  kwallet: /kwalletmanager/,
  keepassxc: /KeePassXC/,
};

/** What the store does on a program that serves secrets, unlocked or not, as far as it is the same on all of them. */
export function keychainSuite(program: KeyringProgram): void {
  const skip = keyringSkip(program);
  let started: Promise<Keyring> | undefined;
  // One for all tests of a file, which take a second to start; each test has items of its own.
  const keyring = (): Promise<Keyring> => {
    started ??= startKeyring("unlocked", program);
    return started;
  };
  test.after(async () => (await started)?.stop());

  const on = (what: string, body: (it: Scene, t: TestContext) => Promise<void>): void => {
    test(`${program}: ${what}`, { skip }, async (t) => {
      const name = randomUUID().slice(0, 8);
      const its = await keyring();
      const folder = join(its.home, name);
      const run: Scene["run"] = async (steps, options = {}, env = {}, onTold = () => undefined) => {
        const told: string[] = [];
        const store = keychainStore({
          service: "aws-as",
          folder,
          platform: "linux",
          environment: { ...its.environment, ...env },
          userId: userInfo().uid,
          clock: systemClock,
          tell: (sentence) => {
            told.push(sentence);
            onTold();
          },
          loadKeytar: () => Promise.reject(new Error("keytar must not be loaded here")),
          ...options,
        });
        return { outcomes: await carryOut(store, steps), told };
      };
      await body({ keyring: its, folder, name, item: { name, label: `session of ${name}/x` }, run }, t);
    });
  };
  /** Locks it, and has it unlocked in the end for the next test. */
  const locked = async ({ keyring: its, run }: Scene, t: TestContext): Promise<void> => {
    await its.lock();
    t.after(async () => {
      await its.answerQuestions("test password");
      const { outcomes } = await run([["read", "anything"]], { personLimitMs: 20_000 }, { DISPLAY });
      assert.equal(outcomes[0]?.error, undefined, JSON.stringify(outcomes));
    });
  };

  on("what one process writes another reads, writes again without a question, and removes", async (it) => {
    for (const value of ["{}", "x".repeat(6000), 'é☃𐍈 "b"\n\t\u0001\\']) {
      assert.deepEqual((await it.run([["write", it.item, value]])).outcomes, [{}]);
      const read = await it.run([["read", it.name], ["list"]]);
      assert.deepEqual(read.outcomes, [{ value }, { value: [it.item] }]);
      assert.deepEqual(read.told, []);
    }
    assert.deepEqual(await it.keyring.labels(it.name), [`aws-as: ${it.item.label}`]);
    const { outcomes } = await it.run([
      ["remove", it.name],
      ["read", it.name],
      ["remove", it.name],
      ["list"],
    ]);
    assert.deepEqual(outcomes, [{ value: true }, {}, { value: false }, { value: [] }]);
    assert.deepEqual(await it.keyring.labels(it.name), []);
  });

  on("a document of several parts is replaced and removed without leaving any", async (it) => {
    const long = (letter: string): string => letter.repeat(700);
    const { outcomes } = await it.run(
      [
        ["write", it.item, long("a")],
        ["read", it.name],
        ["write", it.item, long("☃")],
        ["read", it.name],
        ["remove", it.name],
        ["read", it.name],
      ],
      { partLimit: 500 },
    );
    assert.deepEqual(outcomes, [{}, { value: long("a") }, {}, { value: long("☃") }, { value: true }, {}]);
    assert.deepEqual(await it.keyring.labels(it.name), []);
  });

  on("libsecret reads what was written, and what keytar wrote is found", async (it) => {
    const env = it.keyring.environment;
    const attributes = ["service", "aws-as", "account", it.name];
    await it.run([["write", it.item, "ours"]]);
    const { stdout } = spawnSync("secret-tool", ["lookup", ...attributes], { env, encoding: "utf8" });
    assert.equal(stdout, "aws-as 1\nours");
    await it.run([["remove", it.name]]);
    const throughKeytar = { folder: it.folder, options: { platform: "other" } };
    const steps: KeyringStep[] = [["write", it.item, "theirs"]];
    assert.deepEqual((await runOnKeychain(env, { ...throughKeytar, steps })).outcomes, [{}]);
    const { outcomes } = await it.run([
      ["read", it.name],
      ["write", it.item, "again"],
      ["read", it.name],
    ]);
    assert.deepEqual(outcomes, [{ value: "theirs" }, {}, { value: "again" }]);
    await it.run([["remove", it.name]]);
    // As aws-as once did after each write, which moves KWallet's items into another folder.
    await runOnKeychain(env, { ...throughKeytar, steps: [["write", it.item, "moved"]] });
    await it.keyring.setLabel(it.name, "aws-as: session of x");
    assert.deepEqual((await it.run([["read", it.name]])).outcomes, [{ value: "moved" }]);
    assert.deepEqual((await it.run([["remove", it.name]])).outcomes, [{ value: true }]);
  });

  on("an item that is not of this kind is damaged, and is not absent", async (it) => {
    const generic = "org.freedesktop.Secret.Generic";
    const words = ["store", "--label=x", "xdg:schema", generic, "service", "aws-as", "account", it.name];
    spawnSync("secret-tool", words, { env: it.keyring.environment, input: "something else" });
    const { outcomes } = await it.run([["read", it.name]]);
    assert.match(outcomes[0]?.error?.message ?? "", /is damaged, or another program's/);
    assert.deepEqual((await it.run([["remove", it.name]])).outcomes, [{ value: true }]);
  });

  on(
    "locked, with nobody to ask: every call is told so, also for items that are not there",
    async (it, t) => {
      await it.run([["write", it.item, "{}"]]);
      await locked(it, t);
      const steps: readonly KeyringStep[] = [
        ["read", it.name],
        ["remove", it.name],
        ["write", it.item, "[]"],
        ["read", "not there"],
        ["remove", "not there"],
      ];
      for (const step of steps) {
        const { outcomes } = await it.run([step], { timeLimitMs: 900 });
        assert.equal(outcomes[0]?.error?.kind, "locked", `${step[0]}: ${JSON.stringify(outcomes)}`);
        assert.match(outcomes[0]?.error?.hints?.[0] ?? "", hints[program]);
      }
      assert.deepEqual((await it.run([["list"]])).outcomes, [{ value: [it.item] }]);
      const { environment, home } = it.keyring;
      const where = { platform: "linux", environment, home, userId: userInfo().uid };
      const state = await stateOfKeychain(where);
      assert.equal(state.kind, "locked");
      assert.match(state.opens ?? "", hints[program]);
    },
  );

  on("a person unlocks it, whichever call comes first, and is told what is waited for", async (it, t) => {
    await it.run([["write", it.item, "{}"]]);
    const steps: readonly KeyringStep[] = [
      ["read", it.name],
      ["write", it.item, "[]"],
      ["remove", it.name],
    ];
    for (const step of steps) {
      await locked(it, t);
      // Whoever answers before they are told leaves nothing to tell them.
      let onTold = () => {};
      const told = new Promise<void>((resolve) => {
        onTold = resolve;
      });
      await it.keyring.answerQuestions("test password", told);
      const limits = { timeLimitMs: 900, personLimitMs: 20_000 };
      const run = await it.run([step], limits, { DISPLAY }, onTold);
      assert.deepEqual(kinds(run), [undefined], JSON.stringify(run));
      assert.equal(it.keyring.questions(), 1, step[0]);
      assert.match(
        run.told.join(),
        /^the keychain is (locked; unlock|asking; answer) it in (its|the) window[^,]*$/,
      );
    }
  });

  on(
    "a question that is dismissed is a refusal for the whole run, and nothing is asked twice",
    async (it, t) => {
      await locked(it, t);
      await it.keyring.answerQuestions("dismiss");
      const steps: KeyringStep[] = [
        ["read", it.name],
        ["write", it.item, "{}"],
      ];
      const run = await it.run(steps, { timeLimitMs: 900, personLimitMs: 20_000 }, { DISPLAY });
      assert.deepEqual(kinds(run), ["cancelled", "cancelled"], JSON.stringify(run));
      // A search that KeePassXC is late with is announced too.
      assert.equal(new Set(run.told).size, run.told.length, JSON.stringify(run.told));
      assert.equal(it.keyring.questions(), 1);
    },
  );

  on("a question that is left alone ends in time, and so does the process", async (it, t) => {
    await locked(it, t);
    await it.keyring.answerQuestions("ignore");
    const began = performance.now();
    const steps: KeyringStep[] = [
      ["read", it.name],
      ["remove", it.name],
    ];
    const run = await it.run(steps, { timeLimitMs: 900, personLimitMs: 1000 }, { DISPLAY });
    assert.deepEqual(kinds(run), ["locked", "locked"], JSON.stringify(run));
    assert.match(
      run.outcomes[0]?.error?.message ?? "",
      /nobody (unlocked it|answered its question) within 1 s/,
    );
    assert.ok(performance.now() - began < 20_000);
    assert.ok(it.keyring.questions() <= 1);
  });

  on(
    "killed with its question up, the wait ends at once; the next call is told that there is none",
    async (it) => {
      await it.run([["write", it.item, "kept"]]);
      await it.keyring.written();
      await it.keyring.lock();
      await it.keyring.answerQuestions("ignore");
      const running = it.run([["read", it.name]], { timeLimitMs: 900 }, { DISPLAY });
      await it.keyring.asked();
      const began = performance.now();
      await it.keyring.killDaemon();
      const run = await running;
      assert.deepEqual(kinds(run), ["ended"], JSON.stringify(run));
      assert.ok(performance.now() - began < 10_000);
      assert.deepEqual(kinds(await it.run([["read", it.name]])), ["no-service"]);
      await it.keyring.restartUnlocked();
      assert.deepEqual((await it.run([["read", it.name]])).outcomes, [{ value: "kept" }]);
    },
  );

  on("frozen, it costs the time limit once", async (it) => {
    it.keyring.freeze();
    const run = await it.run([["read", it.name], ["write", it.item, "{}"], ["list"]], { timeLimitMs: 900 });
    it.keyring.thaw();
    assert.deepEqual(kinds(run), ["hanging", "hanging", undefined], JSON.stringify(run));
  });
}

interface Scene {
  readonly keyring: Keyring;
  /** Of the index. */
  readonly folder: string;
  /** Of the item, which no other test has. */
  readonly name: string;
  readonly item: StoredItem;
  /** On a connection of its own, as another process has it. */
  run(
    steps: readonly KeyringStep[],
    options?: KeyringOptions,
    env?: Readonly<Record<string, string>>,
    onTold?: () => void,
  ): Promise<Report>;
}
