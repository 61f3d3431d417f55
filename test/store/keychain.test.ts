import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  type KeychainOptions,
  type KeychainStore,
  keychainStore,
} from "../../src/store/keychain/keychain.ts";
import type { KeychainError } from "../../src/store/keychain/keychain-error.ts";
import type { Keytar } from "../../src/store/keychain/keytar.ts";
import { ItemDamaged } from "../../src/store/secret-store.ts";
import { systemClock } from "../../src/system/clock.ts";
import { asManyAsFit, type Scope } from "../support/as-many-as-fit.ts";
import { type Keyring, keyringSkip, startKeyring } from "../support/keyring.ts";
import type { KeyringReport } from "../support/keyring-child.ts";
import { runOnKeychain } from "../support/keyring-run.ts";
import type { KeyringOutcome, KeyringStep } from "../support/keyring-steps.ts";
import { unixOnly } from "../support/unix-only.ts";

const skip = keyringSkip();
const item = { name: "session/a", label: "session of a", expiresAt: 4_000_000_000_000 };
const other = { name: "session/b", label: "session of b" };

const listedItems = ({ outcomes }: KeyringReport): { name: string }[] =>
  (outcomes.at(-1)?.value ?? []) as { name: string }[];

async function keyringFor(t: Scope, daemon?: "new" | "none"): Promise<Keyring & { folder: string }> {
  const keyring = await startKeyring(daemon);
  t.after(() => keyring.stop());
  return { ...keyring, folder: join(keyring.home, ".aws/aws-as/index") };
}

const kinds = (outcomes: readonly KeyringOutcome[]): (string | undefined)[] =>
  outcomes.map(({ error }) => error?.kind ?? error?.message);

test("a document comes back as it was written, also long and in every alphabet", { skip }, async (t) => {
  const { environment, folder } = await keyringFor(t);
  for (const value of [
    "{}",
    "",
    "x".repeat(3000),
    "é☃𐍈".repeat(10_000),
    'a "b"\n\t\u0001\\',
    "y".repeat(100_000),
  ]) {
    const { outcomes } = await runOnKeychain(environment, {
      folder,
      steps: [
        ["write", item, value],
        ["read", item.name],
      ],
    });
    assert.deepEqual(outcomes, [{}, { value }]);
  }
});

test("reading needs keytar neither for a hit nor for a miss", { skip }, async (t) => {
  const { environment, folder } = await keyringFor(t);
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  const { outcomes } = await runOnKeychain(environment, {
    folder,
    forbidKeytar: true,
    steps: [
      ["read", item.name],
      ["read", other.name],
      ["remove", other.name],
    ],
  });
  assert.deepEqual(outcomes, [{ value: "{}" }, {}, { value: false }]);
});

test("keytar itself reads what was written", { skip }, async (t) => {
  const { environment, folder } = await keyringFor(t);
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  // As on another platform, nothing is asked directly.
  const { outcomes } = await runOnKeychain(environment, {
    folder,
    options: { platform: "other" },
    steps: [
      ["read", item.name],
      ["remove", item.name],
      ["read", item.name],
    ],
  });
  assert.deepEqual(outcomes, [{ value: "{}" }, { value: true }, {}]);
});

test("listing gives names, labels and ends without asking the keychain", { skip }, async (t) => {
  const { environment, folder } = await keyringFor(t);
  const steps: KeyringStep[] = [
    ["write", item, "{}"],
    ["write", other, "{}"],
  ];
  await runOnKeychain(environment, { folder, steps });
  const listed = await runOnKeychain({}, { folder, forbidKeytar: true, steps: [["list"]] });
  const names = listedItems(listed).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(names, [item, other]);
  await runOnKeychain(environment, { folder, steps: [["remove", item.name]] });
  const after = await runOnKeychain({}, { folder, steps: [["list"]] });
  assert.deepEqual(after.outcomes, [{ value: [other] }]);
});

test("long documents are split, replaced and removed without leaving parts", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  const long = (letter: string): string => letter.repeat(2000);
  const { outcomes } = await runOnKeychain(environment, {
    folder,
    options: { partLimit: 200 },
    steps: [
      ["write", item, long("a")],
      ["read", item.name],
      ["write", item, long("b")],
      ["read", item.name],
      ["write", item, "short"],
      ["read", item.name],
      ["list"],
      ["remove", item.name],
      ["read", item.name],
    ],
  });
  assert.deepEqual(outcomes, [
    {},
    { value: long("a") },
    {},
    { value: long("b") },
    {},
    { value: "short" },
    { value: [item] },
    { value: true },
    {},
  ]);
  assert.deepEqual(await keyring.labels(), []);
});

