import assert from "node:assert/strict";
import test from "node:test";
import { judge, pathOf, type Rules } from "../../src/serving/judge.ts";

const rules: Rules = { names: ["role1", "1/a b"], token: "t0ken", host: "127.0.0.1:5000" };
const socket: Rules = { names: ["role1"], token: undefined, host: undefined };
const right = { host: "127.0.0.1:5000", authorization: "t0ken" };

/** Who asks for what, and what comes of it: the name that is served, or a status. */
const table: readonly (readonly [what: string, Rules, Parameters<typeof judge>[0], string | number])[] = [
  ["an AWS client", rules, { method: "GET", path: "/role1", headers: right }, "role1"],
  ["a role by its account", rules, { method: "GET", path: pathOf("1/a b"), headers: right }, "1/a b"],
  ["no token", rules, { method: "GET", path: "/role1", headers: { host: right.host } }, 401],
  [
    "a part of the token",
    rules,
    { method: "GET", path: "/role1", headers: { ...right, authorization: "t0" } },
    401,
  ],
  [
    "who holds no token of its length",
    rules,
    { method: "GET", path: "/role1", headers: { ...right, authorization: "t0ke\u00ef" } },
    401,
  ],
  ["no token and no such name", rules, { method: "GET", path: "/x", headers: { host: right.host } }, 401],
  ["another name", rules, { method: "GET", path: "/role2", headers: right }, 404],
  ["a name and a query", rules, { method: "GET", path: "/role1?x", headers: right }, 404],
  ["what is no path", rules, { method: "GET", path: "/%", headers: right }, 404],
  ["nothing", rules, { method: "GET", path: "/", headers: right }, 404],
  ["a form", rules, { method: "POST", path: "/role1", headers: right }, 405],
  [
    "DNS rebinding",
    rules,
    { method: "GET", path: "/role1", headers: { ...right, host: "evil.example:5000" } },
    403,
  ],
  [
    "another port",
    rules,
    { method: "GET", path: "/role1", headers: { ...right, host: "127.0.0.1:80" } },
    403,
  ],
  ["no Host", rules, { method: "GET", path: "/role1", headers: { authorization: "t0ken" } }, 403],
  [
    "a page",
    rules,
    { method: "GET", path: "/role1", headers: { ...right, origin: "http://evil.example" } },
    403,
  ],
  [
    "a page of no origin",
    rules,
    { method: "GET", path: "/role1", headers: { ...right, origin: "null" } },
    403,
  ],
  [
    "an image",
    rules,
    { method: "GET", path: "/role1", headers: { ...right, "sec-fetch-mode": "no-cors" } },
    403,
  ],
  [
    "a preflight",
    rules,
    { method: "OPTIONS", path: "/role1", headers: { ...right, origin: "http://x" } },
    403,
  ],
  ["a socket", socket, { method: "GET", path: "/role1", headers: { host: "localhost" } }, "role1"],
  ["another name on a socket", socket, { method: "GET", path: "/role2", headers: {} }, 404],
];

for (const [what, given, asked, expected] of table) {
  test(`asked by: ${what}`, () => {
    const verdict = judge(asked, given);
    assert.equal(verdict.kind === "serve" ? verdict.name : verdict.status, expected);
    // Nothing of a request comes back, and no name tells itself to who has no token.
    if (verdict.kind === "refuse") assert.doesNotMatch(verdict.because, /t0ken|role|evil/);
  });
}
