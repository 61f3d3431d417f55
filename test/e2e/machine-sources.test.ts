import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { newToken, startContainerCredentials } from "../support/aws/container-credentials.ts";
import { startInstanceMetadata } from "../support/aws/instance-metadata.ts";
import type { SmallAnswer } from "../support/aws/small-server.ts";
import { one } from "../support/aws/world-of-one.ts";
import { outside } from "../support/aws/world-of-sources.ts";
import { laterBy } from "../support/later.ts";
import { assertHidden, crowdOf, keysOf, refused, served, sourceScene } from "../support/source-scene.ts";

const config = (source: string, more = "") => `
[profile r]
role_arn = ${outside.roleOnTop}
credential_source = ${source}
region = eu-west-1
${more}
`;

/** What would go wrong if a provider of the SDK looked at it by itself. */
const hostile = {
  AWS_PROFILE: "nonexistent",
  HTTP_PROXY: "http://127.0.0.1:1",
  // STS is called by that name in these tests, the machine by its address.
  NO_PROXY: "localhost",
  NODE_USE_ENV_PROXY: "1",
};

async function container(t: TestContext) {
  const { fake, home } = await sourceScene(t, config("EcsContainer"));
  home.env["AWS_ENDPOINT_URL"] = fake.url.replace("127.0.0.1", "localhost");
  const agent = await startContainerCredentials(t, fake, outside.machineRole);
  const file = join(home.path, "container-token");
  writeFileSync(file, agent.token);
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
  };
  const run = (more: Record<string, string | undefined> = {}) =>
    home.run(["process", "r"], { env: { ...env, ...more } });
  return { fake, home, agent, file, env, run };
}

async function instance(t: TestContext, more = "") {
  const { fake, home } = await sourceScene(t, config("Ec2InstanceMetadata", more), {
    AWS_EC2_METADATA_DISABLED: undefined,
  });
  home.env["AWS_ENDPOINT_URL"] = fake.url.replace("127.0.0.1", "localhost");
  const metadata = await startInstanceMetadata(t, fake, outside.machineRole);
  const run = (env: Record<string, string | undefined> = {}) =>
    home.run(["process", "r"], { env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url, ...env } });
  return { fake, home, metadata, run };
}

const inContainer = 'profile "r" takes its credentials from the container (~/.aws/config:4)';
const onInstance = 'profile "r" takes its credentials from the EC2 instance (~/.aws/config:4)';