test("a keychain app shows what an item is, also after it was written again", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  const steps: KeyringStep[] = [["write", item, "{}"]];
  for (let time = 0; time < 2; time += 1) {
    await runOnKeychain(environment, { folder, steps });
    assert.deepEqual(await keyring.labels(), ["aws-as: session of a"]);
  }
});

test("many processes write and read at once, and nothing is lost or mixed", { skip }, (t) =>
  asManyAsFit(t, [100, 12, 8], (size, scope) => crowdOnKeyring(size, scope)),
);

async function crowdOnKeyring(size: number, t: Scope): Promise<void> {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  const text = (writer: number): string => `${writer}.`.repeat(250);
  const writers = Array.from({ length: size }, (_, writer) => writer);
  const whole = new Set(writers.map(text));
  const runs = await Promise.all(
    writers.map((writer) =>
      runOnKeychain(environment, {
        folder,
        options: { partLimit: 500, timeLimitMs: 60_000 },
        steps: [
          ["write", { name: `own/${writer}`, label: "own" }, text(writer)],
          ["read", item.name],
          ["write", writer % 5 === 0 ? item : { name: `own/${writer}`, label: "own" }, text(writer)],
          ["read", item.name],
          ["read", `own/${writer}`],
        ],
      }),
    ),
  );
  assert.equal(keyring.crashed(), false);
  for (const [writer, { outcomes }] of runs.entries()) {
    assert.deepEqual(kinds(outcomes), [undefined, undefined, undefined, undefined, undefined]);
    assert.deepEqual(outcomes[4], { value: text(writer) });
    for (const at of [1, 3]) {
      const value = outcomes[at]?.value;
      assert.ok(value === undefined || whole.has(value as string), `a torn document: ${value}`);
    }
  }
  const after = await runOnKeychain(environment, { folder, steps: [["read", item.name], ["list"]] });
  assert.ok(whole.has(after.outcomes[0]?.value as string));
  assert.equal(listedItems(after).length, size + 1);
}

test("a locked keyring is not an empty one", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  await keyring.lock();
  const locked = (steps: readonly KeyringStep[]): ReturnType<typeof runOnKeychain> =>
    runOnKeychain(environment, { folder, steps });
  assert.deepEqual(kinds((await locked([["read", item.name]])).outcomes), ["locked"]);
  assert.deepEqual(kinds((await locked([["remove", item.name]])).outcomes), ["locked"]);
  assert.deepEqual(kinds((await locked([["write", item, "{}"]])).outcomes), ["locked"]);
  assert.deepEqual(kinds((await locked([["write", other, "{}"]])).outcomes), ["locked"]);
  // What is got for an item that is not there could not be written, which is better known before a code is spent.
  assert.deepEqual(kinds((await locked([["read", other.name]])).outcomes), ["locked"]);
});

test("a daemon that starts locked is locked too", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  await keyring.killDaemon();
  assert.deepEqual(
    kinds((await runOnKeychain(environment, { folder, steps: [["read", item.name]] })).outcomes),
    ["no-service"],
  );
  await keyring.restartLocked();
  assert.deepEqual(
    kinds((await runOnKeychain(environment, { folder, steps: [["read", item.name]] })).outcomes),
    ["locked"],
  );
});

