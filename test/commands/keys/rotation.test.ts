import assert from "node:assert/strict";
import test from "node:test";
import type { ListedKey } from "../../../src/aws/aws.ts";
import { planRotation, type RotationFacts, type RotationPlan } from "../../../src/commands/keys/rotation.ts";

const hour = 3_600_000;
const start = 1_700_000_000_000;
const key = (accessKeyId: string, createdAt = start - 1000 * hour, active = true): ListedKey => ({
  accessKeyId,
  createdAt,
  active,
});

const facts = (more: Partial<RotationFacts>): RotationFacts => ({
  current: "AKIAOLD",
  listed: [key("AKIAOLD")],
  stored: new Set(["AKIAOLD"]),
  named: new Map(),
  note: undefined,
  mayDelete: undefined,
  keepInactive: false,
  ...more,
});

/** Moves as words: `create, prove new, …`. */
function words(plan: RotationPlan): string {
  if (plan.kind === "two-keys")
    return `two keys: ${plan.other.accessKeyId}${plan.usedBy ? ` by ${plan.usedBy}` : ""}`;
  if (plan.kind !== "moves") return plan.kind;
  const moves = plan.moves.map((move) => {
    const id = "id" in move ? ` ${move.id}` : "";
    const tail = move.kind === "make-room" && move.onlyIfUnused ? " if unused" : "";
    return `${move.kind}${id}${move.kind === "forget" && !move.secret ? " sessions" : ""}${tail}`;
  });
  return `${plan.resumed ? "again: " : ""}${moves.join(", ")}`;
}

const whole = "create, prove new, switch new, deactivate AKIAOLD, delete AKIAOLD, forget AKIAOLD";
const note = { old: "AKIAOLD", startedAt: start, before: ["AKIAOLD"] };

