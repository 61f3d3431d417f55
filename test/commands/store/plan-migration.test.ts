import assert from "node:assert/strict";
import test from "node:test";
import {
  judge,
  planMigration,
  type Reading,
  type Source,
} from "../../../src/commands/store/plan-migration.ts";

const now = 1_000_000;
const key = { name: "long-term key AKIA1", label: "key 1" };
const session = { name: "session 1", label: "session 1", expiresAt: now + 1 };
const ended = { name: "session 0", label: "session 0", expiresAt: now };
const probe = { name: "probe of aws-as store", label: "probe", expiresAt: now + 9 };

/** The steps in short. */
function steps(sources: readonly Partial<Source>[], isSet = false): string[] {
  const whole = sources.map(
    (source) => ({ kind: "keychain", inUse: true, items: [], unlisted: [], ...source }) as Source,
  );
  return planMigration({ to: "file", sources: whole, isSet, now }).map((step) => {
    if (step.do === "switch") return `switch to ${step.to}`;
    if (step.do === "drop") return `drop ${step.item.label} of ${step.from}`;
    return `${step.do} ${step.move.item.label} of ${step.move.from}`;
  });
}

test("everything is brought, keys first, then the switch, and only then is anything removed", () => {
  assert.deepEqual(steps([{ items: [session, ended, key, probe] }]), [
    "bring key 1 of keychain",
    "bring session 1 of keychain",
    "switch to file",
    "clear key 1 of keychain",
    "clear session 1 of keychain",
    "drop session 0 of keychain",
    "drop probe of keychain",
  ]);
});

test("with nothing to move there is the switch, and after it nothing", () => {
  assert.deepEqual(steps([{}]), ["switch to file"]);
  assert.deepEqual(steps([{}], true), []);
});

test("after the switch an interrupted run goes on with what is left", () => {
  assert.deepEqual(steps([{ inUse: false, items: [key] }], true), [
    "bring key 1 of keychain",
    "clear key 1 of keychain",
  ]);
});

test("what is used goes before what lies about", () => {
  const sources: Partial<Source>[] = [
    { kind: "pass", inUse: false, items: [key] },
    { kind: "keychain", inUse: true, items: [key] },
  ];
  assert.deepEqual(steps(sources).slice(0, 2), ["bring key 1 of keychain", "bring key 1 of pass"]);
});

test("a key that the configuration names is looked for although the store does not list it", () => {
  assert.deepEqual(steps([{ unlisted: [key] }]), [
    "bring key 1 of keychain",
    "switch to file",
    "clear key 1 of keychain",
  ]);
});

const absent: Reading = { kind: "absent" };
const damaged: Reading = { kind: "damaged", because: "it is cut short" };
const document = (value: string, endsAt?: number): Reading => ({ kind: "document", value, endsAt });
const cases: [string, "key" | "session" | "unlisted key", Reading, Reading, ReturnType<typeof judge>][] = [
  ["a key that is not in the target", "key", document("a"), absent, "write"],
  ["a key whose copy in the target is damaged", "key", document("a"), damaged, "write"],
  ["a key that is in the target already", "key", document("a"), document("a"), "there"],
  ["another key of the same name", "key", document("a"), document("b"), "conflict"],
  ["a damaged key", "key", damaged, absent, "lost"],
  ["a damaged key with a damaged copy", "key", damaged, damaged, "lost"],
  ["a key that is listed and not there", "key", absent, absent, "lost"],
  ["a key whose removal was interrupted", "key", absent, document("a"), "gone"],
  ["a damaged key with a good copy", "key", damaged, document("a"), "leave"],
  ["an unlisted key that is there", "unlisted key", document("a"), absent, "write"],
  ["an unlisted key that is not there", "unlisted key", absent, absent, "gone"],
  ["an unlisted key that is damaged", "unlisted key", damaged, absent, "lost"],
  ["a session that is not in the target", "session", document("a", 5), absent, "write"],
  ["a session whose copy is damaged", "session", document("a", 5), damaged, "write"],
  ["the same session", "session", document("a", 5), document("a", 5), "there"],
  ["a session that ends later than its copy", "session", document("a", 6), document("b", 5), "write"],
  ["a session that ends before its copy", "session", document("a", 4), document("b", 5), "there"],
  ["two sessions that end together", "session", document("a", 5), document("b", 5), "there"],
  ["a damaged session", "session", damaged, absent, "leave"],
  ["a session that was forgotten meanwhile", "session", absent, absent, "gone"],
];
for (const [what, kind, source, target, verdict] of cases) {
  test(`${what}: ${verdict}`, () => {
    const move = { isKey: kind !== "session", listed: kind !== "unlisted key" };
    assert.equal(judge(move, source, target), verdict);
  });
}
