import assert from "node:assert/strict";
import test from "node:test";
import {
  codeNeededAt,
  foresee,
  itemsByName,
  lifeOf,
  maySignIn,
  outcomeOf,
} from "../../src/session/foresee.ts";
import { printRecord } from "../../src/session/item.ts";
import { obtain } from "../../src/session/obtain.ts";
import type { Plan } from "../../src/session/plan.ts";
import { Secret } from "../../src/system/secret.ts";
import { defined } from "../support/defined.ts";
import { device, hop, identity, planOf, processRoot, sourced } from "../support/identities.ts";
import { memoryNotes } from "../support/memory-notes.ts";
import { memoryStore } from "../support/memory-store.ts";
import { movingClock } from "../support/moving-clock.ts";
import { scriptedAws } from "../support/scripted-aws.ts";
import { scriptedPrompt } from "../support/scripted-prompt.ts";

const mine = { mfaSerial: device };
const start = movingClock().now();
const minute = 60_000;

const sso = {
  kind: "sso",
  profile: "s",
  startUrl: "https://x.awsapps.com/start",
  region: "eu-west-1",
  position: processRoot.position,
} as const;

const plans: Readonly<Record<string, Plan>> = {
  "a user with a device": planOf(identity("u", [], mine)),
  "a user without one": planOf(identity("u")),
  "a role": planOf(identity("r", [hop("r")], mine)),
  "a role without a device": planOf(identity("r", [hop("r")])),
  "a role straight from the key": planOf(identity("r", [hop("r", { durationSeconds: 7200 })], mine)),
  "a chain": planOf(identity("c", [hop("a"), hop("b")], mine)),
  "a source": planOf(sourced("s", sso)),
  "a role on a source": planOf(sourced("r", sso, [hop("r")])),
  "a chain on a program": planOf(sourced("c", processRoot, [hop("a"), hop("b")])),
};

/** Minutes that a cached session has left; undefined: there is none. Within 20 it is renewed, within 1 it is of no use. */
const states = [undefined, -5, 0.5, 10, 40];

/** Every way in which each of so many steps can be cached. */
function combinations(steps: number): (number | undefined)[][] {
  if (steps === 0) return [[]];
  return combinations(steps - 1).flatMap((rest) => states.map((state) => [...rest, state]));
}

async function compare(plan: Plan, left: readonly (number | undefined)[]): Promise<string[]> {
  const clock = movingClock();
  const aws = scriptedAws(clock);
  const store = memoryStore();
  for (const [index, step] of plan.steps.entries()) {
    const minutes = left[index];
    if (minutes === undefined) continue;
    const expiresAt = start + minutes * minute;
    const credentials = {
      accessKeyId: `CACHED${index}`,
      secretAccessKey: new Secret("s"),
      sessionToken: new Secret("t"),
      expiresAt,
    };
    const obtainedAt = expiresAt - lifeOf(step) * 1000;
    store.put(
      { ...step.item, expiresAt },
      printRecord({ credentials, obtainedAt, expiresAt, signIn: "signed in" }),
    );
  }
  const foreseen = foresee(plan, itemsByName(await store.list()), start);
  const ports = {
    aws,
    store,
    clock,
    notes: memoryNotes(),
    localName: "me",
    signIn: async () => "signed in",
    ask: scriptedPrompt("123456"),
    lock: async () => ({ release: () => undefined }),
    outlast: <T>(work: () => Promise<T>) => work(),
    warn: assert.fail,
    source: async () => {
      aws.calls.push("source");
      return {
        accessKeyId: "ASIASOURCE",
        secretAccessKey: new Secret("s"),
        sessionToken: new Secret("t"),
        expiresAt: start + 60 * minute,
      };
    },
  };
  await obtain(plan, ports, { unattended: false, terminal: () => "tty1" });
  const asked = aws.calls.map((call) => call.replace(/ by \w+/, "").replace(/ 123456$/, " with a code"));
  const told = foreseen.flatMap(({ step, forecast }) => {
    if (forecast !== "call" && forecast !== "ask") return [];
    const call =
      step.kind === "base-session"
        ? "base"
        : step.kind === "source"
          ? "source"
          : step.kind === "limit"
            ? "less"
            : step.hop.profile;
    return [call + (forecast === "ask" ? " with a code" : "")];
  });
  assert.deepEqual(told, asked, `${plan.identity} with ${left.join()} minutes left`);
  return asked;
}

