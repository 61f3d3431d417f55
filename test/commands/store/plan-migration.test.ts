import assert from "node:assert/strict";
import test from "node:test";
import { planMigration, type Source } from "../../../src/commands/store/plan-migration.ts";

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
    return `${step.do} ${step.item.label} of ${step.from}`;
  });
}

test("keys are copied, then comes the switch, and only then is anything removed, sessions as well", () => {
  assert.deepEqual(steps([{ items: [session, ended, key, probe] }]), [
    "copy key 1 of keychain",
    "switch to file",
    "remove key 1 of keychain",
    "remove session 1 of keychain",
    "remove session 0 of keychain",
    "remove probe of keychain",
  ]);
});

test("with nothing to move there is the switch, and after it nothing", () => {
  assert.deepEqual(steps([{}]), ["switch to file"]);
  assert.deepEqual(steps([{}], true), []);
});

test("after the switch an interrupted run goes on with what is left", () => {
  assert.deepEqual(steps([{ inUse: false, items: [key] }], true), [
    "copy key 1 of keychain",
    "remove key 1 of keychain",
  ]);
});

test("what is used goes before what lies about", () => {
  const sources: Partial<Source>[] = [
    { kind: "pass", inUse: false, items: [key] },
    { kind: "keychain", inUse: true, items: [key] },
  ];
  assert.deepEqual(steps(sources).slice(0, 2), ["copy key 1 of keychain", "copy key 1 of pass"]);
});

test("a key that the configuration names is looked for although the store does not list it", () => {
  assert.deepEqual(steps([{ unlisted: [key] }]), [
    "copy key 1 of keychain",
    "switch to file",
    "remove key 1 of keychain",
  ]);
});
