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
  if (plan.kind === "two-keys") {
    const because = plan.because === undefined ? "" : `, because ${plan.because}`;
    return `two keys: ${plan.other.accessKeyId}${plan.usedBy ? ` by ${plan.usedBy}` : ""}${because}`;
  }
  if (plan.kind !== "moves") return plan.kind;
  const moves = plan.moves.map((move) => {
    const id = "id" in move ? ` ${move.id}` : "";
    const tail = move.kind === "make-room" && move.onlyIfUnused ? " if unused" : "";
    return `${move.kind}${id}${move.kind === "forget" && !move.secret ? " sessions" : ""}${tail}`;
  });
  return `${plan.resumed ? "again: " : ""}${moves.join(", ")}`;
}

const whole = "create, prove new, switch new, deactivate AKIAOLD, delete AKIAOLD, forget AKIAOLD";
/** As a rotation leaves it that was killed while AWS was asked, and after AWS answered. */
const asked = { old: "AKIAOLD" };
const note = { ...asked, fresh: "AKIANEW" };
const mayBe = "because an interrupted rotation may have made the other one, or somebody else did";
const others =
  "because an interrupted rotation was to put …ANEW in the place of …AOLD; the keys were changed since, so it is not continued";

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
  ["killed before AWS was asked", { note: asked }, whole],
  [
    "killed before the secret was stored, with AWS's answer noted",
    { note, listed: [key("AKIAOLD"), key("AKIANEW", start + 1000)] },
    `make-room AKIANEW if unused, ${whole}`,
  ],
  // attack-01
  [
    "a key that turns up after a lost answer is nobody's for certain",
    { note: asked, listed: [key("AKIAOLD"), key("AKIANEW", start)] },
    `two keys: AKIANEW, ${mayBe}`,
  ],
  [
    "nor is it where its secret is in the store",
    { note: asked, listed: [key("AKIAOLD"), key("AKIANEW")], stored: new Set(["AKIAOLD", "AKIANEW"]) },
    `two keys: AKIANEW, ${mayBe}`,
  ],
  [
    "the old key stays where the current one is not what the rotation made: its answer was lost",
    { note: asked, current: "AKIAMINE", listed: [key("AKIAOLD"), key("AKIAMINE", start)] },
    "two keys: AKIAOLD, because an interrupted rotation was to put a new key in the place of …AOLD; the keys were changed since, so it is not continued",
  ],
  [
    "the old key stays where the current one is not what the rotation made: it is another",
    { note, current: "AKIAMINE", listed: [key("AKIAOLD"), key("AKIAMINE", start)] },
    `two keys: AKIAOLD, ${others}`,
  ],
  [
    "the key that the rotation made stays where it was to replace another than the current one",
    {
      note,
      current: "AKIAMINE",
      listed: [key("AKIAMINE"), key("AKIANEW", start)],
      stored: new Set(["AKIAMINE", "AKIANEW"]),
    },
    `two keys: AKIANEW, ${others}`,
  ],
  [
    "a third key beside the current one stays, whatever the note says",
    { note, listed: [key("AKIAOLD"), key("AKIAX", start)] },
    `two keys: AKIAX, ${others}`,
  ],
  [
    "an old key that somebody switched on again stays",
    {
      note: { ...note, oldIs: "switched-off" },
      current: "AKIANEW",
      listed: [key("AKIAOLD"), key("AKIANEW", start)],
    },
    "two keys: AKIAOLD, because a rotation switched …AOLD off, and it is active again",
  ],
  [
    "a key that --keep-inactive left and somebody switched on again stays",
    { note: { ...note, oldIs: "kept" }, current: "AKIANEW", listed: [key("AKIAOLD"), key("AKIANEW", start)] },
    "two keys: AKIAOLD, because a rotation switched …AOLD off, and it is active again",
  ],
  [
    "an inactive key of the store that no rotation left there stays",
    { listed: [key("AKIAOLD"), key("AKIAX", 1, false)], stored: new Set(["AKIAOLD", "AKIAX"]) },
    "two keys: AKIAX",
  ],
  [
    "a note that the person left behind by a key of their own stops no rotation of that",
    { note, current: "AKIAMINE", listed: [key("AKIAMINE")] },
    whole.replaceAll("AKIAOLD", "AKIAMINE"),
  ],
  [
    "killed after the secret was stored",
    { note, listed: [key("AKIAOLD"), key("AKIANEW", start)], stored: new Set(["AKIAOLD", "AKIANEW"]) },
    "again: prove AKIANEW, switch AKIANEW, deactivate AKIAOLD, delete AKIAOLD, forget AKIAOLD",
  ],
  [
    "the same without the note proves nothing",
    { listed: [key("AKIANEW", start), key("AKIAOLD")], stored: new Set(["AKIAOLD", "AKIANEW"]) },
    "two keys: AKIANEW",
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
      note: { ...note, oldIs: "switched-off" },
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
      note: { old: "AKIAOLDER", fresh: "AKIAOLD", oldIs: "kept" },
      listed: [key("AKIAOLD"), key("AKIAOLDER", 1, false)],
      stored: new Set(["AKIAOLD", "AKIAOLDER"]),
    },
    `make-room AKIAOLDER, forget AKIAOLDER, ${whole}`,
  ],
  [
    "what --keep-inactive left and the person deleted is forgotten",
    { note: { old: "AKIAOLDER", fresh: "AKIAOLD", oldIs: "kept" } },
    `forget AKIAOLDER, ${whole}`,
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
      note: { old: "AKIAANCIENT", fresh: "AKIAOLD" },
      listed: [key("AKIAOLD"), key("AKIANEW", start)],
      stored: new Set(["AKIAOLD", "AKIANEW"]),
    },
    "two keys: AKIANEW, because an interrupted rotation was to put …AOLD in the place of …IENT; the keys were changed since, so it is not continued",
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
