import assert from "node:assert/strict";
import test from "node:test";
import type { Identity } from "../../src/config/resolve/identity.ts";
import { plan, type Step } from "../../src/session/plan.ts";
import {
  device,
  hop,
  identity,
  planOf,
  processRoot,
  sourced,
  userRoot,
  usual,
} from "../support/identities.ts";

const other = "arn:aws:iam::111111111111:mfa/other";

/** A plan in short: `base(device 43200)`, `role1 by base-session`, … */
function inShort(who: Identity): string[] {
  return planOf(who).steps.map((step: Step) => {
    const code = step.device === undefined ? "" : ` with ${step.device.split("/")[1]}`;
    if (step.kind === "source") return `${step.root.kind}${code}`;
    return step.kind === "base-session"
      ? `base ${step.durationSeconds}${code}`
      : `${step.hop.profile} by ${step.with}${code}`;
  });
}

const sso = {
  kind: "sso",
  profile: "s",
  startUrl: "https://x.awsapps.com/start",
  region: "eu-west-1",
  accountId: "222222222222",
  roleName: "Admin",
  position: processRoot.position,
} as const;
const fromEnvironment = {
  kind: "credential-source",
  profile: "r",
  source: "Environment",
  position: processRoot.position,
} as const;

const long = { durationSeconds: 7200 };
const cases: [string, Identity, string[]][] = [
  ["an external identity is one step", sourced("s", sso), ["sso"]],
  ["a role is assumed with what the source gives", sourced("r", sso, [hop("r")]), ["sso", "r by source"]],
  [
    "a chain goes on from a role that a source leads to",
    sourced("b", processRoot, [hop("a"), hop("b")]),
    ["process", "a by source", "b by role-session"],
  ],
  [
    "a program that may give a long-term key has the device that is named nearest",
    sourced("r", processRoot, [hop("r", { mfaSerial: device })]),
    ["process with my-user1", "r by source"],
  ],
  [
    "what others give has no device, whatever a role names",
    sourced("r", sso, [hop("r", { mfaSerial: device })]),
    ["sso", "r by source"],
  ],
  ["a user without a device gets a session without a code", identity("u"), ["base 43200"]],
  [
    "a user with a device gets a session with a code",
    identity("u", [], { mfaSerial: device }),
    ["base 43200 with my-user1"],
  ],
  [
    "a role is assumed with the session of its user",
    identity("r", [hop("r")], { mfaSerial: device }),
    ["base 43200 with my-user1", "r by base-session"],
  ],
  [
    "a device that only the role names is the user's",
    identity("r", [hop("r", { mfaSerial: device })]),
    ["base 43200 with my-user1", "r by base-session"],
  ],
  [
    "a device named at the end of a chain is the user's too",
    identity("b", [hop("a"), hop("b", { mfaSerial: device })]),
    ["base 43200 with my-user1", "a by base-session", "b by role-session"],
  ],
  [
    "a role that names the user's own device shares the session",
    identity("r", [hop("r", { mfaSerial: device })], { mfaSerial: device }),
    ["base 43200 with my-user1", "r by base-session"],
  ],
  [
    "a role that names another device gets a code of its own",
    identity("r", [hop("r", { mfaSerial: other })], { mfaSerial: device }),
    ["r by long-term-key with other"],
  ],
  [
    "a role of more than an hour goes straight from the key with a code",
    identity("r", [hop("r", long)], { mfaSerial: device }),
    ["r by long-term-key with my-user1"],
  ],
  [
    "a role of more than an hour of a user without a device needs no code",
    identity("r", [hop("r", long)]),
    ["r by long-term-key"],
  ],
  [
    "a role of an hour exactly shares the session",
    identity("r", [hop("r", { durationSeconds: 3600 })], { mfaSerial: device }),
    ["base 43200 with my-user1", "r by base-session"],
  ],
  [
    "a role on top of temporary keys is assumed with them",
    identity("r", [hop("r")], { sessionToken: userRoot.secretAccessKey }),
    ["r by temporary-key"],
  ],
  [
    "the word none says that there is no device",
    identity("r", [hop("r", { mfaSerial: other })], { mfaSerial: "none" }),
    ["base 43200", "r by base-session"],
  ],
];
for (const [name, who, expected] of cases) test(name, () => assert.deepEqual(inShort(who), expected));

test("an unknown device is asked for before anything is planned", () => {
  const made = plan(identity("u"), { ...usual, remembered: { kind: "unknown" } });
  assert.equal(made.kind, "device-needed");
});

