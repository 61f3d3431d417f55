import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { awsClis, withoutAwsCli } from "../aws-clis.ts";
import { withoutLong } from "../long.ts";
import { withoutOpenssl } from "./certificate.ts";
import type { FakeAws } from "./fake-aws.ts";
import { startFakeProxy } from "./proxy.ts";
import { fakeFor } from "./sdk-clients.ts";
import { worldOfKeys } from "./world-of-keys.ts";
import { awsFilesOfOne, one } from "./world-of-one.ts";

/** Runs aws-cli in a home of its own that has the ready world's files, with nothing else in the environment. */
async function awsCli(aws: string, home: string, args: string[], env: Record<string, string> = {}) {
  const clean = {
    PATH: "/usr/bin:/bin",
    HOME: home,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_MAX_ATTEMPTS: "1",
    AWS_PAGER: "",
    ...env,
  };
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(aws, [...args, "--output", "json"], { env: clean }, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

async function makeHome(endpointUrl?: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "fake-home-"));
  await mkdir(join(home, ".aws"));
  const { config, credentials } = awsFilesOfOne({
    region: "us-east-1",
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
  });
  await writeFile(join(home, ".aws", "config"), config);
  await writeFile(join(home, ".aws", "credentials"), credentials);
  return home;
}

test("the machine has an aws-cli to test with", { skip: withoutAwsCli() }, () => undefined);

