import assert from "node:assert/strict";
import test from "node:test";
import { checkSignature, checkSkew, type RawRequest, readClaim } from "./sigv4.ts";

// The case get-vanilla of AWS's own Signature Version 4 test suite.
const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
const at = Date.UTC(2015, 7, 30, 12, 36, 0);

function vanilla(headers: Record<string, string> = {}): RawRequest {
  return {
    method: "GET",
    target: "/",
    body: Buffer.alloc(0),
    headers: {
      host: "example.amazonaws.com",
      "x-amz-date": "20150830T123600Z",
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      ...headers,
    },
  };
}

const check = (request: RawRequest, key = secret) => checkSignature(request, readClaim(request), key);

const authorization = (change: (text: string) => string) => ({
  authorization: change(String(vanilla().headers.authorization)),
});

test("the signature of AWS's test suite is right", () => {
  check(vanilla());
});

const wrong: [name: string, request: RawRequest, message: RegExp][] = [
  ["another method", { ...vanilla(), method: "POST" }, /does not match/],
  ["another path", { ...vanilla(), target: "/x" }, /does not match/],
  ["another query", { ...vanilla(), target: "/?a=b" }, /does not match/],
  ["another body", { ...vanilla(), body: Buffer.from("x") }, /does not match/],
  ["another host", vanilla({ host: "example.org" }), /does not match/],
  [
    "another region",
    vanilla(authorization((text) => text.replace("us-east-1", "us-west-1"))),
    /does not match/,
  ],
  ["another service", vanilla(authorization((text) => text.replace("/service/", "/sts/"))), /does not match/],
  ["a shortened signature", vanilla(authorization((text) => text.slice(0, -2))), /does not match/],
  [
    "an unsigned host",
    vanilla(authorization((text) => text.replace("host;", ""))),
    /'host' must be a 'SignedHeader'/,
  ],
  [
    "an unsigned date",
    vanilla(authorization((text) => text.replace(";x-amz-date", ""))),
    /'x-amz-date' must be/,
  ],
  ["an unsigned token", vanilla({ "x-amz-security-token": "t" }), /'x-amz-security-token' must be/],
  [
    "a header that is not there",
    vanilla(authorization((text) => text.replace("host;", "host;x;"))),
    /does not have/,
  ],
  ["a date outside of its scope", vanilla({ "x-amz-date": "20150831T123600Z" }), /Date in Credential scope/],
  [
    "another terminator",
    vanilla(authorization((text) => text.replace("aws4_request", "aws5"))),
    /valid terminator/,
  ],
];

for (const [name, request, message] of wrong) {
  test(`a request with ${name} is refused as SignatureDoesNotMatch`, () => {
    assert.throws(() => check(request), { code: "SignatureDoesNotMatch", status: 403, message });
  });
}

test("another secret gives another signature", () => {
  assert.throws(() => check(vanilla(), "x"), { code: "SignatureDoesNotMatch" });
});

test("a request without authorization is refused as MissingAuthenticationToken", () => {
  const { authorization: _, ...headers } = vanilla().headers;
  assert.throws(() => readClaim({ ...vanilla(), headers }), {
    code: "MissingAuthenticationToken",
    status: 403,
  });
});

const incomplete: [name: string, request: RawRequest][] = [
  ["another algorithm", vanilla(authorization((text) => text.replace("HMAC", "ECDSA")))],
  ["no signature", vanilla(authorization((text) => text.replace(/Signature=.*/, "")))],
  ["no signed headers", vanilla(authorization((text) => text.replace(/SignedHeaders=[^,]*,/, "")))],
  ["no credential", vanilla(authorization((text) => text.replace(/Credential=[^,]*,/, "")))],
  ["a short credential", vanilla(authorization((text) => text.replace("/us-east-1", "")))],
  ["no date", vanilla({ "x-amz-date": "" })],
];

for (const [name, request] of incomplete) {
  test(`a request with ${name} is refused as IncompleteSignature`, () => {
    assert.throws(() => check(request), { code: "IncompleteSignature", status: 400 });
  });
}

test("a signature holds for five minutes on either side, and then says by how much it is off", () => {
  const claim = readClaim(vanilla());
  checkSkew(claim, at + 300_000, 300_000);
  checkSkew(claim, at - 300_000, 300_000);
  assert.throws(() => checkSkew(claim, at + 301_000, 300_000), {
    message:
      "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)",
  });
  assert.throws(() => checkSkew(claim, at - 301_000, 300_000), {
    message:
      "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)",
  });
  checkSkew(claim, at + 1e9, Number.POSITIVE_INFINITY);
});
