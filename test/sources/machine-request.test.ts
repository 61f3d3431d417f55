import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import type { Root } from "../../src/config/resolve/identity.ts";
import { getFromContainer } from "../../src/sources/container.ts";
import { getFromInstance } from "../../src/sources/instance-metadata.ts";
import type { SourceHost, SourceRequest } from "../../src/sources/source.ts";
import { systemClock } from "../../src/system/clock.ts";
import { answer, serve } from "../aws/server.ts";

const document = (expiration: string) =>
  JSON.stringify({
    Code: "Success",
    AccessKeyId: "ASIAFAKE",
    SecretAccessKey: "canarySecret",
    Token: "canaryToken",
    Expiration: expiration,
  });

const metadata = (expiration: string) =>
  [answer(200, "token"), answer(200, "role"), answer(200, document(expiration))] as const;

type MachineRoot = Extract<Root, { kind: "credential-source" }>;

function ask(
  source: MachineRoot["source"],
  env: Readonly<Record<string, string>>,
  request: Partial<SourceRequest> = {},
) {
  const get = source === "EcsContainer" ? getFromContainer : getFromInstance;
  const root = { kind: "credential-source", source, profile: "r", position: { file: "config", line: 4 } };
  return get(
    root as MachineRoot,
    request as SourceRequest,
    { env, clock: systemClock } as unknown as SourceHost,
  );
}

test("nothing of the process is changed, read or written to, and Node's shared agent is not used", async (t) => {
  const warned = t.mock.method(console, "warn", () => undefined);
  const read = new Set<string>();
  const own = process.env;
  const watched = new Proxy(own, {
    get: (target, name: string) => {
      if (/AWS|PROXY/i.test(name)) read.add(name);
      return target[name];
    },
  });
  const agent = new http.Agent();
  const shared = http.globalAgent;
  // Node's own may go by HTTP_PROXY.
  t.mock.method(agent, "addRequest" as never, (() => assert.fail("by the shared agent")) as never);
  process.env = watched;
  http.globalAgent = agent;
  t.after(() => {
    process.env = own;
    http.globalAgent = shared;
  });
  const service = await serve(t, metadata("2099-01-01T00:00:00Z"));
  await ask("Ec2InstanceMetadata", { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url });
  const container = await serve(t, (response) => {
    // Longer than the SDK's own limit, after which it would warn and go on waiting.
    setTimeout(() => response.end(document("2099-01-01T00:00:00Z")), 1200);
  });
  const { expiresAt, sessionToken } = await ask("EcsContainer", {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.url}/`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "canary",
  });
  assert.deepEqual([expiresAt, sessionToken?.reveal()], [Date.parse("2099-01-01T00:00:00Z"), "canaryToken"]);
  assert.equal(container.received[0]?.headers.authorization, "canary");
  assert.deepEqual([process.env === watched, http.globalAgent === agent], [true, true]);
  assert.deepEqual([[...read], warned.mock.callCount()], [[], 0]);
});

test("the token of an instance is asked for with its lifetime and sent with what follows", async (t) => {
  const service = await serve(t, metadata("2099-01-01T00:00:00Z"));
  await ask("Ec2InstanceMetadata", { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url });
  const of = (name: string) => service.received.map(({ headers }) => headers[name]);
  assert.deepEqual(of("x-aws-ec2-metadata-token-ttl-seconds"), ["21600", undefined, undefined]);
  assert.deepEqual(of("x-aws-ec2-metadata-token"), [undefined, "token", "token"]);
});

for (const [status, requests] of [
  [400, ["PUT", "PUT"]],
  [405, ["PUT", "GET", "GET"]],
] as const) {
  test(`a token refused with status ${status} is answered as the SDKs do`, async (t) => {
    const later = status === 400 ? answer(status, "") : answer(200, document("2099-01-01T00:00:00Z"));
    const service = await serve(t, [answer(status, ""), status === 400 ? later : answer(200, "role"), later]);
    const asked = ask("Ec2InstanceMetadata", { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url });
    if (status === 400) await assert.rejects(asked, /cannot answer at the moment \(status 400\)$/);
    else assert.equal((await asked).accessKeyId, "ASIAFAKE");
    assert.deepEqual(
      service.received.map(({ method }) => method),
      requests,
    );
  });
}

test("an expiry in the past is not moved", async (t) => {
  const service = await serve(t, metadata("2020-01-01T00:00:00Z"));
  const given = await ask("Ec2InstanceMetadata", { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url });
  assert.equal(given.expiresAt, Date.parse("2020-01-01T00:00:00Z"));
});

test("a deadline ends the waiting, and what is said holds no secret", async (t) => {
  const silent = await serve(t, () => undefined);
  const began = performance.now();
  const asked = ask(
    "EcsContainer",
    {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${silent.url}/x?canary`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "canary",
    },
    { deadline: systemClock.monotonic() + 2000 },
  );
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof AwsError);
    assert.deepEqual([error.kind, error.cause], ["timeout", undefined]);
    assert.match(error.message, /, and 127\.0\.0\.1:\d+ does not answer$/);
    return true;
  });
  assert.ok(performance.now() - began < 20_000);
  assert.deepEqual(
    silent.received.map(({ method, url }) => `${method} ${url}`),
    ["GET /x?canary"],
  );
});

/** A server on ::1; undefined where this machine has no IPv6. */
async function serveOnIpv6(t: TestContext, bodies: readonly string[]): Promise<string | undefined> {
  const left = [...bodies];
  const server = http.createServer((_, response) => response.end(left.shift()));
  t.after(() => server.close());
  const isUp = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(0, "::1", () => resolve(true));
  });
  if (isUp) return `http://[::1]:${(server.address() as AddressInfo).port}`;
  t.skip("no IPv6 here");
  return undefined;
}

for (const [source, variable, bodies] of [
  ["EcsContainer", "AWS_CONTAINER_CREDENTIALS_FULL_URI", []],
  ["Ec2InstanceMetadata", "AWS_EC2_METADATA_SERVICE_ENDPOINT", ["token", "role"]],
] as const) {
  test(`${source} is reached by an IPv6 address`, async (t) => {
    const url = await serveOnIpv6(t, [...bodies, document("2099-01-01T00:00:00Z")]);
    if (url !== undefined) assert.equal((await ask(source, { [variable]: url })).accessKeyId, "ASIAFAKE");
  });
}

for (const [url, isAsked] of [
  ["http://127.8.9.1:1/", true],
  ["http://localhost:1/", true],
  ["http://[::1]:1/", true],
  ["https://127.0.0.1:1/", true],
  ["http://169.254.170.3/", false],
  ["http://128.0.0.1:1/", false],
  ["http://[fd00:ec2::254]/", false],
  ["http://127.0.0.1.example.org/", false],
] as const) {
  test(`${url} ${isAsked ? "may be asked" : "gets no token"}`, async () => {
    await assert.rejects(
      ask(
        "EcsContainer",
        { AWS_CONTAINER_CREDENTIALS_FULL_URI: url },
        { deadline: systemClock.monotonic() + 2000 },
      ),
      isAsked ? /cannot be reached|does not answer/ : /names a host that gets no token without TLS/,
    );
  });
}
