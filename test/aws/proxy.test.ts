import assert from "node:assert/strict";
import test from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import { proxyFor } from "../../src/aws/proxy.ts";
import { endpointAt, failureOf, longTermKey, sdk } from "./calls.ts";
import { serveProxy } from "./proxy-server.ts";

const sts = new URL("https://sts.eu-west-1.amazonaws.com/");
const local = new URL("http://127.0.0.1:4566/");

const cases: [name: string, target: URL, env: Record<string, string>, proxy?: string][] = [
  ["no variables, no proxy", sts, {}],
  ["HTTPS_PROXY is for https", sts, { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://q:1" }, "p:1"],
  ["HTTP_PROXY is for http", local, { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://q:1" }, "q:1"],
  ["lower case comes first", sts, { HTTPS_PROXY: "http://p:1", https_proxy: "http://q:1" }, "q:1"],
  ["ALL_PROXY is the last", sts, { ALL_PROXY: "http://p:1" }, "p:1"],
  ["an empty variable is none", sts, { HTTPS_PROXY: "", https_proxy: "" }],
  ["a proxy without a scheme speaks HTTP", sts, { HTTPS_PROXY: "p:8080" }, "p:8080"],
  ["NO_PROXY names a domain", sts, { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.com, amazonaws.com" }],
  ["NO_PROXY with a leading dot", sts, { HTTPS_PROXY: "http://p:1", NO_PROXY: ".amazonaws.com" }],
  ["NO_PROXY with a star", sts, { HTTPS_PROXY: "http://p:1", NO_PROXY: "*.AMAZONAWS.com" }],
  ["NO_PROXY for everything", sts, { HTTPS_PROXY: "http://p:1", no_proxy: "*" }],
  ["NO_PROXY with a star among others", sts, { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.com,*" }],
  ["NO_PROXY with a star and no dot", sts, { HTTPS_PROXY: "http://p:1", NO_PROXY: "*naws.com" }],
  ["NO_PROXY with the scheme's own port", sts, { HTTPS_PROXY: "http://p:1", NO_PROXY: "amazonaws.com:443" }],
  ["NO_PROXY of separators alone", sts, { HTTPS_PROXY: "http://p:1", NO_PROXY: " , ." }, "p:1"],
  ["a blank variable is none", sts, { HTTPS_PROXY: " ", ALL_PROXY: "http://p:1" }, "p:1"],
  [
    "NO_PROXY does not cover what only ends alike",
    sts,
    { HTTPS_PROXY: "http://p:1", NO_PROXY: "azonaws.com" },
    "p:1",
  ],
  ["NO_PROXY with the right port", local, { HTTP_PROXY: "http://p:1", NO_PROXY: "127.0.0.1:4566" }],
  ["NO_PROXY with another port", local, { HTTP_PROXY: "http://p:1", NO_PROXY: "127.0.0.1:80" }, "p:1"],
  ["NO_PROXY with a range", local, { HTTP_PROXY: "http://p:1", NO_PROXY: "127.0.0.0/8" }],
  [
    "NO_PROXY with another range",
    local,
    { HTTP_PROXY: "http://p:1", NO_PROXY: "10.0.0.0/8,127.0.0.1/99" },
    "p:1",
  ],
  [
    "NO_PROXY with an IPv6 address",
    new URL("https://[::1]:1/"),
    { HTTPS_PROXY: "http://p:1", NO_PROXY: "::1" },
  ],
  [
    "NO_PROXY with an IPv6 address and a port",
    new URL("https://[::1]:1/"),
    { HTTPS_PROXY: "http://p:1", NO_PROXY: "[::1]:1" },
  ],
  [
    "NO_PROXY with another IPv6 address",
    new URL("https://[::1]:1/"),
    { HTTPS_PROXY: "http://p:1", NO_PROXY: "::2,[::1]:2" },
    "p:1",
  ],
];
for (const [name, target, env, proxy] of cases) {
  test(`proxy: ${name}`, () => {
    assert.equal(proxyFor(target, env)?.host, proxy);
    if (proxy !== undefined) assert.equal(proxyFor(target, env)?.protocol, "http:");
  });
}

for (const value of ["http://ann:canary@bad host", "socks5://ann:canary@p:1"]) {
  test(`a proxy that cannot be used is named by its variable only: ${value.split(":")[0]}`, () => {
    assert.throws(
      () => proxyFor(sts, { HTTPS_PROXY: value }),
      (error) =>
        error instanceof AwsError && /^HTTPS_PROXY/.test(error.message) && !/canary/.test(error.message),
    );
  });
}

for (const scheme of ["http", "https"]) {
  test(`user and password of a proxy are decoded, and a stray percent sign is itself (${scheme})`, async (t) => {
    const proxy = await serveProxy(t, { status: 403 });
    for (const user of ["ann:p%40ss@", "ann:100%@", "ann:%ff%40@", ""]) {
      const aws = sdk({ env: { ALL_PROXY: `http://${user}${proxy.host}` } });
      await failureOf(aws.getCallerIdentity(endpointAt(`${scheme}://sts.invalid`), longTermKey));
    }
    const decoded = proxy.authorizations.map((sent) => sent && atob(sent.replace("Basic ", "")));
    assert.deepEqual(decoded, ["ann:p@ss", "ann:100%", "ann:%ff%40", undefined]);
  });
}
