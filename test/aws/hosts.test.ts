import assert from "node:assert/strict";
import test from "node:test";
import { endpointFor } from "../../src/aws/endpoint.ts";
import { ssoPortal } from "../../src/aws/portal.ts";
import { refreshLogin } from "../../src/aws/signin.ts";
import { Secret } from "../../src/system/secret.ts";
import { newLoginKey } from "../support/sso-scene.ts";
import { failureOf, longTermKey, sdk, testClock } from "./calls.ts";
import { serveProxy } from "./proxy-server.ts";

// The SDK would look here by itself where it is given no address.
process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1";

/** A proxy that opens no way still hears where one was wanted. */
const cases: [settings: Record<string, string>, sts: string, iam: string][] = [
  [{ region: "eu-west-1" }, "sts.eu-west-1.amazonaws.com", "iam.amazonaws.com"],
  [
    { region: "eu-west-1", sts_regional_endpoints: "legacy" },
    "sts.eu-west-1.amazonaws.com",
    "iam.amazonaws.com",
  ],
  [
    { region: "us-east-1", use_fips_endpoint: "true" },
    "sts-fips.us-east-1.amazonaws.com",
    "iam-fips.amazonaws.com",
  ],
  [{ region: "eu-west-1", use_dualstack_endpoint: "true" }, "sts.eu-west-1.api.aws", "iam.global.api.aws"],
  [{ region: "cn-northwest-1" }, "sts.cn-northwest-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn"],
  [{ region: "us-gov-east-1" }, "sts.us-gov-east-1.amazonaws.com", "iam.us-gov.amazonaws.com"],
];
for (const [settings, sts, iam] of cases) {
  test(`hosts of ${JSON.stringify(settings)}`, async (t) => {
    const proxy = await serveProxy(t, { status: 403 });
    const aws = sdk({ env: { HTTPS_PROXY: `http://${proxy.host}` } });
    const endpoint = endpointFor(
      new Map(Object.entries(settings).map(([name, value]) => [name, { value }])),
      {},
    );
    await failureOf(aws.getCallerIdentity(endpoint, longTermKey));
    await failureOf(aws.listMfaDevices(endpoint, longTermKey));
    assert.deepEqual(proxy.requests, [`CONNECT ${sts}:443`, `CONNECT ${iam}:443`]);
  });
}

/** The portal, OIDC and sign-in of a region, as the SDK's own providers ask them. */
const signInHosts: [region: string, portal: string, oidc: string, signin: string][] = [
  [
    "eu-west-1",
    "portal.sso.eu-west-1.amazonaws.com",
    "oidc.eu-west-1.amazonaws.com",
    "eu-west-1.signin.aws.amazon.com",
  ],
  [
    "cn-north-1",
    "portal.sso.cn-north-1.amazonaws.com.cn",
    "oidc.cn-north-1.amazonaws.com.cn",
    "cn-north-1.signin.amazonaws.cn",
  ],
  [
    "us-gov-west-1",
    "portal.sso.us-gov-west-1.amazonaws.com",
    "oidc.us-gov-west-1.amazonaws.com",
    "us-gov-west-1.signin.amazonaws-us-gov.com",
  ],
];
for (const [region, ...hosts] of signInHosts) {
  test(`hosts that sign people in, in ${region}`, async (t) => {
    const proxy = await serveProxy(t, { status: 403 });
    const env = { HTTPS_PROXY: `http://${proxy.host}` };
    const endpoint = endpointFor(new Map(), { AWS_REGION: "ap-south-1" });
    const options = { env, clock: testClock(), platform: "linux", endpoint };
    const secret = new Secret("canary");
    const portal = ssoPortal(region, options);
    const key = newLoginKey().pem;
    for (const call of [
      () => portal.getRoleCredentials({ accountId: "111111111111", roleName: "Admin", accessToken: secret }),
      () => portal.refreshToken({ clientId: "c", clientSecret: secret, refreshToken: secret }),
      () => refreshLogin({ clientId: "c", refreshToken: secret, dpopKey: new Secret(key) }, region, options),
    ]) {
      assert.match((await failureOf(call())).message, /does not open a way to/);
    }
    assert.deepEqual(
      proxy.requests,
      hosts.map((host) => `CONNECT ${host}:443`),
    );
  });
}
