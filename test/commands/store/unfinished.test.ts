import assert from "node:assert/strict";
import test from "node:test";
import { planMigration, type Source } from "../../../src/commands/store/plan-migration.ts";
import {
  noteFinished,
  noteUnfinished,
  readUnfinished,
  unfinishedOf,
} from "../../../src/commands/store/unfinished.ts";
import type { StoreKind } from "../../../src/store/secret-store.ts";
import { memoryNotes } from "../../support/memory-notes.ts";

const a = { name: "long-term key AKIA1", label: "a" };
const b = { name: "session b", label: "b" };
const sources: Source[] = [
  { kind: "keychain", inUse: true, items: [a, b], unlisted: [] },
  { kind: "pass", inUse: false, items: [b], unlisted: [], only: new Set(["session b"]) },
];

test("a run may leave anything in what it empties, and its own copies in the target", () => {
  const steps = planMigration({ to: "file", sources, isSet: false, now: 0 });
  assert.deepEqual(
    unfinishedOf("file", [b], sources, steps, new Map()),
    new Map<StoreKind, "all" | string[]>([
      ["keychain", "all"],
      ["pass", ["session b"]],
      ["file", [a.name]],
    ]),
  );
});

test("what an earlier run may have left is not forgotten by one that is interrupted as well", () => {
  const steps = planMigration({ to: "file", sources, isSet: false, now: 0 });
  const after = (earlier: [StoreKind, "all" | string[]][]) =>
    unfinishedOf("file", [b], sources, steps, new Map(earlier)).get("file");
  assert.equal(after([["file", "all"]]), "all");
  assert.deepEqual(after([["file", ["c", a.name]]]), ["c", a.name]);
});

test("what is unfinished is remembered until it is done", async () => {
  const machine = { notes: memoryNotes() };
  assert.deepEqual(await readUnfinished(machine), new Map());
  const unfinished = new Map<StoreKind, "all" | string[]>([
    ["keychain", "all"],
    ["file", [a.name]],
  ]);
  await noteUnfinished(unfinished, machine);
  assert.deepEqual(await readUnfinished(machine), unfinished);
  await noteFinished(machine);
  assert.deepEqual(await readUnfinished(machine), new Map());
});

test("a note that is not as it should be says nothing", async () => {
  const machine = { notes: memoryNotes() };
  await machine.notes.write("migration", { keychain: 5, moon: "all", file: ["x", 7] });
  assert.deepEqual(await readUnfinished(machine), new Map([["file", ["x"]]]));
});
