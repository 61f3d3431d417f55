import assert from "node:assert/strict";
import test from "node:test";
import type { Identity } from "../../src/config/resolve/identity.ts";
import { plan, type Step } from "../../src/session/plan.ts";
import { defined } from "../support/defined.ts";
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
    if (step.kind === "limit") return `limit of ${step.profile}`;
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

const root = "my-user1-dev";
const webIdentity = {
  kind: "web-identity",
  profile: "w",
  tokenFile: "/token",
  roleArn: "arn:aws:iam::333333333333:role/w",
  position: processRoot.position,
} as const;
const signedIn = {
  kind: "login-session",
  profile: "l",
  loginSession: "arn:aws:iam::444444444444:user/l",
  position: processRoot.position,
} as const;
const { roleName: _, accountId: __, ...bearer } = sso;

const explained: [string, Identity, string | undefined, [because: string, label: string][]][] = [
  [
    "a user without a device",
    identity("u"),
    undefined,
    [["no MFA device: IAM lists none for this user", `session of user ${root} (key …MPLE)`]],
  ],
  [
    "a user who says that there is none",
    identity("u", [], { mfaSerial: "none" }),
    undefined,
    [[`no MFA device: profile "${root}" says so`, `session of user ${root} (key …MPLE)`]],
  ],
  [
    "a user whose device's serial is no ARN",
    identity("u", [], { mfaSerial: "GAHT12345678" }),
    undefined,
    [[`MFA device from profile "${root}"`, `session of user ${root} (key …MPLE)`]],
  ],
  [
    "a user whose device's serial is a wrong ARN",
    identity("u", [], { mfaSerial: "arn:aws:iam::1111111111111:mfa/x" }),
    undefined,
    [[`MFA device from profile "${root}"`, `session of user ${root} (key …MPLE)`]],
  ],
  [
    "a chain in another account, on a user whose device a role names",
    identity("b", [
      hop("a"),
      { ...hop("b", { mfaSerial: device }), roleArn: "arn:aws:iam::222222222222:role/b" },
    ]),
    "222222222222",
    [
      ['MFA device from profile "b"', `session of user ${root} (key …MPLE)`],
      ["with the session that all roles of this user share", "session of role a in 111111111111"],
      ['the chain goes on from "a"', "session of role b in 222222222222"],
    ],
  ],
  [
    "a role with a device of its own",
    identity("r", [hop("r", { mfaSerial: other })], { mfaSerial: device }),
    "111111111111",
    [["the role names an MFA device of its own", "session of role r in 111111111111"]],
  ],
  [
    "a role of more than an hour",
    identity("r", [hop("r", { durationSeconds: 3601 })], { mfaSerial: device }),
    "111111111111",
    [
      [
        "3601 s is over the 3600 s that AWS gives to a role assumed with a session",
        "session of role r in 111111111111",
      ],
    ],
  ],
  [
    "a role on temporary keys",
    identity("r", [hop("r")], { sessionToken: userRoot.secretAccessKey }),
    "111111111111",
    [["the source profile holds temporary credentials", "session of role r in 111111111111"]],
  ],
  [
    "an SSO role",
    sourced("s", sso),
    "222222222222",
    [["IAM Identity Center gives the role that the profile names", "session of SSO Admin in 222222222222"]],
  ],
  [
    "an SSO session without a role",
    sourced("s", bearer),
    undefined,
    [["IAM Identity Center gives the role that the profile names", "session of SSO s"]],
  ],
  [
    "a web identity",
    sourced("w", webIdentity),
    "333333333333",
    [["a token in a file stands for the identity", "session of web identity w"]],
  ],
  [
    "a login session",
    sourced("l", signedIn),
    "444444444444",
    [["`aws login` has signed in", "session of aws login l"]],
  ],
  [
    "a program of a user with a device",
    sourced("p", { ...processRoot, mfaSerial: device }),
    "111111111111",
    [["another program gives credentials", "session of credential_process p"]],
  ],
  [
    "a role on a container",
    sourced("r", { ...fromEnvironment, source: "EcsContainer" }, [hop("r")]),
    "111111111111",
    [
      ["the machine gives credentials to what runs on it", "session of EcsContainer for r"],
      ['with what profile "r" gives', "session of role r in 111111111111"],
    ],
  ],
];
for (const [name, who, accountId, steps] of explained) {
  test(`${name}: the plan says why each step is taken, what its session is called, and the account`, () => {
    const made = planOf(who);
    assert.deepEqual(
      made.steps.map(({ because, item }) => [because, item.label]),
      steps,
    );
    assert.equal(made.accountId, accountId);
  });
}

