import assert from "node:assert/strict";
import test from "node:test";
import type { Limit, RoleHop } from "../../src/config/resolve/identity.ts";
import { intoRole, limitSteps } from "../../src/session/limits.ts";
import type { Step } from "../../src/session/plan.ts";

const position = { file: "~/.aws/config", line: 7 };
const role: RoleHop = { profile: "r", roleArn: "arn:aws-cn:iam::111111111111:role/r", position };
const limit = (more: Partial<Limit>): Limit => ({ profile: "r-ro", position, ...more });

const merges: [name: string, RoleHop, Limit[], expected: object, rest: object[]][] = [
  ["a document goes with the role", role, [limit({ policy: "{}" })], { policy: "{}" }, []],
  [
    "a ready policy is the managed one of the role's partition",
    role,
    [limit({ policy: "read-only", policyArns: ["arn:aws-cn:iam::1:policy/x"] })],
    { policyArns: ["arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "arn:aws-cn:iam::1:policy/x"] },
    [],
  ],
  [
    "a role of twelve hours lasts one when it is limited, which takes no code",
    { ...role, durationSeconds: 43_200 },
    [limit({ policy: "{}" })],
    { policy: "{}", durationSeconds: 3600 },
    [],
  ],
  [
    "a limit does not make it longer",
    { ...role, durationSeconds: 900 },
    [limit({ durationSeconds: 1800 })],
    { durationSeconds: 900 },
    [],
  ],
  [
    "less than AWS gives to a role takes a call of its own",
    role,
    [limit({ policy: "{}", durationSeconds: 300 })],
    { policy: "{}", durationSeconds: 3600 },
    [limit({ durationSeconds: 300 })],
  ],
  [
    "the second limit takes a call of its own",
    role,
    [limit({ policy: "{}" }), limit({ policy: "read-only" })],
    { policy: "{}" },
    [limit({ policy: "read-only" })],
  ],
  [
    "a role with a policy of its own is not widened by the limit's",
    { ...role, policy: '{"Id":"own"}' },
    [limit({ policy: "{}" })],
    { policy: '{"Id":"own"}' },
    [limit({ policy: "{}" })],
  ],
];
for (const [name, hop, limits, expected, rest] of merges) {
  test(`limits of a role: ${name}`, () => {
    const { durationSeconds: _, ...same } = hop;
    assert.deepEqual(intoRole([hop], limits), { hops: [{ ...same, ...expected }], rest });
  });
}

const base: Step = {
  kind: "base-session",
  durationSeconds: 43_200,
  item: { name: "session of key 0001 ab", label: "session of user u" },
  because: "",
};
const identity = { name: "u-ro", root: {} as never, hops: [], settings: new Map() };

test("the sessions of different limits have different names, and none has the unlimited one", () => {
  const names = [
    [limit({ policy: "{}" })],
    [limit({ policy: '{"Id":"x"}' })],
    [limit({ policy: "{}", durationSeconds: 900 })],
    [limit({ policy: "{}" }), limit({ policy: "{}" })],
  ].map((limits) => limitSteps(identity, limits, base).at(-1)?.item.name);
  assert.equal(new Set([...names, base.item.name]).size, 5);
});

test("the ready policy fits into what AWS takes, names services and reads no secrets", () => {
  const [step] = limitSteps(identity, [limit({ policy: "read-only" })], base);
  const document = step?.policy ?? "";
  assert.ok(document.length <= 2048, String(document.length));
  const [statement] = JSON.parse(document).Statement;
  for (const action of statement.Action)
    assert.match(action, /^[a-z0-9]+:(?:BatchGet|Describe|Filter|Get|List|Query|Scan)[A-Za-z]*\*?$/);
  assert.doesNotMatch(document, /secretsmanager|ssm:|kms/);
});

test("more than three layers are refused, and so is a managed policy where no role is assumed", () => {
  const four = [1, 2, 3, 4].map(() => limit({ policy: "{}" }));
  assert.equal(limitSteps(identity, four.slice(1), base).length, 3);
  assert.throws(() => limitSteps(identity, four, base), /config:7: "u-ro" is limited more than 3 times over/);
  assert.throws(
    () => limitSteps(identity, [limit({ policyArns: ["x"] })], base),
    /only where a role is assumed/,
  );
});