for (const [index, { path: aws, version, knowsEndpointUrl }] of awsClis().entries()) {
  // One speaks of all that the fake answers: they read it by the same code.
  const skipMore = index > 0 && withoutLong();
  test(`${aws} gets what it may have, and AWS's error for what it may not`, { skip: skipMore }, async (t) => {
    const home = await makeHome();
    t.after(() => rm(home, { recursive: true }));
    const fake = await fakeFor(t);
    const run = (...args: string[]) =>
      awsCli(aws, home, ["--endpoint-url", fake.url, "--profile", "my-user1", ...args]);
    const mfa = (code: string) => ["--serial-number", one.mfaSerial, "--token-code", code];

    const who = await run("sts", "get-caller-identity");
    assert.equal(JSON.parse(who.stdout).Arn, one.userArn, who.stderr);

    const devices = await run("iam", "list-mfa-devices");
    assert.equal(JSON.parse(devices.stdout).MFADevices[0].SerialNumber, one.mfaSerial, devices.stderr);

    const code = fake.code(one.mfaSerial);
    const base = await run("sts", "get-session-token", ...mfa(code));
    const { Credentials } = JSON.parse(base.stdout);
    assert.match(Credentials.AccessKeyId, /^ASIA/, base.stderr);
    const again = await run("sts", "get-session-token", ...mfa(code));
    assert.match(
      again.stderr,
      /\(AccessDenied\) .* MultiFactorAuthentication failed with invalid MFA one time pass code\. /,
    );

    const role = ["--role-arn", one.role1, "--role-session-name", "cli"];
    const denied = await run("sts", "assume-role", ...role);
    assert.match(
      denied.stderr,
      /\(AccessDenied\) .* is not authorized to perform: sts:AssumeRole on resource: .*my-role1/,
    );
    const long = await run(
      "sts",
      "assume-role",
      ...role,
      ...mfa(fake.code(one.mfaSerial)),
      "--duration-seconds",
      "43200",
    );
    assert.equal(
      JSON.parse(long.stdout).AssumedRoleUser.Arn,
      "arn:aws:sts::111111111111:assumed-role/my-role1/cli",
      long.stderr,
    );

    const session = {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
      AWS_DEFAULT_REGION: "us-east-1",
    };
    const asBase = (...args: string[]) => awsCli(aws, home, ["--endpoint-url", fake.url, ...args], session);
    const assumed = await asBase("sts", "assume-role", ...role);
    assert.match(assumed.stdout, /assumed-role\/my-role1\/cli/, assumed.stderr);
    const chained = await asBase("sts", "assume-role", ...role, "--duration-seconds", "3601");
    assert.match(
      chained.stderr,
      /\(ValidationError\) .* exceeds the 1 hour session limit for roles assumed by role chaining/,
    );
    const second = await asBase("sts", "get-session-token");
    assert.match(second.stderr, /\(AccessDenied\) .* Cannot call GetSessionToken with session credentials/);

    fake.advance(43_200_000);
    const late = await asBase("sts", "get-caller-identity");
    assert.match(late.stderr, /\(SignatureDoesNotMatch\) .* Signature expired: /);
    fake.rules.skewSeconds = Number.POSITIVE_INFINITY;
    const expired = await asBase("sts", "get-caller-identity");
    assert.match(expired.stderr, /\(ExpiredToken\) .* The security token included in the request is expired/);
  });

  test(`${aws} makes, lists, switches off and deletes access keys, with MFA where that is demanded`, {
    skip: skipMore,
  }, async (t) => {
    const home = await makeHome();
    t.after(() => rm(home, { recursive: true }));
    const fake = await fakeFor(t, { world: worldOfKeys({ mfa: true }) });
    const run = (env: Record<string, string>, ...args: string[]) =>
      awsCli(aws, home, ["--endpoint-url", fake.url, "--region", "us-east-1", ...args], env);
    const keyEnv = { AWS_PROFILE: "my-user1" };
    const denied = await run(keyEnv, "iam", "create-access-key");
    assert.match(denied.stderr, /\(AccessDenied\) .* iam:CreateAccessKey on resource: user my-user1 with an/);

    const code = ["--serial-number", one.mfaSerial, "--token-code", fake.code(one.mfaSerial)];
    const { Credentials } = JSON.parse((await run(keyEnv, "sts", "get-session-token", ...code)).stdout);
    const env = {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    };
    const iam = (...args: string[]) => run(env, "iam", ...args);
    const created = await iam("create-access-key");
    const { AccessKey } = JSON.parse(created.stdout);
    assert.equal(AccessKey.SecretAccessKey.length, 40, created.stderr);
    const id = ["--access-key-id", AccessKey.AccessKeyId];
    const third = await iam("create-access-key", "--user-name", "my-user1");
    assert.match(third.stderr, /\(LimitExceeded\) .* Cannot exceed quota for AccessKeysPerUser: 2/);
    const used = await iam("get-access-key-last-used", ...id);
    assert.equal(JSON.parse(used.stdout).AccessKeyLastUsed.ServiceName, "N/A", used.stderr);
    const off = await iam("update-access-key", ...id, "--status", "Inactive");
    assert.deepEqual([off.status, off.stdout], [0, ""], off.stderr);
    const listed = await iam("list-access-keys");
    assert.deepEqual(
      JSON.parse(listed.stdout).AccessKeyMetadata.map((each: { Status: string }) => each.Status),
      ["Active", "Inactive"],
    );
    assert.equal((await iam("delete-access-key", ...id)).status, 0);
    const gone = await iam("delete-access-key", ...id);
    assert.match(gone.stderr, /\(NoSuchEntity\) .* The Access Key with id AKIA\w+ cannot be found\./);
  });

  test(`${aws} trusts AWS_CA_BUNDLE, and goes through HTTPS_PROXY`, { skip: withoutOpenssl }, async (t) => {
    const home = await makeHome();
    t.after(() => rm(home, { recursive: true }));
    const fake: FakeAws = await fakeFor(t, { https: true });
    const proxy = await startFakeProxy();
    t.after(() => proxy.close());
    const args = ["--endpoint-url", fake.url, "--profile", "my-user1", "sts", "get-caller-identity"];
    const distrusting = await awsCli(aws, home, args);
    assert.match(distrusting.stderr, /CERTIFICATE_VERIFY_FAILED/);
    const env = { AWS_CA_BUNDLE: fake.caFile ?? "", HTTPS_PROXY: proxy.url };
    const { stdout, stderr } = await awsCli(aws, home, args, env);
    assert.equal(JSON.parse(stdout || "{}").Arn, one.userArn, stderr);
    assert.deepEqual(proxy.passed, [{ method: "CONNECT", target: new URL(fake.url).host, refused: false }]);
  });

  const skip = !knowsEndpointUrl && `SKIPPED: ${version} does not know endpoint_url in a profile`;
  test(`${aws} takes the ready files, where it knows endpoint_url`, { skip }, async (t) => {
    const fake = await fakeFor(t);
    const home = await makeHome(fake.url);
    t.after(() => rm(home, { recursive: true }));
    const { stdout, stderr } = await awsCli(aws, home, [
      "--profile",
      "partner",
      "sts",
      "get-caller-identity",
    ]);
    assert.match(stdout, /assumed-role\/partner-role\//, stderr);
    assert.deepEqual(fake.requests.counts(), { AssumeRole: 1, GetCallerIdentity: 1 });
  });
}
