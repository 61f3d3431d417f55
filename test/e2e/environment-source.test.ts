import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { outside } from "../support/aws/world-of-sources.ts";
import { refused, served, sourceScene } from "../support/source-scene.ts";

const config = `
[profile r]
role_arn = ${outside.roleOnTop}
credential_source = Environment
region = eu-west-1

[profile behind]
role_arn = ${one.role3}
source_profile = r
region = eu-west-1

[profile bare]
region = eu-west-1

[profile other]
role_arn = ${outside.webRole}
credential_source = EcsContainer
region = eu-west-1
`;

async function scene(t: TestContext) {
  const { fake, home } = await sourceScene(t, config);
  const session = fake.grant(outside.machineRole);
  const env = {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
  };
  return { fake, home, env };
}

test("a role is assumed with the session that the environment holds, and kept for that session", async (t) => {
  const { fake, home, env } = await scene(t);
  const document = served(await home.run(["process", "r"], { env }));
  assert.match(fake.requests.last()?.callerArn ?? "", /:assumed-role\/machine\//);
  assert.deepEqual(served(await home.run(["process", "r"], { env })), document);
  assert.deepEqual(fake.requests.counts(), { AssumeRole: 1 });
  const other = fake.grant(outside.machineRole);
  const keys = { AWS_ACCESS_KEY_ID: other.accessKeyId, AWS_SECRET_ACCESS_KEY: other.secretAccessKey };
  served(await home.run(["process", "r"], { env: { ...keys, AWS_SESSION_TOKEN: other.sessionToken } }));
  assert.deepEqual(fake.requests.counts(), { AssumeRole: 2 });
});

test("a long-term key of the environment gets a session first", async (t) => {
  const { fake, home } = await scene(t);
  const env = { AWS_ACCESS_KEY_ID: one.accessKeyId, AWS_SECRET_ACCESS_KEY: one.secretAccessKey };
  const code = fake.code(one.mfaSerial);
  const login = await home.run(["login", "r", "--code", code], { env });
  assert.equal(login.status, 0, login.stderr);
  assert.deepEqual(fake.requests.counts(), { ListMFADevices: 1, GetSessionToken: 1, AssumeRole: 1 });
});

test("in a shell that acts as the very role, its own session is not taken for its source", async (t) => {
  const { fake, home, env } = await scene(t);
  const shell = await home.run(["env", "r", "--format", "json"], { env });
  const acting = { ...env, ...JSON.parse(shell.stdout) };
  for (const name of ["r", "behind"]) {
    assert.deepEqual(refused(await home.run(["process", name], { env: acting })), [
      'aws-as: error: ~/.aws/config:4: profile "r" takes its keys from the environment, where the session of "r" stands now',
      "aws-as: hint: give this shell back the keys that were there before: aws-as-deactivate, or open another shell",
    ]);
  }
  assert.equal(fake.requests.all.length, 1);
  // Put there by hand since: the person's own again.
  served(await home.run(["process", "r"], { env: { ...acting, ...env } }));
});

test("in a shell that acts as somebody else, that is who the role is assumed by", async (t) => {
  const { fake, home, env } = await scene(t);
  const acting = { ...env, AWS_AS_IDENTITY: "machine", AWS_AS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID };
  served(await home.run(["process", "r"], { env: acting }));
  assert.match(fake.requests.last()?.callerArn ?? "", /:assumed-role\/machine\//);
});

test("without both halves of a key in the environment there is none", async (t) => {
  const { home } = await scene(t);
  for (const env of [{}, { AWS_ACCESS_KEY_ID: one.accessKeyId }, { AWS_SECRET_ACCESS_KEY: "canary" }]) {
    const run = await home.run(["process", "r"], { env });
    assert.match(
      refused(run)[0] ?? "",
      /^aws-as: error: ~\/\.aws\/config:4: profile "r" takes its keys from the environment/,
    );
    assert.doesNotMatch(run.stderr, /canary/);
  }
});

test("keys of the environment serve nobody who does not name them", async (t) => {
  const { fake, home, env } = await scene(t);
  assert.match(refused(await home.run(["process", "bare"], { env }))[0] ?? "", /holds no credentials/);
  assert.match(refused(await home.run(["process", "other"], { env }))[0] ?? "", /neither AWS_CONTAINER/);
  assert.equal(fake.requests.all.length, 0);
});

test("a switch took the container's variables out of the shell: the message says how to have them back", async (t) => {
  const { home } = await scene(t);
  const run = await home.run(["process", "other"], { env: { AWS_AS_IDENTITY: "other" } });
  assert.match(
    refused(run).join("\n"),
    /hint: the switch to "other" took them out of this shell; to have them back: aws-as-deactivate$/,
  );
});
