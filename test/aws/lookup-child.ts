import { endpointFor } from "../../src/aws/endpoint.ts";
import { awsSdk } from "../../src/aws/sdk.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

/**
 * A process of its own that asks STS and IAM at the URL given, and prints who it is and which of AWS's variables
 * were read on the way. For environment.test.ts.
 */
const read = new Set<string>();
process.env = new Proxy(process.env, {
  get: (target, name: string) => {
    if (/AWS|AMZN|PROXY/i.test(name) && !name.startsWith("AWS_AS_TEST")) read.add(name);
    return target[name];
  },
});
const [url = ""] = process.argv.slice(2);
const endpoint = endpointFor(new Map(), { AWS_ENDPOINT_URL: url, AWS_REGION: "eu-west-1" });
const env = { HTTPS_PROXY: process.env["AWS_AS_TEST_PROXY"] };
const caBundle = process.env["AWS_AS_TEST_CA"];
const aws = awsSdk({ env, clock: systemClock, platform: process.platform });
const key = {
  accessKeyId: process.env["AWS_AS_TEST_KEY"] ?? "",
  secretAccessKey: new Secret(process.env["AWS_AS_TEST_SECRET"] ?? ""),
};
const there = caBundle === undefined ? endpoint : { ...endpoint, caBundle };
const session = await aws.getSessionToken(there, { key, durationSeconds: 900 });
const { arn } = await aws.getCallerIdentity(there, session);
const { serials } = await aws.listMfaDevices(there, key);
process.stdout.write(`${arn} ${serials.join(" ")}\n${[...read].sort().join(" ")}\n`);