test("with a display the person is asked once, and a refusal counts for the whole run", {
  skip,
}, async (t) => {
  const keyring = await keyringFor(t);
  const environment = { ...keyring.environment, DISPLAY: ":99" };
  const { folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  await keyring.answerQuestions("dismiss");
  await keyring.lock();
  const { outcomes, told } = await runOnKeychain(environment, {
    folder,
    steps: [
      ["read", item.name],
      ["write", item, "{}"],
    ],
  });
  assert.deepEqual(kinds(outcomes), ["cancelled", "cancelled"]);
  assert.equal(told.length, 1);
  assert.equal(keyring.questions(), 1);
});

test("with a display a person can unlock the keyring, for reading and for writing", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const environment = { ...keyring.environment, DISPLAY: ":99" };
  const { folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  await keyring.answerQuestions("test password");
  for (const step of [
    ["read", item.name],
    ["write", item, "{}"],
    ["write", other, "{}"],
    ["remove", item.name],
  ] as const) {
    await keyring.lock();
    const asked = keyring.questions();
    const run = await runOnKeychain(environment, { folder, steps: [step] });
    assert.deepEqual(kinds(run.outcomes), [undefined], step[0]);
    assert.equal(keyring.questions(), asked + 1);
    assert.equal(run.told.length, 1);
  }
});

test("a person who dismisses the window has refused", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const environment = { ...keyring.environment, WAYLAND_DISPLAY: "wayland-0" };
  const { folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  await keyring.lock();
  await keyring.answerQuestions("dismiss");
  const run = await runOnKeychain(environment, { folder, steps: [["read", item.name]] });
  assert.deepEqual(kinds(run.outcomes), ["cancelled"]);
  assert.equal(keyring.questions(), 1);
});

test("where no keyring was ever made, a person can make one", { skip }, async (t) => {
  const keyring = await keyringFor(t, "new");
  const environment = { ...keyring.environment, DISPLAY: ":99" };
  await keyring.answerQuestions("a new password");
  const { folder } = keyring;
  const run = await runOnKeychain(environment, {
    folder,
    steps: [
      ["write", item, "{}"],
      ["read", item.name],
    ],
  });
  assert.deepEqual(run.outcomes, [{}, { value: "{}" }]);
  assert.equal(run.told.length, 1);
});

test("a question that nobody answers ends in time, and the process too", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const environment = { ...keyring.environment, DISPLAY: ":99" };
  const { folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  await keyring.lock();
  await keyring.answerQuestions("ignore");
  const run = await runOnKeychain(environment, {
    folder,
    options: { personLimitMs: 500 },
    steps: [
      ["read", item.name],
      ["write", item, "{}"],
    ],
  });
  assert.deepEqual(kinds(run.outcomes), ["locked", "locked"]);
  assert.match(run.outcomes[0]?.error?.message ?? "", /nobody unlocked it within 0.5 s/);
  assert.equal(keyring.questions(), 1);
  assert.deepEqual([run.stuck, run.signal], [false, null]);
  // Nothing of this name is there, so only the keyring itself can be found locked.
  const write = await runOnKeychain(environment, {
    folder,
    options: { personLimitMs: 500 },
    steps: [["write", other, "{}"]],
  });
  assert.deepEqual(kinds(write.outcomes), ["locked"]);
  assert.deepEqual([write.stuck, write.signal], [false, null]);
});

test("a frozen daemon costs the time limit once, and the process ends", { skip }, async (t) => {
  const keyring = await keyringFor(t);
  const { environment, folder } = keyring;
  await runOnKeychain(environment, { folder, steps: [["write", item, "{}"]] });
  keyring.freeze();
  const run = await runOnKeychain(environment, {
    folder,
    options: { timeLimitMs: 300 },
    steps: [["read", item.name], ["write", item, "{}"], ["remove", item.name], ["list"]],
  });
  assert.deepEqual(kinds(run.outcomes).slice(0, 3), ["hanging", "hanging", "hanging"]);
  assert.deepEqual(run.outcomes[3], { value: [item] });
  assert.deepEqual([run.stuck, run.signal], [false, null]);
});

test("a call that is stuck inside keytar says so, and a signal still ends the process", {
  skip,
}, async (t) => {
  const keyring = await keyringFor(t);
  keyring.freeze();
  const run = await runOnKeychain(keyring.environment, {
    folder: keyring.folder,
    options: { timeLimitMs: 300, platform: "other" },
    steps: [["read", item.name]],
  });
  assert.deepEqual(kinds(run.outcomes), ["hanging"]);
  assert.deepEqual([run.stuck, run.signal], [true, "SIGKILL"]);
});

const without: readonly (readonly [
  string,
  "none" | "new",
  (keyring: Keyring) => Record<string, string>,
  string,
])[] = [
  ["no D-Bus session", "none", ({ home }) => ({ HOME: home }), "no-bus"],
  [
    "a bus address that leads nowhere",
    "none",
    ({ home }) => ({ HOME: home, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus" }),
    "no-bus",
  ],
  [
    "a bus address that only keytar can try",
    "none",
    ({ home }) => ({ HOME: home, DBUS_SESSION_BUS_ADDRESS: "tcp:host=127.0.0.1,port=1" }),
    "no-bus",
  ],
  ["a bus without a Secret Service", "none", ({ environment }) => ({ ...environment }), "no-service"],
  ["a daemon without a keyring", "new", ({ environment }) => ({ ...environment }), "no-collection"],
];
for (const [what, daemon, environmentOf, kind] of without) {
  test(`${what} is told as ${kind}`, { skip }, async (t) => {
    const keyring = await keyringFor(t, daemon);
    const run = await runOnKeychain(environmentOf(keyring), {
      folder: keyring.folder,
      steps: [["write", item, "{}"], ["list"]],
    });
    assert.deepEqual(run.outcomes[0]?.error?.kind, kind, run.outcomes[0]?.error?.message);
    assert.deepEqual(run.outcomes[1], { value: [] });
  });
}

/** A copy of keytar whose Linux binary names a library that does not exist, or is no binary at all. */
function brokenKeytar(t: TestContext, change: (binary: Buffer) => Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-keytar-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const package_ = dirname(dirname(new URL(import.meta.resolve("keytar")).pathname));
  const script = join(folder, "node_modules/keytar/lib/keytar.js");
  const name = `prebuilds/${process.platform}-${process.arch}/keytar.node`;
  const binary = join(folder, "node_modules/keytar", name);
  for (const file of [script, binary]) mkdirSync(dirname(file), { recursive: true });
  copyFileSync(join(package_, "lib/keytar.js"), script);
  writeFileSync(binary, change(readFileSync(join(package_, name))));
  return script;
}

const brokenBinaries: readonly (readonly [string, (binary: Buffer) => Buffer, string, RegExp])[] = [
  [
    "libsecret that is not installed",
    (binary) =>
      Buffer.from(binary.toString("latin1").replaceAll("libsecret-1.so", "libsecret-X.so"), "latin1"),
    "no-library",
    /libsecret-X\.so\.0: cannot open shared object/,
  ],
  ["a binary for another system", () => Buffer.from("MZ"), "no-addon", /file too short|invalid ELF/],
];
for (const [what, change, kind, words] of brokenBinaries) {
  test(`${what} is told as ${kind}, with the loader's words`, {
    skip: process.platform !== "linux",
  }, async (t) => {
    const run = await runOnKeychain(
      {},
      {
        folder: "/nonexistent",
        options: { platform: "other" },
        keytarFrom: brokenKeytar(t, change),
        steps: [["read", item.name]],
      },
    );
    assert.equal(run.outcomes[0]?.error?.kind, kind);
    assert.match(run.outcomes[0]?.error?.message ?? "", words);
  });
}

/** keytar on Windows as documented: 2560 bytes of UTF-8 an item, names compared without regard to case. */
function windowsKeytar(): Keytar & { readonly calls: string[]; readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  const calls: string[] = [];
  return {
    items,
    calls,
    getPassword: async (service, account) => {
      calls.push(`get ${account}`);
      return items.get(`${service}/${account}`.toLowerCase()) ?? null;
    },
    setPassword: async (service, account, password) => {
      calls.push(`set ${account}`);
      if (Buffer.byteLength(password) > 2560) throw new Error("The stub received bad data.");
      items.set(`${service}/${account}`.toLowerCase(), password);
    },
    deletePassword: async (service, account) => {
      calls.push(`delete ${account}`);
      return items.delete(`${service}/${account}`.toLowerCase());
    },
  };
}

function storeOn(t: TestContext, options: Partial<KeychainOptions>): KeychainStore & { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-index-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const index = join(folder, "index");
  const store = keychainStore({
    service: "aws-as",
    folder: index,
    platform: "win32",
    environment: {},
    clock: systemClock,
    ...options,
  });
  return Object.assign(store, { folder: index });
}

test("on Windows a document may be longer than a credential, and names may differ in case only", async (t) => {
  const keytar = windowsKeytar();
  const store = storeOn(t, { loadKeytar: async () => ({ default: keytar }) });
  const long = "☃".repeat(3000);
  await store.write({ name: "Dev", label: "Dev" }, long);
  await store.write({ name: "dev", label: "dev" }, "small");
  assert.equal(await store.read("Dev"), long);
  assert.equal(await store.read("dev"), "small");
  assert.equal(await store.remove("Dev"), true);
  assert.equal(await store.read("dev"), "small");
  assert.equal(keytar.items.size, 1);
});

test("the usual item costs exactly one keychain read, and no look at the index", async (t) => {
  const keytar = windowsKeytar();
  const store = storeOn(t, { loadKeytar: async () => keytar });
  await store.write(item, "x".repeat(2000));
  keytar.calls.length = 0;
  rmSync(store.folder, { recursive: true });
  writeFileSync(store.folder, "nobody can list this");
  await store.read(item.name);
  assert.deepEqual(keytar.calls, [`get ${item.name}`]);
});

test("a torn set is told as damaged", async (t) => {
  const keytar = windowsKeytar();
  const store = storeOn(t, { loadKeytar: async () => keytar });
  await store.write(item, "x".repeat(9000));
  const [part] = [...keytar.items.keys()].filter((key) => key.endsWith(".2"));
  keytar.items.delete(part ?? "");
  await assert.rejects(
    store.read(item.name),
    (error) => error instanceof ItemDamaged && /parts do not belong together/.test(error.message),
  );
});

test("a document that is replaced while it is read is read again", async (t) => {
  const keytar = windowsKeytar();
  const store = storeOn(t, { loadKeytar: async () => keytar });
  await store.write(item, "old".repeat(2000));
  let replaced = false;
  const original = keytar.getPassword;
  keytar.getPassword = async (service, account) => {
    if (account.includes("#") && !replaced) {
      replaced = true;
      const parts = [...keytar.items.keys()].filter((key) => key.includes("#"));
      await store.write(item, "new".repeat(2000));
      for (const part of parts) keytar.items.delete(part);
    }
    return await original(service, account);
  };
  assert.equal(await store.read(item.name), "new".repeat(2000));
});

test("items that ended over an hour ago are removed by a later write, a handful at a time", async (t) => {
  const keytar = windowsKeytar();
  let now = 1_000_000_000_000;
  const store = storeOn(t, {
    loadKeytar: async () => keytar,
    clock: { ...systemClock, now: () => now },
  });
  for (let number = 0; number < 8; number += 1) {
    await store.write({ name: `s${number}`, label: "s", expiresAt: now + 1000 }, "{}");
  }
  await store.write({ name: "key", label: "a long-term key" }, "{}");
  now += 3_500_000;
  await store.write({ name: "new", label: "new", expiresAt: now + 1e7 }, "{}");
  assert.equal(keytar.items.size, 10);
  now += 200_000;
  await store.write({ name: "new", label: "new", expiresAt: now + 1e7 }, "{}");
  assert.equal(keytar.items.size, 5);
  await store.write({ name: "new", label: "new", expiresAt: now + 1e7 }, "{}");
  assert.deepEqual([...keytar.items.keys()], ["aws-as/key", "aws-as/new"]);
});

test("parts that a killed writer left behind are removed by a later write", async (t) => {
  const keytar = windowsKeytar();
  let now = 1_000_000_000_000;
  const store = storeOn(t, {
    loadKeytar: async () => keytar,
    clock: { ...systemClock, now: () => now },
  });
  const original = keytar.setPassword;
  keytar.setPassword = async (service, account, password) => {
    if (account.endsWith(".3")) throw new Error("killed");
    await original(service, account, password);
  };
  await assert.rejects(store.write(item, "x".repeat(9000)), /killed/);
  assert.equal(keytar.items.size, 2);
  keytar.setPassword = original;
  now += 61_000;
  await store.write(item, "{}");
  assert.deepEqual([...keytar.items.keys()], [`aws-as/${item.name}`]);
});

test("the index is for this user only, and holds no secret", {
  ...unixOnly("modes of files"),
}, async (t) => {
  const keytar = windowsKeytar();
  const store = storeOn(t, { loadKeytar: async () => keytar });
  await store.write(item, '"canary"');
  const [file = ""] = readdirSync(store.folder);
  assert.equal(statSync(store.folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(store.folder, file)).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(join(store.folder, file), "utf8"), /canary/);
});

test("a missing or damaged index entry harms nothing but the list", async (t) => {
  const keytar = windowsKeytar();
  const store = storeOn(t, { loadKeytar: async () => keytar });
  await store.write(item, "{}");
  for (const file of readdirSync(store.folder)) writeFileSync(join(store.folder, file), '{"name":');
  assert.deepEqual(await store.list(), []);
  assert.equal(await store.read(item.name), "{}");
  await store.write(item, "{}");
  assert.deepEqual(await store.list(), [item]);
});

for (const [message, kind] of [
  ["User interaction is not allowed.", "locked"],
  ["The user name or passphrase you entered is not correct.", "denied"],
  ["User canceled the operation.", "cancelled"],
] as const) {
  test(`on macOS "${message}" is told as ${kind}, with the command that unlocks`, async (t) => {
    const failing = { ...windowsKeytar(), getPassword: () => Promise.reject(new Error(message)) };
    const store = storeOn(t, { platform: "darwin", loadKeytar: async () => ({ default: failing }) });
    await assert.rejects(store.read("a"), (error: KeychainError) => {
      assert.equal(error.kind, kind);
      assert.deepEqual(error.hints[0], "security unlock-keychain");
      return true;
    });
  });
}
