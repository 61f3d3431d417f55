import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type MasterKeyHolder, masterKeyIn } from "../../src/store/file/master-key.ts";
import { WrongPassphrase } from "../../src/store/file/passphrase.ts";
import type { SlotOptions } from "../../src/store/file/slots.ts";
import { sshAgent } from "../../src/store/ssh-agent/ssh-agent.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

const cost = { N: 1024, r: 8, p: 1 };
const agent = sshAgent({ socket: undefined, platform: "linux" });
const keyIn = (options: Pick<SlotOptions, "file" | "passphrase" | "cost">): MasterKeyHolder =>
  masterKeyIn({ ...options, clock: systemClock, agent });
const given = (text: string) => async (): Promise<Secret> => new Secret(text);

function fileFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-key-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "master-key.json");
}

type Slot = Record<string, unknown>;
function editSlot(file: string, change: (slot: Slot) => unknown): void {
  const content = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...content, slots: content.slots.map(change) }));
}

test("the key is random, and the same again for the same passphrase", async (t) => {
  const file = fileFor(t);
  const made = await keyIn({ file, passphrase: given("one"), cost }).openOrCreate();
  const opened = await keyIn({ file, passphrase: given("one") }).open();
  assert.deepEqual(opened, made);
  const elsewhere = await keyIn({ file: fileFor(t), passphrase: given("one"), cost }).openOrCreate();
  assert.notDeepEqual(elsewhere.key, made.key);
});

test("by default scrypt takes 64 to 512 MiB", async (t) => {
  const file = fileFor(t);
  await keyIn({ file, passphrase: given("one") }).openOrCreate();
  const [slot] = JSON.parse(readFileSync(file, "utf8")).slots;
  assert.deepEqual([slot.kind, slot.r, slot.p], ["passphrase", 8, 1]);
  assert.ok([16, 17, 18, 19].includes(Math.log2(slot.N)), String(slot.N));
});

for (const [what, change] of [
  ["so much memory", { N: 2 ** 30 }],
  ["so many rounds", { p: 17 }],
  ["a block so large", { r: 64 }],
  ["memory and rounds together", { N: 2 ** 19, r: 8, p: 8 }],
  ["N that is no power of two", { N: 1000 }],
  ["N so small", { N: 1 }],
  ["a negative r", { r: -8 }],
  ["half an r", { r: 7.5 }],
] as const) {
  test(`a changed file cannot ask for ${what}`, async (t) => {
    const file = fileFor(t);
    await keyIn({ file, passphrase: given("one"), cost }).openOrCreate();
    editSlot(file, (slot) => ({ ...slot, ...change }));
    const questions: string[] = [];
    const passphrase = async (why: string): Promise<Secret> => {
      questions.push(why);
      return new Secret("one");
    };
    await assert.rejects(keyIn({ file, passphrase }).open(), /scrypt parameters are out of bounds/);
    assert.deepEqual(questions, []);
  });
}

for (const [what, change] of [
  ["cheaper scrypt", { N: 512 }],
  ["another salt", { salt: "AAAAAAAAAAAAAAAAAAAAAA==" }],
  ["another slot id", { id: "00" }],
] as const) {
  test(`a changed slot does not open: ${what}`, async (t) => {
    const file = fileFor(t);
    await keyIn({ file, passphrase: given("one"), cost }).openOrCreate();
    editSlot(file, (slot) => ({ ...slot, ...change }));
    const nobody = () => Promise.reject(new Error("nobody may be asked"));
    await assert.rejects(keyIn({ file, passphrase: nobody }).open(), /changed after it was written/);
    // Without the sum (an older file, or somebody who knows the format) it looks like another passphrase.
    editSlot(file, ({ sum, ...slot }) => slot);
    await assert.rejects(keyIn({ file, passphrase: given("one") }).open(), WrongPassphrase);
  });
}

test("a file written before slots had a sum opens", async (t) => {
  const file = fileFor(t);
  const made = await keyIn({ file, passphrase: given("one"), cost }).openOrCreate();
  editSlot(file, ({ sum, ...slot }) => slot);
  assert.deepEqual(await keyIn({ file, passphrase: given("one") }).open(), made);
});

test("a slot of a kind to come is passed over", async (t) => {
  const file = fileFor(t);
  const made = await keyIn({ file, passphrase: given("one"), cost }).openOrCreate();
  const content = JSON.parse(readFileSync(file, "utf8"));
  content.slots.unshift({ kind: "tpm", handle: "AAAA", nonce: "AA==", sealed: "AA==" });
  writeFileSync(file, JSON.stringify(content));
  assert.deepEqual(await keyIn({ file, passphrase: given("one") }).open(), made);
});

for (const [what, text, words] of [
  ["cut short", '{"version":1,"id":"00","slo', /cut short/],
  ["empty", "", /cut short/],
  ["without slots", '{"version":1,"id":"00"}', /a field is missing/],
  ["with no slot", '{"version":1,"id":"00","slots":[]}', /no slot/],
  ["of format 7", '{"version":7}', /has format 7, and this aws-as knows format 1/],
  ["without version", "[]", /no version/],
] as const) {
  test(`a master key ${what} is told, and never replaced`, async (t) => {
    const file = fileFor(t);
    writeFileSync(file, text);
    const holder = keyIn({ file, passphrase: given("one"), cost });
    await assert.rejects(holder.open(), words);
    await assert.rejects(keyIn({ file, passphrase: given("one"), cost }).openOrCreate(), words);
    assert.equal(readFileSync(file, "utf8"), text);
  });
}

test("a person gets three tries, and the right one of them opens", async (t) => {
  const file = fileFor(t);
  await keyIn({ file, passphrase: given("one"), cost }).openOrCreate();
  const typing =
    (...texts: string[]) =>
    async (_why: string, attempt: number) =>
      new Secret(texts[attempt - 1] ?? "");
  await keyIn({ file, passphrase: typing("two", "three", "one") }).open();
  await assert.rejects(keyIn({ file, passphrase: typing("a", "b", "c", "one") }).open(), WrongPassphrase);
});

test("without a master key nothing can be opened", async (t) => {
  const file = fileFor(t);
  await assert.rejects(keyIn({ file, passphrase: given("one") }).open(), /is missing/);
});
