import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { makeCertificate } from "../support/aws/certificate.ts";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { assignedRoles, worldOfSso } from "../support/aws/world-of-sso.ts";
import { newLoginKey } from "../support/sso-scene.ts";
import { serveProxy } from "./proxy-server.ts";
import { answer, serve } from "./server.ts";

const child = join(import.meta.dirname, "lookup-child.js");

async function run(command: string[], env: Record<string, string>) {
  const [file = "", ...words] = command;
  const started = spawn(file, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  started.stdout.on("data", (part) => {
    stdout += part;
  });
  started.stderr.on("data", (part) => {
    stderr += part;
  });
  const status = await new Promise((resolve) => started.once("close", resolve));
  return { status, stdout, stderr };
}

/** Everything that the SDK reads by itself, each pointing to where it would go wrong. */
async function hostileEnvironment(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), "aws-as-home-"));
  t.after(() => rm(home, { recursive: true }));
  const elsewhere = await serve(t, answer(500, "wrong door"));
  await mkdir(join(home, ".aws"));
  const broken = join(home, ".aws", "config");
  await writeFile(
    broken,
    "[profile broken\nregion = us-west-2\n[default]\nendpoint_url = http://127.0.0.1:1\n",
  );
  await writeFile(join(home, ".aws", "credentials"), "[nonexistent]\naws_access_key_id = AKIAWRONG\n");
  const env = {
    HOME: home,
    USERPROFILE: home,
    AWS_PROFILE: "nonexistent",
    AWS_DEFAULT_PROFILE: "nonexistent",
    AWS_CONFIG_FILE: broken,
    AWS_SHARED_CREDENTIALS_FILE: join(home, ".aws", "credentials"),
    AWS_ACCESS_KEY_ID: "AKIAWRONGWRONGWRONG1",
    AWS_SECRET_ACCESS_KEY: "wrong",
    AWS_SESSION_TOKEN: "wrong",
    AWS_CREDENTIAL_SCOPE: "wrong",
    AWS_ACCOUNT_ID: "wrong",
    AWS_ACCOUNT_ID_ENDPOINT_MODE: "wrong",
    AWS_REGION: "wrong-region-1",
    AWS_DEFAULT_REGION: "wrong-region-1",
    AWS_ENDPOINT_URL: elsewhere.url,
    AWS_ENDPOINT_URL_STS: elsewhere.url,
    AWS_ENDPOINT_URL_IAM: elsewhere.url,
    AWS_ENDPOINT_URL_SSO: elsewhere.url,
    AWS_ENDPOINT_URL_SSO_OIDC: elsewhere.url,
    AWS_ENDPOINT_URL_SIGNIN: elsewhere.url,
    AWS_BEARER_TOKEN: "wrong",
    AWS_LOGIN_CACHE_DIRECTORY: home,
    AWS_USE_FIPS_ENDPOINT: "wrong",
    AWS_USE_DUALSTACK_ENDPOINT: "wrong",
    AWS_MAX_ATTEMPTS: "wrong",
    AWS_RETRY_MODE: "wrong",
    AWS_DEFAULTS_MODE: "auto",
    AWS_SDK_UA_APP_ID: "x".repeat(100),
    AWS_EXECUTION_ENV: "wrong",
    AWS_AUTH_SCHEME_PREFERENCE: "sigv4a",
    AWS_SIGV4A_SIGNING_REGION_SET: "wrong",
    AWS_LAMBDA_FUNCTION_NAME: "wrong",
    _X_AMZN_TRACE_ID: "wrong",
    AWS_STS_REGIONAL_ENDPOINTS: "legacy",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: elsewhere.url,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: elsewhere.url,
    HTTP_PROXY: elsewhere.url,
    AWS_AS_TEST_KEY: one.accessKeyId,
    AWS_AS_TEST_SECRET: one.secretAccessKey,
  };
  return { env, home, elsewhere };
}

/**
 * What the SDK reads whatever it is told: a switch for its advice, a time limit of a handler that is not used, and in
 * which Lambda function it runs. Anything that joins this list after an update of the SDK has to be looked at, and to
 * be given in clientConfig().
 */
