import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { connectDbus } from "../../src/store/keychain/dbus.ts";
import { keychainStore } from "../../src/store/keychain/keychain.ts";
import type { KeychainError } from "../../src/store/keychain/keychain-error.ts";
import { secretService, servicePath } from "../../src/store/keychain/secret-service.ts";
import { stateOfKeychain } from "../../src/store/store-state.ts";
import { systemClock } from "../../src/system/clock.ts";
import { type Keyring, keyringSkip, startKeyring } from "../support/keyring.ts";
import { carryOut, type KeyringOptions, type KeyringStep } from "../support/keyring-steps.ts";

const item = { name: "session/a", label: "session of a" };
const other = { name: "session/b", label: "session of b" };
const DISPLAY = ":99";

/** Steps on a connection of their own. */
async function run(
  { home, environment }: Keyring,
  steps: readonly KeyringStep[],
  {
    env = {},
    now = Date.now(),
    ...options
  }: KeyringOptions & { env?: Record<string, string>; now?: number } = {},
) {
  const told: string[] = [];
  const store = keychainStore({
    service: "aws-as",
    folder: join(home, "index"),
    platform: "linux",
    environment: { ...environment, ...env },
    userId: userInfo().uid,
    clock: { ...systemClock, now: () => now },
    tell: (sentence) => told.push(sentence),
    ...options,
  });
  return { outcomes: await carryOut(store, steps), told };
}

test("KeePassXC as it comes asks once for an item on one connection, whatever is done with it", {
  skip: keyringSkip("keepassxc"),
}, async (t) => {
  const keyring = await startKeyring("unlocked", "keepassxc", { confirms: true });
  t.after(() => keyring.stop());
  const env = { DISPLAY };
  assert.deepEqual((await run(keyring, [["write", item, "one"]])).outcomes, [{}]);
  // Return is what the window offers.
  await keyring.answerQuestions("");
  const steps: KeyringStep[] = [
    ["read", item.name],
    ["write", item, "two"],
    ["read", item.name],
  ];
  const allowed = await run(keyring, steps, { env });
  assert.deepEqual(allowed.outcomes, [{ value: "one" }, {}, { value: "two" }]);
  assert.deepEqual(allowed.told, ["the keychain asks whether aws-as may have this; allow it in its window"]);
  assert.equal(keyring.questions(), 1);

  const { environment, home } = keyring;
  const where = { platform: "linux", environment, home, userId: userInfo().uid };
  const { kind, asksUnless = "" } = await stateOfKeychain(where);
  assert.equal(kind, "ready");
  assert.match(asksUnless, /Confirm when passwords are retrieved/);

  await keyring.answerQuestions("dismiss");
  const { outcomes } = await run(keyring, [["remove", item.name], ["list"]], { env });
  assert.equal(outcomes[0]?.error?.kind, "cancelled", JSON.stringify(outcomes));
  assert.match(outcomes[0]?.error?.message ?? "", /^could not remove the session of a: /);
  assert.deepEqual(outcomes[1], { value: [item] });
  assert.deepEqual(await keyring.labels(), ["aws-as: session of a"]);

  // What ended stays where a person would have to be asked about it.
  await keyring.answerQuestions("");
  await run(keyring, [["write", { ...item, expiresAt: 1 }, "three"]], { env, now: 0 });
  await keyring.answerQuestions("ignore");
  const tidied = await run(keyring, [["write", other, "{}"]], { env });
  assert.deepEqual([tidied.outcomes, tidied.told, keyring.questions()], [[{}], [], 0]);

  await keyring.answerQuestions("");
  const removed = await run(keyring, [["remove", item.name], ["remove", other.name], ["list"]], { env });
  assert.deepEqual(removed.outcomes, [{ value: true }, { value: true }, { value: [] }]);
  assert.deepEqual(await keyring.labels(), []);
});

