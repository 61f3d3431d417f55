import assert from "node:assert/strict";
import test from "node:test";
import { parseProcessDocument } from "../../src/sources/process-document.ts";

const secret = "canarySecretAccessKey0123456789abcdefghi";
const token = "canarySessionToken//////////";
const session = { Version: 1, AccessKeyId: "ASIAFAKE", SecretAccessKey: secret, SessionToken: token };
const key = { Version: 1, AccessKeyId: "AKIAFAKE", SecretAccessKey: secret };
const end = Date.parse("2030-01-31T23:59:59Z");

/** What other programs print, as their sources have it. */
for (const [program, output, expiresAt] of [
  [
    "aws configure export-credentials",
    `${JSON.stringify({ ...session, Expiration: "2030-01-31T23:59:59+00:00" }, undefined, 2)}\n`,
    end,
  ],
  ["aws-vault export --format=json", JSON.stringify({ ...session, Expiration: "2030-01-31T23:59:59Z" }), end],
  [
    "granted credential-process",
    `${JSON.stringify({ ...session, Expiration: "2030-01-31T23:59:59Z" })}\r\n`,
    end,
  ],
  ["saml2aws script", JSON.stringify({ ...session, Expiration: "2030-02-01T01:59:59+02:00" }), end],
  [
    "botocore's isoformat",
    JSON.stringify({ ...session, Expiration: "2030-01-31T23:59:59.123456+00:00" }),
    end + 123,
  ],
  [
    "a Go program with nanoseconds",
    JSON.stringify({ ...session, Expiration: "2030-01-31T23:59:59.123456789Z" }),
    end + 123,
  ],
  [
    "one with an offset without a colon",
    JSON.stringify({ ...session, Expiration: "2030-01-31T22:59:59-0100" }),
    end,
  ],
  ["one with a blank for the T", JSON.stringify({ ...session, Expiration: "2030-01-31 23:59:59Z" }), end],
  ["one with the compact form", JSON.stringify({ ...session, Expiration: "20300131T235959Z" }), end],
  [
    "one that names the account",
    JSON.stringify({ ...session, AccountId: "111111111111", More: {} }),
    undefined,
  ],
  ["one with a null end", JSON.stringify({ ...session, Expiration: null }), undefined],
  ["one with version 1.0", JSON.stringify(session).replace("1", "1.0"), undefined],
] as const) {
  test(`what ${program} prints is a session`, () => {
    const parsed = parseProcessDocument(output);
    assert.ok(parsed.kind === "credentials", JSON.stringify(parsed));
    const { accessKeyId, secretAccessKey, sessionToken, ...rest } = parsed.credentials;
    assert.deepEqual(
      [accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal()],
      ["ASIAFAKE", secret, token],
    );
    assert.equal(rest.expiresAt, expiresAt);
  });
}

for (const [what, document] of [
  ["without a token", key],
  ["with a null token", { ...key, SessionToken: null }],
  ["with an empty token", { ...key, SessionToken: "" }],
] as const) {
  test(`a long-term key ${what} is one`, () => {
    const parsed = parseProcessDocument(JSON.stringify(document));
    assert.ok(parsed.kind === "credentials");
    assert.equal("sessionToken" in parsed.credentials, false);
  });
}

const noJson = "it must print the document and nothing else";
for (const [what, output, expected] of [
  ["nothing", "\n", "nothing"],
  ["words", "no session", `something that is no JSON; ${noJson}`],
  [
    "words before it",
    `hello\n${JSON.stringify(session)}`,
    `something that is not one JSON document; ${noJson}`,
  ],
  ["words behind it", `${JSON.stringify(session)} bye`, `something that is not one JSON document; ${noJson}`],
  ["two of them", JSON.stringify(session).repeat(2), `something that is not one JSON document; ${noJson}`],
  ["a list", "[1]", "JSON that is no object"],
  ["null", "null", "JSON that is no object"],
  ["no version", { ...session, Version: undefined }, 'no "Version"'],
  [
    "a version in lower case",
    { ...session, Version: undefined, version: 1 },
    'no "Version" but "version"; the case counts',
  ],
  ["version 2", { ...session, Version: 2 }, "version 2, not 1"],
  ["a version in quotes", { ...session, Version: "1" }, '"Version" not as the number 1'],
  ["a version that is true", { ...session, Version: true }, '"Version" not as the number 1'],
  ["no key id", { ...session, AccessKeyId: undefined }, 'no "AccessKeyId"'],
  ["an empty secret", { ...session, SecretAccessKey: "" }, 'no "SecretAccessKey"'],
  [
    "a secret in another case",
    { ...session, SecretAccessKey: undefined, secretAccessKey: secret },
    'no "SecretAccessKey" but "secretAccessKey"; the case counts',
  ],
  [
    "a secret with a line end",
    { ...session, SecretAccessKey: `${secret}\n` },
    'a "SecretAccessKey" that AWS cannot have given',
  ],
  ["a key id that is a number", { ...session, AccessKeyId: 1 }, 'a "AccessKeyId" that AWS cannot have given'],
  [
    "a token that is a list",
    { ...session, SessionToken: [token] },
    'a "SessionToken" that AWS cannot have given',
  ],
  [
    "a temporary key without its token",
    { ...session, SessionToken: undefined, Token: token },
    'a temporary key (ASIA…) without its "SessionToken"',
  ],
  ...["2030-01-31T23:59:59", "2030-01-31", "tomorrow", "", 1896134399, "2030-13-31T23:59:59Z", {}].map(
    (Expiration) =>
      [
        `the end ${JSON.stringify(Expiration)}`,
        { ...session, Expiration },
        'an "Expiration" that is not in the form 2030-01-31T23:59:59Z, which every client takes',
      ] as const,
  ),
] as const) {
  test(`${what} is told of, and none of it is shown`, () => {
    const parsed = parseProcessDocument(typeof output === "string" ? output : JSON.stringify(output));
    assert.deepEqual(parsed, { kind: "wrong", what: expected });
    assert.doesNotMatch(expected, /canary/);
  });
}

test("attack-13: a day that no month has is no end", () => {
  for (const [day, kind] of [
    ["2030-02-31", "wrong"],
    ["2030-02-29", "wrong"],
    ["2028-02-29", "credentials"],
    ["2030-04-31", "wrong"],
  ] as const) {
    const text = JSON.stringify({ ...session, Expiration: `${day}T00:00:00Z` });
    assert.equal(parseProcessDocument(text).kind, kind, day);
  }
});
