import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Endpoint } from "../../src/aws/aws.ts";
import { type EndpointHint, endpointFor, endpointKey } from "../../src/aws/endpoint.ts";
import { UserError } from "../../src/system/user-error.ts";

type Values = Record<string, string>;

const settingsOf = (values: Values) =>
  new Map(
    Object.entries(values).map(([name, value]) => [name, { value, position: { file: "config", line: 7 } }]),
  );

function endpoint(settings: Values, env: Values = {}, hint?: EndpointHint): Endpoint {
  return endpointFor(settingsOf(settings), env, hint);
}

const role = (partition: string) => ({ arn: `arn:${partition}:iam::111111111111:role/r` });

const regions: [
  name: string,
  settings: Values,
  env: Values,
  hint: EndpointHint,
  region: string,
  partition: string,
][] = [
  [
    "config-15: the identity's own region comes first",
    { region: "eu-west-1" },
    { AWS_REGION: "us-east-2" },
    {},
    "eu-west-1",
    "aws",
  ],
  [
    "then AWS_REGION",
    {},
    { AWS_REGION: "us-east-2", AWS_DEFAULT_REGION: "us-west-1" },
    {},
    "us-east-2",
    "aws",
  ],
  [
    "then AWS_DEFAULT_REGION",
    {},
    { AWS_REGION: "", AWS_DEFAULT_REGION: "us-west-1" },
    {},
    "us-west-1",
    "aws",
  ],
  ["without any, the partition's own", {}, {}, {}, "us-east-1", "aws"],
  ["an ARN of China leads there", {}, {}, role("aws-cn"), "cn-north-1", "aws-cn"],
  ["an ARN of GovCloud leads there", {}, {}, role("aws-us-gov"), "us-gov-west-1", "aws-us-gov"],
  ["an ARN of a secret region leads there", {}, {}, role("aws-iso-b"), "us-isob-east-1", "aws-iso-b"],
  ["an ARN of the European cloud leads there", {}, {}, role("aws-eusc"), "eusc-de-east-1", "aws-eusc"],
  ["a region of China means China", { region: "cn-northwest-1" }, {}, {}, "cn-northwest-1", "aws-cn"],
  ["a region of GovCloud means GovCloud", { region: "us-gov-east-1" }, {}, {}, "us-gov-east-1", "aws-us-gov"],
  ["us-iso and us-isob are told apart", { region: "us-isob-east-1" }, {}, {}, "us-isob-east-1", "aws-iso-b"],
  [
    "a region of the environment in another partition is passed over",
    {},
    { AWS_REGION: "us-east-2" },
    role("aws-cn"),
    "cn-north-1",
    "aws-cn",
  ],
  [
    "what is no ARN of a known partition is no hint",
    {},
    {},
    { arn: "arn:evil.com:iam::1:role/r" },
    "us-east-1",
    "aws",
  ],
];
for (const [name, settings, env, hint, region, partition] of regions) {
  test(`region: ${name}`, () => {
    const found = endpoint(settings, env, hint);
    assert.deepEqual({ region: found.region, partition: found.partition }, { region, partition });
  });
}

const services = (sts: string) => ({ services: settingsOf({ sts }) });
const addresses: [
  name: string,
  settings: Values,
  env: Values,
  hint: EndpointHint,
  sts?: string | undefined,
  iam?: string,
][] = [
  ["none by default", {}, {}, {}],
  [
    "AWS_ENDPOINT_URL_STS beats all, for STS",
    { endpoint_url: "http://d" },
    { AWS_ENDPOINT_URL_STS: "http://a", AWS_ENDPOINT_URL: "http://b" },
    services("http://c"),
    "http://a/",
    "http://b/",
  ],
  ["AWS_ENDPOINT_URL_IAM is for IAM", {}, { AWS_ENDPOINT_URL_IAM: "http://a" }, {}, undefined, "http://a/"],
  [
    "AWS_ENDPOINT_URL beats the file",
    { endpoint_url: "http://d" },
    { AWS_ENDPOINT_URL: "http://b" },
    services("http://c"),
    "http://b/",
    "http://b/",
  ],
  [
    "the services section beats the profile",
    { endpoint_url: "http://d" },
    {},
    services("http://c"),
    "http://c/",
    "http://d/",
  ],
  [
    "the profile's is the last",
    { endpoint_url: "https://d:1/path" },
    {},
    {},
    "https://d:1/path",
    "https://d:1/path",
  ],
  [
    "an empty variable is none",
    { endpoint_url: "http://d" },
    { AWS_ENDPOINT_URL: "" },
    {},
    "http://d/",
    "http://d/",
  ],
  [
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS switches all off",
    { endpoint_url: "http://d" },
    { AWS_ENDPOINT_URL_STS: "http://a", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "True" },
    services("http://c"),
  ],
  ["so does the property", { endpoint_url: "http://d", ignore_configured_endpoint_urls: "true" }, {}, {}],
];
for (const [name, settings, env, hint, sts, iam] of addresses) {
  test(`address: ${name}`, () => {
    const { stsUrl, iamUrl } = endpoint(settings, env, hint);
    assert.deepEqual([stsUrl, iamUrl], [sts, iam]);
  });
}