test("of several items the one written last counts, and it is written where the item is", {
  skip: keyringSkip(),
}, async (t) => {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const address = keyring.environment["DBUS_SESSION_BUS_ADDRESS"]?.slice("unix:path=".length) ?? "";
  const secrets = secretService(address, userInfo().uid, "aws-as");
  t.after(() => secrets.close());
  await secrets.search(item.name);
  /** gnome-keyring has a second keyring, `session`, which is always open. */
  const store = async (text: string, collection: string) => {
    const label = ["org.freedesktop.Secret.Item.Label", ["s", collection]];
    const attributes = ["org.freedesktop.Secret.Item.Attributes", ["a{ss}", secrets.attributesOf(item.name)]];
    const secret = [await secrets.session(), Buffer.alloc(0), Buffer.from(`aws-as 1\n${text}`), "text/plain"];
    const body = [[label, attributes], secret, true];
    await secrets.ask(`${servicePath}/${collection}`, "Collection", "CreateItem", "a{sv}(oayays)b", body);
  };
  await store("elsewhere", "collection/session");
  assert.deepEqual(
    (
      await run(keyring, [
        ["read", item.name],
        ["write", item, "again"],
      ])
    ).outcomes,
    [{ value: "elsewhere" }, {}],
  );
  assert.deepEqual(await keyring.labels(), ["collection/session"]);
  await nextSecond();
  await store("default, later", "aliases/default");
  assert.deepEqual((await run(keyring, [["read", item.name]])).outcomes, [{ value: "default, later" }]);
  await nextSecond();
  await store("session, later", "collection/session");
  const { outcomes } = await run(keyring, [
    ["read", item.name],
    ["write", item, "last"],
    ["read", item.name],
    ["remove", item.name],
  ]);
  assert.deepEqual(outcomes, [{ value: "session, later" }, {}, { value: "last" }, { value: true }]);
  assert.deepEqual(await keyring.labels(), []);
});

/** Services note when an item was written in whole seconds. */
async function nextSecond(): Promise<void> {
  const now = () => Math.floor(Date.now() / 1000);
  for (const start = now(); now() === start; ) await new Promise((resolve) => setTimeout(resolve, 20));
}

for (const program of ["gnome-keyring", "kwallet"] as const) {
  test(`${program} without any keyring: a miss says so, and a person may make one or not`, {
    skip: keyringSkip(program),
  }, async (t) => {
    const keyring = await startKeyring("new", program);
    t.after(() => keyring.stop());
    const kindsOf = async (
      ...[steps, options]: [KeyringStep[], KeyringOptions & { env?: Record<string, string> }]
    ) => (await run(keyring, steps, options)).outcomes.map(({ error }) => error?.kind);
    assert.deepEqual(await kindsOf([["read", item.name]], {}), ["no-collection"]);
    assert.deepEqual(await kindsOf([["remove", item.name]], {}), [undefined]);
    const env = { DISPLAY };
    assert.deepEqual(await kindsOf([["read", item.name]], { env, mayMakeKeyring: () => false }), [
      "no-collection",
    ]);
    // KWallet's wizard comes up in a whole session of KDE only.
    if (program !== "gnome-keyring") return;
    await keyring.answerQuestions("dismiss");
    assert.deepEqual(await kindsOf([["read", item.name]], { env, personLimitMs: 20_000 }), ["cancelled"]);
    await keyring.answerQuestions("a new password");
    const made = await run(
      keyring,
      [
        ["read", item.name],
        ["write", item, "{}"],
        ["read", item.name],
      ],
      { env },
    );
    assert.deepEqual(made.outcomes, [{}, {}, { value: "{}" }]);
    assert.equal(made.told.length, 1);
  });
}

for (const [name, hint] of [
  ["org.kde.kwalletd5", /apiEnabled/],
  ["org.keepassxc.KeePassXC.MainWindow", /KeePassXC's settings/],
  ["org.example.Other", /KeePassXC.*apt install gnome-keyring/],
] as const) {
  test(`with ${name} on the bus and no Secret Service, the hint is about it`, {
    skip: keyringSkip(),
  }, async (t) => {
    const keyring = await startKeyring("none");
    t.after(() => keyring.stop());
    const bus = connectDbus(keyring.environment["DBUS_SESSION_BUS_ADDRESS"]?.slice(10) ?? "", userInfo().uid);
    t.after(() => bus.close());
    const driver = "org.freedesktop.DBus";
    const call = {
      destination: driver,
      path: "/",
      interface: driver,
      member: "RequestName",
      signature: "su",
    };
    await bus.call({ ...call, body: [name, 0] });
    const { outcomes } = await run(keyring, [["read", item.name]]);
    assert.equal(outcomes[0]?.error?.kind, "no-service");
    assert.match(outcomes[0]?.error?.hints?.[0] ?? "", hint);
  });
}

test("a bus that only libsecret can reach, and that hangs, holds no thread of ours", {
  skip: keyringSkip(),
}, async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const store = keychainStore({
    service: "aws-as",
    folder: "/nonexistent",
    platform: "linux",
    environment: { DBUS_SESSION_BUS_ADDRESS: `tcp:host=127.0.0.1,port=${port}`, HOME: "/nonexistent" },
    userId: userInfo().uid,
    clock: systemClock,
    timeLimitMs: 2000,
    program: { node: process.execPath, script: import.meta.filename },
  });
  await assert.rejects(store.read("a"), (error: KeychainError) => error.kind === "hanging");
  assert.equal(store.stuck, false);
});