test("a plan holds what it was made from, and nothing else", () => {
  const who = identity("r", [hop("r")]);
  const { steps, baseIdentity, ...rest } = planOf(who);
  assert.deepEqual(rest, {
    kind: "plan",
    identity: "r",
    root: who.root,
    endpoint: usual.endpoint,
    rootEndpoint: usual.rootEndpoint,
    accountId: "111111111111",
  });
  assert.deepEqual(
    steps.map(({ item, because, ...step }) => defined(step)),
    [
      { kind: "base-session", durationSeconds: 43_200 },
      { kind: "role", hop: hop("r"), with: "base-session" },
    ],
  );
  const long = planOf(identity("r", [hop("r", { durationSeconds: 7200, roleSessionName: "me" })]));
  assert.deepEqual(Object.keys(defined(long.steps[0])).sort(), [
    "because",
    "hop",
    "item",
    "kind",
    "roleSessionName",
    "with",
  ]);
  assert.equal(long.steps[0].kind === "role" && long.steps[0].roleSessionName, "me");
  const { item, because, ...source } = planOf(sourced("p")).steps[0];
  assert.deepEqual(defined(source), {
    kind: "source",
    root: processRoot,
    durationSeconds: 43_200,
  });
  const named = planOf(who, { sessionName: "by-variable" }).steps.at(-1);
  assert.equal(named?.kind === "role" && named.roleSessionName, "by-variable");
  assert.equal(planOf(sourced("p")).accountId, undefined);
});

test("what starts from one key or one source waits for one lock", () => {
  const locks = [
    [identity("u"), identity("r", [hop("r")]), identity("x", [hop("x", long)], { mfaSerial: device })],
    [identity("u", [], { accessKeyId: "AKIAOTHER" })],
    [sourced("s", sso), sourced("r", sso, [hop("r")])],
    [sourced("p"), sourced("r", processRoot, [hop("r")])],
  ].map((group) => new Set(group.map((who) => planOf(who).baseIdentity)));
  assert.deepEqual(
    locks.map(({ size }) => size),
    [1, 1, 1, 1],
  );
  assert.equal(new Set(locks.flatMap((group) => [...group])).size, locks.length);
});

test("a source's session is found again where something else changes that does not shape it", () => {
  const item = (who: Identity, given = {}) => planOf(who, given).steps[0].item.name;
  const others = { sessionName: "other", sessionSeconds: 900, surroundings: ["x"] };
  for (const who of [sourced("s", sso), sourced("l", signedIn)]) assert.equal(item(who, others), item(who));
  const { sessionName, ...around } = others;
  assert.equal(item(sourced("w", webIdentity), around), item(sourced("w", webIdentity)));
  assert.notEqual(item(sourced("w", webIdentity), { sessionName }), item(sourced("w", webIdentity)));
  assert.equal(item(sourced("p"), { sessionName, surroundings: ["x"] }), item(sourced("p")));
  const turned = Object.fromEntries(Object.entries(sso).reverse()) as typeof sso;
  assert.equal(item(sourced("s", turned)), item(sourced("s", sso)));
});

test("a role straight from the key does not depend on how long base sessions last, and one on a session does", () => {
  const item = (who: Identity, sessionSeconds: number) =>
    planOf(who, { sessionSeconds }).steps.at(-1)?.item.name;
  const direct = identity("r", [hop("r", long)]);
  const shared = identity("r", [hop("r")]);
  assert.equal(item(direct, 900), item(direct, 1800));
  assert.notEqual(item(shared, 900), item(shared, 1800));
});

test("an hour is what a chain gets, and a second more is refused with what to write instead", () => {
  const chain = (durationSeconds: number) => planOf(identity("b", [hop("a"), hop("b", { durationSeconds })]));
  assert.equal(chain(3600).steps.length, 3);
  assert.throws(() => chain(3601), {
    message:
      '~/.aws/config:1: profile "b" wants 3601 s, but AWS gives a role that is assumed from temporary credentials 3600 s at most',
    hints: ['set duration_seconds = 3600 or less in profile "b"'],
  });
  assert.throws(
    () => planOf(sourced("r", processRoot, [hop("r", { durationSeconds: 3601 })])),
    /wants 3601 s/,
  );
});

test("a later role may name the device of the user, or none, and no other", () => {
  const chain = (mfaSerial: string) =>
    planOf(identity("b", [hop("a"), hop("b", { mfaSerial })], { mfaSerial: device }));
  for (const serial of [device, "none"]) assert.equal(chain(serial).steps.length, 3);
  const refusal = {
    message:
      '~/.aws/config:1: profile "b" names an MFA device of its own, but AWS takes no code for a role that is assumed from another role',
    hints: [`remove mfa_serial from profile "b", or name ${device}`],
  };
  assert.throws(() => chain(other), refusal);
  const onProgram = { ...processRoot, mfaSerial: device };
  assert.throws(() => planOf(sourced("b", onProgram, [hop("b", { mfaSerial: other })])), refusal);
});

test("the first role may say that it needs no device", () => {
  assert.deepEqual(inShort(identity("r", [hop("r", { mfaSerial: "none" })], { mfaSerial: device })), [
    "base 43200 with my-user1",
    "r by base-session",
  ]);
});

test("what cannot be planned says where and what to do", () => {
  const { secretAccessKey: sessionToken } = userRoot;
  assert.throws(() => planOf(identity("u", [], { sessionToken })), {
    message: `profile "${root}" holds temporary credentials (aws_session_token) with no known expiry`,
    hints: [
      "use the profile directly, or add its end below ~/.aws/config:1: aws_credential_expiration = 2030-01-31T23:59:59Z",
    ],
  });
  assert.throws(() => planOf(sourced("r", fromEnvironment, [hop("r")])), {
    message:
      '~/.aws/config:1: profile "r" takes its keys from the environment, where AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set',
  });
  const unknown = plan(identity("u"), { ...usual, remembered: { kind: "unknown" } });
  assert.deepEqual(unknown, { kind: "device-needed", key: userRoot });
});
