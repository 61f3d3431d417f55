import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import test from "node:test";
import { displaceable, provided, rivals } from "../../src/variables/changes.ts";

/** What docs/protocol.md says that a switch does, by variable. */
const told = new Map(
  readFileSync(resolve(import.meta.dirname, "../../../docs/protocol.md"), "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, names = "", does = ""] = line.split("|").map((cell) => cell.trim());
      if (!/^(sets|removes|leaves)/.test(does)) return [];
      return [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]): [string, string] => [name, does]);
    }),
);

test("shells-03: what a switch sets and removes is what the protocol says", () => {
  const said = (begin: string) =>
    [...told].filter(([, does]) => does.startsWith(begin)).map(([name]) => name);
  assert.deepEqual(said("sets").sort(), [...provided.credentials, ...provided.regions].sort());
  assert.deepEqual(said("removes").sort(), [...rivals].sort());
  for (const name of said("leaves")) assert.ok(!displaceable.includes(name), name);
});

// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html#EVarSettings, and what other switchers set.
const read = [
  ...["AWS_ACCESS_KEY_ID", "AWS_ACCOUNT_ID", "AWS_ACCOUNT_ID_ENDPOINT_MODE", "AWS_CONFIG_FILE"],
  ...["AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
  ...["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
  ...["AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_V1_DISABLED"],
  ...["AWS_LOGIN_CACHE_DIRECTORY", "AWS_PROFILE", "AWS_REGION", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"],
  ...["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE"],
  ...["AWS_SIGV4A_SIGNING_REGION_SET", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_USE_DUALSTACK_ENDPOINT"],
  ...["AWS_USE_FIPS_ENDPOINT", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_BEARER_TOKEN_BEDROCK"],
  ...["AWS_CREDENTIAL_SCOPE", "AWS_EB_PROFILE", "AWS_SESSION_EXPIRATION", "AWS_SECURITY_TOKEN"],
  ...[
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
  ],
  ...["AWS_PROFILE_REGION", "AWS_VAULT", "AWSUME_PROFILE", "AWS_SSO_PROFILE"],
];
for (const name of read) {
  test(`shells-03: the protocol says what a switch does with ${name}`, () => assert.ok(told.has(name)));
}