test("a role is assumed with what the container gives, once, and the session is kept", async (t) => {
  const { fake, agent, run, home, file } = await container(t);
  const first = await run({ ...hostile, AWS_CONTAINER_AUTHORIZATION_TOKEN: "not this one" });
  assert.equal(served(first)["AccountId"], one.account);
  assert.deepEqual(agent.requests, ["GET /v1/credentials?for=test"]);
  assert.deepEqual(fake.requests.counts(), { AssumeRole: 1 });
  assert.match(fake.requests.last()?.callerArn ?? "", /:assumed-role\/machine\//);
  const again = await run();
  assert.deepEqual(served(again), served(first));
  assert.equal(agent.requests.length + fake.requests.all.length, 2);
  assertHidden(home, [agent.token, ...fake.secrets()], [first, again], [file]);
});

test("many at once ask the container once", async (t) => {
  const { fake, home, agent, env } = await container(t);
  Object.assign(home.env, env);
  assert.equal(keysOf(await crowdOf(home, "r", 6)).size, 1);
  assert.equal(agent.requests.length, 1);
  assert.deepEqual(fake.requests.counts(), { AssumeRole: 1 });
});

test("the token of a container is read anew at each renewal, and what is left serves while it is wrong", async (t) => {
  const [later, muchLater] = [laterBy("50m", t), laterBy("105m", t)];
  if (later === undefined) return;
  const { fake, agent, file, run } = await container(t);
  agent.seconds = 3600;
  served(await run());
  agent.token = newToken();
  fake.advance(50 * 60_000);
  served(await run(later));
  assert.equal(agent.requests.at(-1), "GET /v1/credentials?for=test with a wrong token");
  assert.deepEqual(
    fake.requests.counts(),
    { AssumeRole: 2 },
    "the role is renewed with what the container gave",
  );
  writeFileSync(file, `${agent.token}\n`);
  fake.advance(55 * 60_000);
  served(await run(muchLater));
  assert.equal(agent.requests.at(-1), "GET /v1/credentials?for=test");
});

test("a container that stumbles is asked again", async (t) => {
  const { agent, run } = await container(t);
  agent.faults.push({ status: 500 }, { status: 503 });
  served(await run());
  assert.equal(agent.requests.length, 3);
});

for (const [what, env, expected, hint] of [
  [
    "none of its variables",
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined },
    `${inContainer}, and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set`,
    /ECS, EKS Pod Identity and CloudShell/,
  ],
  [
    "a stranger's address",
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.org/creds" },
    `${inContainer}, and AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that gets no token without TLS: example.org`,
    /169\.254\.170\.23/,
  ],
  [
    "a relative address that leads elsewhere",
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "@example.org/creds" },
    `${inContainer}, and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path that begins with a slash`,
  ],
  [
    "no URL",
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "credentials" },
    `${inContainer}, and AWS_CONTAINER_CREDENTIALS_FULL_URI is not a URL`,
  ],
  [
    "a token file that is not there",
    { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/nowhere/token" },
    `${inContainer}, and its token cannot be read, it does not exist: /nowhere/token (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)`,
  ],
  [
    "an empty token file",
    { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/dev/null" },
    `${inContainer}, and there is no token in /dev/null (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)`,
  ],
  [
    "a token with a line end",
    {
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: undefined,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "canary\r\nx: y",
    },
    `${inContainer}, and what AWS_CONTAINER_AUTHORIZATION_TOKEN gives is not a token`,
  ],
  [
    "a token that is over",
    { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: undefined, AWS_CONTAINER_AUTHORIZATION_TOKEN: "canary-token" },
    /^aws-as: error: profile "r" takes .*, and 127\.0\.0\.1:\d+ refuses \(status 401\): token \[secret\] is over$/,
    /^aws-as: hint: its token may be over$/,
  ],
  [
    "nobody there",
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/creds" },
    `${inContainer}, and 127.0.0.1:1 cannot be reached (ECONNREFUSED)`,
    /inside of the container/,
  ],
] satisfies [string, Record<string, string | undefined>, string | RegExp, RegExp?][]) {
  test(`a container with ${what} is told in the first line`, async (t) => {
    const { run, agent } = await container(t);
    const failed = await run(env);
    const [first = "", ...hints] = refused(failed);
    if (typeof expected === "string") assert.equal(first, `aws-as: error: ${expected}`);
    else assert.match(first, expected);
    if (hint === undefined) assert.deepEqual(hints, []);
    else assert.match(hints.join("\n"), hint);
    assert.ok(!failed.stderr.includes("canary") && !failed.stderr.includes(agent.token), failed.stderr);
  });
}

for (const [what, answer, expected] of [
  ["secrets that are no JSON", { status: 200, body: "canary {" }, /what \S+ answered is no credentials/],
  [
    "half a document",
    { status: 200, body: '{"AccessKeyId":"ASIACANARY","SecretAccessKey":"canary"}' },
    /what \S+ answered is no credentials/,
  ],
  ["nothing at all", "silence", /, and 127\.0\.0\.1:\d+ does not answer$/],
] satisfies [string, SmallAnswer, RegExp][]) {
  test(`a container that answers with ${what} is told of, and the program ends`, async (t) => {
    const { agent, run } = await container(t);
    agent.faults.push(answer, answer, answer);
    const failed = await run({ AWS_AS_DEBUG: "1" });
    assert.match(failed.stderr.split("\n")[0] ?? "", expected);
    assert.deepEqual([failed.status, failed.stdout], [1, ""]);
    assert.doesNotMatch(failed.stderr, /canary/i);
  });
}