test("what signs people in has addresses of its own", () => {
  const { ssoUrl, ssoOidcUrl, signinUrl } = endpoint(
    { endpoint_url: "http://d" },
    { AWS_ENDPOINT_URL_SSO_OIDC: "http://a" },
    { services: settingsOf({ sso: "http://c" }) },
  );
  assert.deepEqual([ssoUrl, ssoOidcUrl, signinUrl], ["http://c/", "http://a/", "http://d/"]);
});

test("FIPS, dual stack and the CA bundle come from the environment, else from the profile", () => {
  const settings = { use_fips_endpoint: "true", use_dualstack_endpoint: "TRUE", ca_bundle: "/profile.pem" };
  assert.deepEqual(endpoint(settings), {
    region: "us-east-1",
    partition: "aws",
    fips: true,
    dualStack: true,
    caBundle: "/profile.pem",
  });
  const env = {
    AWS_USE_FIPS_ENDPOINT: "false",
    AWS_USE_DUALSTACK_ENDPOINT: "false",
    AWS_CA_BUNDLE: "/env.pem",
  };
  assert.deepEqual(endpoint(settings, env), {
    region: "us-east-1",
    partition: "aws",
    fips: false,
    dualStack: false,
    caBundle: "/env.pem",
  });
});

const refused: [name: string, settings: Values, env: Values, message: RegExp, hint?: EndpointHint][] = [
  [
    "a host in the region",
    { region: "evil.example.com/" },
    {},
    /^config:7: region "evil\.example\.com\/" is not a region's name$/,
  ],
  ["a user in the region", {}, { AWS_REGION: "x@evil" }, /^AWS_REGION "x@evil" is not a region's name$/],
  ["a fragment in the region", {}, { AWS_DEFAULT_REGION: "x#" }, /^AWS_DEFAULT_REGION "x#"/],
  ["escape sequences in the region", { region: "\u001b[2J" }, {}, /^config:7: region "\?\[2J"/],
  [
    "a region of another partition than the role's",
    { region: "eu-west-1" },
    {},
    /"eu-west-1" lies in partition "aws", and "arn:aws-cn:.*" in "aws-cn"$/,
    role("aws-cn"),
  ],
  [
    "an address without a scheme",
    { endpoint_url: "localhost:4566" },
    {},
    /^config:7: endpoint_url is not an http/,
  ],
  ["a file as address", {}, { AWS_ENDPOINT_URL: "file:///etc/passwd" }, /^AWS_ENDPOINT_URL is not an http/],
  [
    "an address with a password",
    {},
    { AWS_ENDPOINT_URL_STS: "https://ann:canary@host" },
    /^AWS_ENDPOINT_URL_STS has more than a scheme, a host, a port and a path$/,
  ],
  [
    "an address with a query",
    {},
    { AWS_ENDPOINT_URL_IAM: "https://host/?a" },
    /^AWS_ENDPOINT_URL_IAM has more/,
  ],
  [
    "a bad address in the services section",
    {},
    {},
    /^config:7: sts endpoint_url is not/,
    services("nowhere"),
  ],
  [
    "a truth that is none",
    {},
    { AWS_USE_FIPS_ENDPOINT: "yes" },
    /^AWS_USE_FIPS_ENDPOINT "yes" is neither true nor false$/,
  ],
];
for (const [name, settings, env, message, hint] of refused) {
  test(`refused, naming the place: ${name}`, () => {
    assert.throws(
      () => endpoint(settings, env, hint),
      (error) =>
        error instanceof UserError && message.test(error.message) && !error.message.includes("canary"),
    );
  });
}

test("no region that is taken can lead to another host", () => {
  const hostile = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9./@:#?\\-]{1,20}$/));
  fc.assert(
    fc.property(hostile, (region) => {
      let found: Endpoint;
      try {
        found = endpoint({ region });
      } catch (error) {
        return error instanceof UserError;
      }
      return new URL(`https://sts.${found.region}.amazonaws.com/`).hostname.endsWith(".amazonaws.com");
    }),
  );
});

test("the cache key follows the partition and STS's address, and neither region nor way there", () => {
  const key = (settings: Values, env: Values = {}) => endpointKey(endpoint(settings, env));
  assert.equal(key({ region: "eu-west-1" }), key({ region: "us-east-1", use_fips_endpoint: "true" }));
  assert.equal(
    key({ region: "eu-west-1" }),
    key({ region: "eu-west-1" }, { AWS_ENDPOINT_URL_IAM: "http://a" }),
  );
  assert.notEqual(key({ region: "eu-west-1" }), key({ region: "cn-north-1" }));
  assert.notEqual(key({}), key({}, { AWS_ENDPOINT_URL: "http://a" }));
});
