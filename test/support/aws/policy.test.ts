import assert from "node:assert/strict";
import test from "node:test";
import { judge, judgeTrust, type Question, type Statement, type Verdict } from "./policy.ts";

const question: Question = {
  action: "sts:AssumeRole",
  resource: "arn:aws:iam::111111111111:role/my-role1",
  context: {
    "aws:MultiFactorAuthPresent": "false",
    "aws:TagKeys": ["a", "b"],
    age: "10",
    day: "2024-01-02",
    kind: "role",
  },
};

const allow = (more: Partial<Statement> = {}): Statement => ({
  Effect: "Allow",
  Action: "*",
  Resource: "*",
  ...more,
});

const cases: [name: string, statements: Statement[], Verdict][] = [
  ["nothing", [], "none"],
  ["everything", [allow()], "allow"],
  ["the action in another case", [allow({ Action: "STS:assumerole" })], "allow"],
  ["an action with stars", [allow({ Action: ["iam:*", "sts:Assume*"] })], "allow"],
  ["another action", [allow({ Action: "sts:TagSession" })], "none"],
  ["all actions but this", [{ Effect: "Allow", NotAction: "sts:*", Resource: "*" }], "none"],
  ["all actions but another", [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }], "allow"],
  ["a resource with a question mark", [allow({ Resource: "arn:aws:iam::*:role/my-role?" })], "allow"],
  ["a dot that is only a dot", [allow({ Resource: "arn:aws:iam::111111111111:role/my.role1" })], "none"],
  ["another resource", [allow({ Resource: "arn:aws:iam::111111111111:role/my-role2" })], "none"],
  ["a variable", [allow({ Resource: "arn:aws:iam::111111111111:${Kind}/my-role1" })], "allow"],
  ["a variable of another value", [allow({ Resource: "arn:aws:iam::111111111111:role/${kind}" })], "none"],
  ["a variable that has no value", [allow({ Resource: ["*${aws:username}", "${x}*"] })], "none"],
  ["no resource", [{ Effect: "Allow", Action: "*" }], "none"],
  ["a denial after all", [allow(), { ...allow(), Effect: "Deny" }], "deny"],
];

for (const [name, Statement, verdict] of cases) {
  test(`a policy that names ${name}: ${verdict}`, () =>
    assert.equal(judge([{ Statement }], question), verdict));
}

const conditions: [operator: string, key: string, value: string | string[], holds: boolean][] = [
  ["Bool", "aws:MultiFactorAuthPresent", "false", true],
  ["Bool", "aws:MultiFactorAuthPresent", "true", false],
  ["Bool", "absent", "false", false],
  ["BoolIfExists", "absent", "false", true],
  ["BoolIfExists", "aws:MultiFactorAuthPresent", "true", false],
  ["Null", "absent", "true", true],
  ["Null", "age", "true", false],
  ["Null", "age", "false", true],
  ["StringEquals", "age", ["9", "10"], true],
  ["StringEquals", "age", "1*", false],
  ["StringLike", "age", "1*", true],
  ["NumericLessThan", "age", "9", false],
  ["NumericLessThan", "age", "10", false],
  ["NumericLessThan", "age", "100", true],
  ["NumericLessThanEquals", "age", "10", true],
  ["NumericGreaterThan", "age", "9", true],
  ["DateLessThan", "day", "2024-01-03T00:00:00Z", true],
  ["DateLessThan", "day", "2024-01-02T00:00:00Z", false],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["a", "b", "c"], true],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["a"], false],
  ["ForAllValues:StringEquals", "absent", ["a"], true],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["b"], true],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["c"], false],
];

for (const [operator, key, value, holds] of conditions) {
  test(`${operator} of ${key} and ${value} ${holds ? "holds" : "does not hold"}`, () => {
    const Statement = [allow({ Condition: { [operator]: { [key]: value } } })];
    assert.equal(judge([{ Statement }], question), holds ? "allow" : "none");
  });
}

test("a condition that the fake does not know is an error and not a match", () => {
  const Statement = [allow({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } })];
  assert.throws(() => judge([{ Statement }], question), /does not know the condition operator IpAddress/);
});

test("of two statements of a trust policy, the one that names the caller itself counts", () => {
  const trusting = (AWS: string | string[]): Statement => ({
    Effect: "Allow",
    Principal: { AWS },
    Action: "*",
  });
  const fit = (principal: string) =>
    principal === "me" ? "itself" : principal === "us" ? "account" : undefined;
  const judged = (...Statement: Statement[]) => judgeTrust({ Statement }, question, fit);
  assert.deepEqual(judged(trusting("us"), trusting("me")), { verdict: "allow", fit: "itself" });
  assert.deepEqual(judged(trusting(["them", "us", "me"])), { verdict: "allow", fit: "itself" });
  assert.deepEqual(judged(trusting("us")), { verdict: "allow", fit: "account" });
  assert.deepEqual(judged(trusting("them")), { verdict: "none", fit: undefined });
  const denial: Statement = { ...trusting("us"), Effect: "Deny" };
  assert.deepEqual(judged(trusting("me"), denial), { verdict: "deny", fit: undefined });
  assert.throws(() => judged({ Effect: "Allow", Action: "*" }), /needs a Principal/);
});
