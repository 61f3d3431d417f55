import assert from "node:assert/strict";
import test from "node:test";
import { base32Decode, totpCode } from "./totp.ts";

// RFC 6238, appendix B: the secret is the ASCII text 12345678901234567890; the last six of its eight digits.
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const vectors: [seconds: number, code: string][] = [
  [59, "287082"],
  [1111111109, "081804"],
  [1111111111, "050471"],
  [1234567890, "005924"],
  [2000000000, "279037"],
  [20000000000, "353130"],
];

for (const [seconds, code] of vectors) {
  test(`the code at ${seconds} s is the one of RFC 6238`, () => {
    assert.equal(totpCode(secret, seconds * 1000), code);
  });
}

test("a base32 secret is read in either case, with spaces and padding", () => {
  assert.equal(base32Decode("gezd gnbv GY3T QOJQ====").toString(), "1234567890");
});

test("a mistyped base32 secret is an error and not another secret", () => {
  assert.throws(() => base32Decode("ABC1"), /not a base32 character: 1/);
});
