import assert from "node:assert/strict";
import test from "node:test";
import { transportError } from "../../src/aws/network-errors.ts";

const place = { host: "sts.eu-west-1.amazonaws.com", limits: { connect: 5000, answer: 20_000 } };

const cases: [code: string, kind: string, message: string][] = [
  ["ETIMEDOUT", "timeout", "no connection to sts.eu-west-1.amazonaws.com within 5 s"],
  ["ENETUNREACH", "network", "no way to sts.eu-west-1.amazonaws.com (ENETUNREACH)"],
  ["EAI_AGAIN", "network", "no address found for sts.eu-west-1.amazonaws.com (EAI_AGAIN)"],
  ["EPIPE", "network", "the connection to sts.eu-west-1.amazonaws.com broke off (EPIPE)"],
  [
    "CERT_HAS_EXPIRED",
    "tls",
    "the certificate of sts.eu-west-1.amazonaws.com is not valid at this time (CERT_HAS_EXPIRED)",
  ],
  [
    "SELF_SIGNED_CERT_IN_CHAIN",
    "tls",
    "the certificate of sts.eu-west-1.amazonaws.com is not trusted (SELF_SIGNED_CERT_IN_CHAIN)",
  ],
  [
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "tls",
    "sts.eu-west-1.amazonaws.com does not speak TLS as it must (ERR_SSL_WRONG_VERSION_NUMBER)",
  ],
];
for (const [code, kind, message] of cases) {
  test(`a connection that ends with ${code} is told in words`, () => {
    const thrown = Object.assign(new Error("canary"), { code, options: { headers: "canary" } });
    const error = transportError(thrown, place, { sent: false, atProxy: false });
    assert.deepEqual([error.kind, error.message], [kind, message]);
    assert.doesNotMatch(JSON.stringify(error) + String(error.cause), /canary/);
  });
}

test("a certificate for another name is the proxy's where the connection to it failed", () => {
  const thrown = Object.assign(new Error(), { code: "ERR_TLS_CERT_ALTNAME_INVALID", atProxy: true });
  const place = { host: "sts.invalid", proxy: "proxy.invalid:3128", limits: { connect: 1, answer: 1 } };
  const error = transportError(thrown, place, { sent: false, atProxy: false });
  assert.equal(
    error.message,
    "the certificate of the proxy proxy.invalid:3128 is for another name than proxy.invalid:3128",
  );
});
