import assert from "node:assert/strict";
import test from "node:test";
import { endpointFor } from "../../src/aws/endpoint.ts";
import { failureOf, longTermKey, sdk } from "./calls.ts";
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
