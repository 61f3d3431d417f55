import assert from "node:assert/strict";
import test from "node:test";
import { consoleUrl, federationUrl } from "../../src/aws/console-address.ts";

const endpoint = { fips: false, dualStack: false };

for (const [partition, region, signIn, page] of [
  ["aws", "eu-west-1", "eu-west-1.signin.aws.amazon.com", "eu-west-1.console.aws.amazon.com"],
  ["aws", "us-east-1", "us-east-1.signin.aws.amazon.com", "us-east-1.console.aws.amazon.com"],
  ["aws-cn", "cn-north-1", "cn-north-1.signin.amazonaws.cn", "cn-north-1.console.amazonaws.cn"],
  [
    "aws-us-gov",
    "us-gov-east-1",
    "us-gov-east-1.signin.amazonaws-us-gov.com",
    "us-gov-east-1.console.amazonaws-us-gov.com",
  ],
  [
    "aws-eusc",
    "eusc-de-east-1",
    "eusc-de-east-1.signin.amazonaws-eusc.eu",
    "eusc-de-east-1.console.amazonaws-eusc.eu",
  ],
] as const) {
  test(`the console of ${partition} in ${region} is signed in to, and shown, by that partition`, () => {
    const place = { ...endpoint, partition, region };
    assert.equal(federationUrl(place), `https://${signIn}/federation`);
    assert.equal(consoleUrl(place, {}), `https://${page}/console/home?region=${region}`);
    assert.equal(consoleUrl(place, { service: "ec2" }), `https://${page}/ec2/home?region=${region}`);
  });
}