test("what AWS refuses to chains is refused with the place that says it", () => {
  assert.throws(
    () => planOf(identity("b", [hop("a"), hop("b", long)])),
    /~\/\.aws\/config:1: profile "b" wants 7200 s/,
  );
  assert.throws(
    () => planOf(identity("b", [hop("a"), hop("b", { mfaSerial: other })], { mfaSerial: device })),
    /names an MFA device of its own/,
  );
  assert.throws(
    () => planOf(identity("r", [hop("r", long)], { sessionToken: userRoot.secretAccessKey })),
    /wants 7200 s/,
  );
});

test("temporary keys without a known end are not served as they are", () => {
  assert.throws(
    () => planOf(identity("u", [], { sessionToken: userRoot.secretAccessKey })),
    /with no known expiry/,
  );
});

test("two roles of one user share the base session's cache key", () => {
  const [a, b] = [hop("a"), hop("b", { mfaSerial: device })].map((each) =>
    planOf(identity(each.profile, [each], { mfaSerial: device })),
  );
  assert.equal(a?.steps[0].item.name, b?.steps[0].item.name);
  assert.notEqual(a?.steps[1]?.item.name, b?.steps[1]?.item.name);
});

test("everything that shapes the answer is in the cache key", () => {
  const names = new Set<string>();
  const variants: [Partial<Parameters<typeof hop>[1]>, Partial<typeof usual>, Partial<typeof userRoot>][] = [
    [{}, {}, {}],
    [{ roleArn: "arn:aws:iam::111111111111:role/x/r" }, {}, {}],
    [{ roleSessionName: "n" }, {}, {}],
    [{}, { sessionName: "m" }, {}],
    [{ externalId: "e" }, {}, {}],
    [{ durationSeconds: 900 }, {}, {}],
    [{ policy: "{}" }, {}, {}],
    [{ policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }, {}, {}],
    [{ sourceIdentity: "s" }, {}, {}],
    [{ tags: { a: "b" } }, {}, {}],
    [{ tags: { a: "c" } }, {}, {}],
    [{ transitiveTagKeys: ["a"] }, {}, {}],
    [{ mfaSerial: device }, {}, {}],
    [{}, { endpointKey: "aws-cn" }, {}],
    [{}, { sessionSeconds: 900 }, {}],
    [{}, {}, { accessKeyId: "AKIAIOSFODNN8EXAMPLE" }],
  ];
  for (const [more, given, root] of variants) {
    names.add(planOf(identity("r", [hop("r", more)], root), given).steps.at(-1)?.item.name ?? "");
  }
  assert.equal(names.size, variants.length);
});

test("the cache key of a role knows the way there", () => {
  const direct = planOf(identity("b", [hop("b")])).steps.at(-1);
  const through = planOf(identity("b", [hop("a"), hop("b")])).steps.at(-1);
  assert.notEqual(direct?.item.name, through?.item.name);
});

test("keys of the environment are keys like those of a file, where a role says that it takes them", () => {
  const who = sourced("r", fromEnvironment, [hop("r", { mfaSerial: device })]);
  const { accessKeyId, secretAccessKey } = userRoot;
  const key = { accessKeyId, secretAccessKey };
  const kinds = (given: Parameters<typeof planOf>[1]) => planOf(who, given).steps.map(({ kind }) => kind);
  assert.deepEqual(kinds({ environmentKey: key }), ["base-session", "role"]);
  assert.deepEqual(kinds({ environmentKey: { ...key, sessionToken: secretAccessKey } }), ["role"]);
  assert.throws(() => planOf(who), /takes its keys from the environment/);
});

test("sources that differ in anything that shapes the answer do not share a session", () => {
  const item = (who: Identity, given = {}) => planOf(who, given).steps[0].item.name;
  const container = { ...fromEnvironment, source: "EcsContainer" } as const;
  const names = [
    item(sourced("a", processRoot)),
    item(sourced("a", { ...processRoot, command: "/bin/other" })),
    item(sourced("a", processRoot), { sessionSeconds: 900 }),
    item(sourced("a", sso)),
    item(sourced("a", { ...sso, roleName: "ReadOnly" })),
    item(sourced("a", container, [hop("r")])),
    item(sourced("a", container, [hop("r")]), { surroundings: ["http://169.254.170.2/x"] }),
  ];
  assert.equal(new Set(names).size, names.length);
  const elsewhere = { ...sso, profile: "other", position: { file: "f", line: 9 } };
  assert.equal(item(sourced("a", elsewhere)), item(sourced("b", sso)));
});