test("a role is assumed with what the instance gives, by a token, past every proxy, and the session is kept", async (t) => {
  const { fake, metadata, run, home } = await instance(t);
  const first = await run(hostile);
  served(first);
  const path = "/latest/meta-data/iam/security-credentials/";
  assert.deepEqual(metadata.requests, ["PUT /latest/api/token", `GET ${path}`, `GET ${path}machine`]);
  assert.deepEqual(fake.requests.counts(), { AssumeRole: 1 });
  assert.deepEqual(served(await run()), served(first));
  assert.equal(metadata.requests.length, 3);
  assertHidden(home, [...metadata.tokens, ...fake.secrets()], [first]);
});

test("the address of the metadata service may stand in the profile", async (t) => {
  const { home, metadata } = await instance(t);
  home.writeConfig(config("Ec2InstanceMetadata", `ec2_metadata_service_endpoint = ${metadata.url}`));
  served(await home.run(["process", "r"]));
  assert.equal(metadata.requests.length, 3);
});

test("version 1 of the metadata service is spoken where the token does not come through, unless it is forbidden", async (t) => {
  const { metadata, run } = await instance(t, "ec2_metadata_v1_disabled = true");
  Object.assign(metadata, { withinHops: false, tokensRequired: false });
  const [first = "", hint = ""] = refused(await run());
  assert.equal(
    first,
    `aws-as: error: ${onInstance}, and its metadata service ${new URL(metadata.url).host} does not answer`,
  );
  assert.match(hint + first, /EC2 instance/);
  served(await run({ AWS_EC2_METADATA_V1_DISABLED: "false" }));
});

for (const [what, change, expected, hint] of [
  [
    "wants tokens that do not come this far",
    { withinHops: false },
    /its metadata service \S+ gives no token, without which it does not answer$/,
    /--http-put-response-hop-limit 2/,
  ],
  ["has no role", { roleArn: undefined }, /\(~\/\.aws\/config:4\), which has no role$/, /instance profile/],
  [
    "has a role that EC2 cannot assume",
    { refusal: { Code: "AssumeRoleUnauthorizedAccess", Message: "EC2 cannot assume the role" } },
    /what its metadata service \S+ answered is no credentials$/,
    /may not trust ec2\.amazonaws\.com/,
  ],
  [
    "has its metadata service switched off",
    { faults: [{ status: 403 }, { status: 403 }, { status: 403 }, { status: 403 }] },
    /is switched off \(status 403\)$/,
    /--http-endpoint enabled/,
  ],
  [
    "gives credentials that have ended",
    { seconds: -60 },
    /the credentials that profile "r" gives have expired \(~\/\.aws\/config:4\)$/,
    /renew them/,
  ],
] satisfies [string, object, RegExp, RegExp][]) {
  test(`an instance that ${what} is told of in the first line`, async (t) => {
    const { metadata, run } = await instance(t);
    Object.assign(metadata, change);
    const [first = "", ...hints] = refused(await run());
    assert.match(first, expected);
    assert.match(hints.join("\n"), hint);
  });
}

test("no instance is asked where that is forbidden, and nowhere else than where one says", async (t) => {
  const { metadata, run } = await instance(t);
  assert.deepEqual(refused(await run({ AWS_EC2_METADATA_DISABLED: "true" })), [
    `aws-as: error: ${onInstance}, and AWS_EC2_METADATA_DISABLED forbids to ask it`,
    "aws-as: hint: unset AWS_EC2_METADATA_DISABLED",
  ]);
  assert.equal(metadata.requests.length, 0);
  const away = await run({ AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1" });
  assert.match(
    refused(away)[0] ?? "",
    /its metadata service 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)$/,
  );
  const odd = await run({
    AWS_EC2_METADATA_SERVICE_ENDPOINT: "",
    AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv5",
  });
  assert.match(refused(odd)[0] ?? "", /"IPv5", which is neither IPv4 nor IPv6$/);
});

test("an instance that stumbles is asked again", async (t) => {
  const { metadata, run } = await instance(t);
  metadata.faults.push({ status: 503 }, { status: 503 });
  served(await run());
});