for (const [name, plan] of Object.entries(plans)) {
  test(`${name}: what is foreseen is what happens, however its sessions are cached`, async () => {
    const seen = new Set<string>();
    for (const left of combinations(plan.steps.length)) seen.add((await compare(plan, left)).join());
    // With nothing cached everything is called, with all fresh nothing: the comparison has compared something.
    assert.ok(seen.has("") && seen.size > 1);
  });
}

function foreseen(plan: Plan, ...left: (number | undefined)[]) {
  const items = plan.steps.flatMap((step, index) => {
    const minutes = left[index];
    return minutes === undefined ? [] : [{ ...step.item, expiresAt: start + minutes * minute }];
  });
  return foresee(plan, itemsByName(items), start);
}

test("a session that only a person can renew stays in use, and the role on it too", () => {
  const { "a chain": chain } = plans;
  assert.ok(chain);
  const forecasts = (...left: (number | undefined)[]) =>
    foreseen(chain, ...left).map(({ forecast }) => forecast);
  assert.deepEqual(forecasts(600, 40, 40), ["idle", "idle", "reuse"]);
  assert.deepEqual(forecasts(600, 40, 10), ["idle", "reuse", "call"]);
  assert.deepEqual(forecasts(undefined, undefined, 10), ["idle", "idle", "keep"]);
  assert.deepEqual(forecasts(undefined, 10, undefined), ["idle", "keep", "call"]);
  assert.deepEqual(forecasts(), ["ask", "call", "call"]);
});

test("the next code is needed when nothing on the way is good any more", () => {
  const { "a role": role, "a role without a device": free } = plans;
  assert.ok(role && free);
  const at = (plan: Plan, ...left: (number | undefined)[]) => {
    const end = codeNeededAt(foreseen(plan, ...left), start);
    return end === undefined ? undefined : (end - start) / minute;
  };
  assert.equal(at(role, 600, 40), 600);
  assert.equal(at(role, 30, 50), 50, "a role may outlive the session that it was got with");
  assert.equal(at(role, undefined, 40), 40);
  assert.equal(at(role, -5, undefined), undefined, "now");
  assert.equal(at(free, 600, 40), undefined, "never");
});

test("a session's life is what was asked for, and an hour where somebody else says it", () => {
  const position = processRoot.position;
  const login = {
    kind: "login-session",
    profile: "l",
    loginSession: "arn:aws:iam::1:user/l",
    position,
  } as const;
  const web = {
    kind: "web-identity",
    profile: "w",
    tokenFile: "/token",
    roleArn: "arn:aws:iam::1:role/w",
    position,
  } as const;
  const lives = [
    ...[identity("u", [], mine), identity("r", [hop("r", { durationSeconds: 900 })], mine)],
    ...[sourced("s", sso), sourced("l", login), sourced("r", login, [hop("r")])],
    ...[sourced("w", web), sourced("w", { ...web, durationSeconds: 7200 })],
  ].map((who) => planOf(who).steps.map(lifeOf));
  assert.deepEqual(lives, [[43_200], [43_200, 900], [3600], [900], [900, 3600], [3600], [7200]]);
  assert.deepEqual(
    [sourced("l", login), sourced("w", web)].map((who) => maySignIn(foreseen(planOf(who)))),
    [true, false],
    "a person signs in to the one, and a file stands for the other",
  );
});

test("what is foreseen says when a session ends, and why it would be got", () => {
  const { "a role": role } = plans;
  assert.ok(role);
  const [base, leaf] = role.steps;
  assert.deepEqual(defined(foreseen(role, -5, undefined)), [
    {
      step: defined(base),
      expiresAt: start - 5 * minute,
      decision: { kind: "ask", because: "expired" },
      forecast: "ask",
    },
    {
      step: defined(leaf),
      decision: { kind: "renew", because: "none-cached", usable: false },
      forecast: "call",
    },
  ]);
});

test("the outcome is told in a word", () => {
  const { "a role": role, "a source": source } = plans;
  assert.ok(role && source);
  assert.equal(outcomeOf(foreseen(role), true), "ask");
  assert.equal(outcomeOf(foreseen(role), false), "device");
  assert.equal(outcomeOf(foreseen(role, 600), true), "renew");
  assert.equal(outcomeOf(foreseen(role, 600, 40), true), "reuse");
  assert.equal(outcomeOf(foreseen(role, undefined, 10), true), "reuse");
  assert.deepEqual([maySignIn(foreseen(source)), maySignIn(foreseen(source, 40))], [true, false]);
});