const readAnyway = [
  "AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026",
  "AWS_LAMBDA_BENCHMARK_MODE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
  "_X_AMZN_TRACE_ID",
].join(" ");

const expected = {
  status: 0,
  stdout: `${one.userArn} ${one.mfaSerial}\n${readAnyway}\n`,
  stderr: "",
};

test("nothing in the environment changes who is asked, and standard error stays empty", async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const { env, elsewhere } = await hostileEnvironment(t);
  assert.deepEqual(await run([process.execPath, child, fake.url], env), expected);
  assert.equal(elsewhere.received.length, 0);
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, GetCallerIdentity: 1, ListMFADevices: 1 });
  for (const { userAgent } of fake.requests.all) assert.doesNotMatch(userAgent, /wrong|xxxx|app\//);
});

test("nor does it change who signs people in", async (t) => {
  const fake = await startFakeAws({ world: worldOfSso() });
  t.after(() => fake.close());
  fake.signIn.assignments = assignedRoles();
  const { env, elsewhere } = await hostileEnvironment(t);
  const key = newLoginKey();
  const tokens = JSON.stringify({ sso: fake.signIn.signIn(), login: fake.signIn.logIn(one.userArn, key) });
  const child = join(import.meta.dirname, "sign-in-lookup-child.js");
  assert.deepEqual(await run([process.execPath, child, fake.url, tokens], env), {
    status: 0,
    stdout: `done\n${readAnyway}\n`,
    stderr: "",
  });
  assert.equal(elsewhere.received.length, 0);
  assert.deepEqual(fake.requests.counts(), { CreateToken: 1, GetRoleCredentials: 1, CreateOAuth2Token: 1 });
  for (const { userAgent } of fake.requests.all) assert.doesNotMatch(userAgent, /wrong|xxxx|app\//);
});

test("a process that came through a proxy's tunnel ends by itself", async (t) => {
  const fake = await startFakeAws({ world: worldOfOne(), https: true });
  t.after(() => fake.close());
  const { env } = await hostileEnvironment(t);
  const proxy = await serveProxy(t);
  const more = { AWS_AS_TEST_PROXY: `http://${proxy.host}`, AWS_AS_TEST_CA: fake.caFile ?? "" };
  assert.deepEqual(await run([process.execPath, child, fake.url], { ...env, ...more }), expected);
  assert.equal(proxy.requests.length, 1);
});

test("NODE_EXTRA_CA_CERTS is trusted, behind a proxy too, where no CA bundle stands in its place", async (t) => {
  const fake = await startFakeAws({ world: worldOfOne(), https: true });
  t.after(() => fake.close());
  const other = await makeCertificate();
  t.after(() => other.remove());
  const { env } = await hostileEnvironment(t);
  const proxy = await serveProxy(t);
  const trusting = { ...env, NODE_EXTRA_CA_CERTS: fake.caFile ?? "" };
  const through = { AWS_AS_TEST_PROXY: `http://${proxy.host}` };
  const command = [process.execPath, child, fake.url];
  assert.deepEqual(await run(command, trusting), expected);
  assert.deepEqual(await run(command, { ...trusting, ...through }), expected);
  const { status, stderr } = await run(command, { ...trusting, AWS_AS_TEST_CA: other.caFile });
  assert.equal(status, 1);
  assert.match(stderr, /the certificate of 127\.0\.0\.1:\d+ is not trusted/);
});

test("no file of the user's ~/.aws is opened", async (t) => {
  if (spawnSync("strace", ["-V"]).status !== 0) {
    const missing = "strace is not installed, so nobody watched which files the SDK opens";
    if (process.env["AWS_AS_TEST_ALL"] === "1") assert.fail(missing);
    return t.skip(missing);
  }
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const { env, home } = await hostileEnvironment(t);
  const log = join(home, "opened");
  const strace = ["strace", "-f", "-qq", "-e", "trace=file", "-o", log];
  const { status, stdout } = await run([...strace, process.execPath, child, fake.url], {
    ...env,
    PATH: process.env["PATH"] ?? "",
  });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: expected.stdout });
  const touched = (await readFile(log, "utf8")).split("\n").filter((line) => line.includes(".aws/"));
  assert.deepEqual(touched, []);
});