const table: readonly [what: string, facts: Partial<RotationFacts>, plan: string][] = [
  ["one key: all of it", {}, whole],
  [
    "the old key is kept switched off on wish",
    { keepInactive: true },
    "create, prove new, switch new, deactivate AKIAOLD, forget AKIAOLD sessions",
  ],
  [
    "a key that is switched off already is not switched off again",
    { listed: [key("AKIAOLD", 1, false)] },
    whole.replace("deactivate AKIAOLD, ", ""),
  ],
  ["a key that IAM does not list", { listed: [key("AKIAX")] }, "unknown-current"],
  ["killed before AWS was asked", { note }, whole],
  [
    "killed before the secret was stored, right after the note",
    { note, listed: [key("AKIAOLD"), key("AKIANEW", start + 1000)] },
    `make-room AKIANEW if unused, ${whole}`,
  ],
  [
    "a key that was made long after the note belongs to somebody",
    { note, listed: [key("AKIAOLD"), key("AKIANEW", start + hour)] },
    "two keys: AKIANEW",
  ],
  [
    "a key that was made long before the note belongs to somebody",
    { note, listed: [key("AKIAOLD"), key("AKIANEW", start - hour)] },
    "two keys: AKIANEW",
  ],
  [
    "a key that was there before is nobody's leftover",
    { note: { ...note, before: ["AKIAOLD", "AKIANEW"] }, listed: [key("AKIAOLD"), key("AKIANEW", start)] },
    "two keys: AKIANEW",
  ],
  [
    "killed after the secret was stored",
    { note, listed: [key("AKIAOLD"), key("AKIANEW", start)], stored: new Set(["AKIAOLD", "AKIANEW"]) },
    "again: prove AKIANEW, switch AKIANEW, deactivate AKIAOLD, delete AKIAOLD, forget AKIAOLD",
  ],
  [
    "the same without the note",
    { listed: [key("AKIANEW", start), key("AKIAOLD")], stored: new Set(["AKIAOLD", "AKIANEW"]) },
    "again: prove AKIANEW, switch AKIANEW, deactivate AKIAOLD, delete AKIAOLD, forget AKIAOLD",
  ],
  [
    "killed after the switch",
    {
      current: "AKIANEW",
      note,
      listed: [key("AKIAOLD"), key("AKIANEW", start)],
      stored: new Set(["AKIAOLD", "AKIANEW"]),
    },
    "again: deactivate AKIAOLD, delete AKIAOLD, forget AKIAOLD",
  ],
  [
    "killed after the old key was switched off",
    {
      current: "AKIANEW",
      note,
      listed: [key("AKIAOLD", 1, false), key("AKIANEW", start)],
      stored: new Set(["AKIAOLD", "AKIANEW"]),
    },
    "again: delete AKIAOLD, forget AKIAOLD",
  ],
  [
    "killed after the old key was deleted",
    { current: "AKIANEW", note, listed: [key("AKIANEW", start)], stored: new Set(["AKIAOLD", "AKIANEW"]) },
    "again: forget AKIAOLD",
  ],
  [
    "killed after the switch and without the note, an older key at work stays",
    {
      current: "AKIANEW",
      listed: [key("AKIAOLD"), key("AKIANEW", start)],
      stored: new Set(["AKIAOLD", "AKIANEW"]),
    },
    "two keys: AKIAOLD",
  ],
  [
    "what --keep-inactive left makes room",
    {
      listed: [key("AKIAOLD"), key("AKIAOLDER", 1, false)],
      stored: new Set(["AKIAOLD", "AKIAOLDER"]),
    },
    `make-room AKIAOLDER, forget AKIAOLDER, ${whole}`,
  ],
  ["a key whose secret is elsewhere", { listed: [key("AKIAOLD"), key("AKIAX", start)] }, "two keys: AKIAX"],
  [
    "a key that another profile names",
    {
      listed: [key("AKIAOLD"), key("AKIAX", start)],
      stored: new Set(["AKIAOLD", "AKIAX"]),
      named: new Map([["AKIAX", "my-user2"]]),
    },
    "two keys: AKIAX by my-user2",
  ],
  [
    "not even a key that the person gave up, while another profile names it",
    {
      listed: [key("AKIAOLD"), key("AKIAX", start)],
      named: new Map([["AKIAX", "my-user2"]]),
      mayDelete: "IAX",
    },
    "two keys: AKIAX by my-user2",
  ],
  [
    "an older key of the store that was there before the note is not what the rotation made",
    {
      note: { ...note, before: ["AKIAOLD", "AKIAOLDER"] },
      listed: [key("AKIAOLD", start - hour), key("AKIAOLDER", start - 2 * hour)],
      stored: new Set(["AKIAOLD", "AKIAOLDER"]),
    },
    "two keys: AKIAOLDER",
  ],
  [
    "a key that the person gave up",
    { listed: [key("AKIAOLD"), key("AKIAX", start)], mayDelete: "IAX" },
    `make-room AKIAX, ${whole}`,
  ],
  [
    "a key that the person did not mean",
    { listed: [key("AKIAOLD"), key("AKIAX", start)], mayDelete: "IAY" },
    "two keys: AKIAX",
  ],
  [
    "the note of an older rotation does not make the newest key an old one",
    {
      note: { ...note, old: "AKIAANCIENT" },
      listed: [key("AKIAOLD"), key("AKIANEW", start)],
      stored: new Set(["AKIAOLD", "AKIANEW"]),
    },
    "again: prove AKIANEW, switch AKIANEW, deactivate AKIAOLD, delete AKIAOLD, forget AKIAOLD",
  ],
];

for (const [what, more, plan] of table) {
  test(`a rotation is planned: ${what}`, () => {
    assert.equal(words(planRotation(facts(more))), plan);
  });
}

test("no plan touches the key in use before another one is proven and switched to", () => {
  for (const [what, more] of table) {
    const given = facts(more);
    const plan = planRotation(given);
    if (plan.kind !== "moves") continue;
    const switched = plan.moves.findIndex((move) => move.kind === "switch");
    for (const [at, move] of plan.moves.entries()) {
      const touches = "id" in move && move.id === given.current;
      if (touches) assert.ok(switched >= 0 && at > switched, `${what}: ${move.kind} before the switch`);
    }
    const proven = plan.moves.findIndex((move) => move.kind === "prove");
    if (switched >= 0) assert.ok(proven >= 0 && proven < switched, what);
  }
});
