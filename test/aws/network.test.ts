import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Certificate, makeCertificate } from "../support/aws/certificate.ts";
import { endpointAt, failureOf, longTermKey, mfa, sdk, testClock } from "./calls.ts";
import { serveProxy } from "./proxy-server.ts";
import { answer, caller, credentials, listen, refusal, secrets, serve } from "./server.ts";

const proxyUser = `ann:${secrets.proxyPassword}`;
const short = { connect: 300, answer: 600 };
const withCode = { key: longTermKey, durationSeconds: 900, mfa };

async function certificate(t: TestContext): Promise<Certificate> {
  const made = await makeCertificate();
  t.after(() => made.remove());
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server below HTTP. */
async function serveRaw(t: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  return await listen(t, createServer(onSocket));
}

test("https goes through the proxy's tunnel, with its password, and the connection is used again", async (t) => {
  const made = await certificate(t);
  const server = await serve(t, answer(200, caller), made);
  const proxy = await serveProxy(t, { user: proxyUser });
  const aws = sdk({ env: { HTTPS_PROXY: `http://${proxyUser}@${proxy.host}` } });
  const endpoint = endpointAt(server.url, { caBundle: made.caFile });
  await aws.getCallerIdentity(endpoint, longTermKey);
  await aws.getCallerIdentity(endpoint, longTermKey);
  assert.equal(server.received.length, 2);
  assert.deepEqual(proxy.requests, [`CONNECT 127.0.0.1:${server.port}`]);
  assert.equal(server.received[0]?.headers["proxy-authorization"], undefined);
});

test("a connection to AWS is used again, by every version of Node", async (t) => {
  const made = await certificate(t);
  const server = await serve(t, answer(200, caller), made);
  const endpoint = endpointAt(server.url, { caBundle: made.caFile });
  const aws = sdk({ env: {} });
  await aws.getCallerIdentity(endpoint, longTermKey);
  await aws.getCallerIdentity(endpoint, longTermKey);
  const [first, second] = server.received.map(({ from }) => from);
  assert.equal(first, second);
});

test("http is handed to the proxy whole", async (t) => {
  const server = await serve(t, answer(200, caller));
  const proxy = await serveProxy(t, { user: proxyUser });
  const aws = sdk({ env: { http_proxy: `http://${proxyUser}@${proxy.host}` } });
  await aws.getCallerIdentity(endpointAt(server.url), longTermKey);
  assert.deepEqual(proxy.requests, [`POST ${server.url}/`]);
});

test("NO_PROXY leads around the proxy", async (t) => {
  const server = await serve(t, answer(200, caller));
  const proxy = await serveProxy(t, { status: 500 });
  const aws = sdk({ env: { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: "127.0.0.1" } });
  await aws.getCallerIdentity(endpointAt(server.url), longTermKey);
  assert.deepEqual(proxy.requests, []);
});

for (const scheme of ["http", "https"] as const) {
  for (const [name, user, message] of [
    [
      "a wrong password",
      `ann:${secrets.proxyPassword}`,
      /^the proxy 127\.0\.0\.1:\d+ refused its user name or password$/,
    ],
    ["no password", undefined, /^the proxy 127\.0\.0\.1:\d+ asks for a user name and a password$/],
  ] as const) {
    test(`${name} for the proxy is told as that, once, and never shown (${scheme})`, async (t) => {
      const proxy = await serveProxy(t, { user: "ann:right" });
      const url = `http://${user ? `${user}@` : ""}${proxy.host}`;
      const aws = sdk({ env: { ALL_PROXY: url } });
      const error = await failureOf(aws.getSessionToken(endpointAt(`${scheme}://127.0.0.1:1`), withCode));
      assert.equal(error.kind, "network");
      assert.match(error.message, message);
      assert.doesNotMatch(error.hints.join("\n"), /may have taken/);
      assert.equal(proxy.requests.length, 1);
    });
  }
}

test("a proxy that refuses the target is told as the proxy, and not asked again", async (t) => {
  const proxy = await serveProxy(t, { status: 403 });
  const aws = sdk({ env: { HTTPS_PROXY: `http://${proxy.host}` } });
  const error = await failureOf(aws.getCallerIdentity(endpointAt("https://sts.invalid"), longTermKey));
  assert.equal(error.kind, "network");
  assert.match(
    error.message,
    /^the proxy 127\.0\.0\.1:\d+ does not open a way to sts\.invalid \(status 403\)$/,
  );
  assert.deepEqual(error.hints, ["if sts.invalid needs no proxy: NO_PROXY=sts.invalid"]);
  assert.equal(proxy.requests.length, 1);
});

for (const scheme of ["http", "https"]) {
  test(`a proxy that is not there is told as the proxy (${scheme})`, async () => {
    const port = await freePort();
    const aws = sdk({ env: { ALL_PROXY: `http://127.0.0.1:${port}` } });
    const error = await failureOf(aws.getCallerIdentity(endpointAt(`${scheme}://sts.invalid`), longTermKey));
    assert.equal(error.kind, "network");
    assert.equal(error.message, `the proxy 127.0.0.1:${port} refused the connection`);
  });
}

test("a proxy that never answers ends with the time for connecting, and is left", {
  timeout: 20_000,
}, async (t) => {
  const left: Promise<unknown>[] = [];
  const port = await serveRaw(t, (socket) => {
    left.push(once(socket.resume(), "close"));
  });
  const aws = sdk({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` }, limits: short });
  const error = await failureOf(aws.getCallerIdentity(endpointAt("https://sts.invalid"), longTermKey));
  assert.equal(error.kind, "timeout");
  assert.equal(
    error.message,
    `no connection to sts.invalid through the proxy 127.0.0.1:${port} within 0.3 s`,
  );
  assert.equal(left.length, 3);
  await Promise.all(left);
});

test("a refused port is named, and tried three times even with a code, which cannot have arrived", async () => {
  const port = await freePort();
  const clock = testClock();
  const error = await failureOf(
    sdk({ clock }).getSessionToken(endpointAt(`http://127.0.0.1:${port}`), withCode),
  );
  assert.equal(error.kind, "network");
  assert.equal(error.message, `127.0.0.1:${port} refused the connection`);
  assert.equal(clock.pauses.length, 2);
  assert.doesNotMatch(error.hints.join("\n"), /may have taken/);
  assert.equal(error.codeIsUnspent, true);
});

test("a name without an address is named", async () => {
  const error = await failureOf(
    sdk().getCallerIdentity(endpointAt("https://sts.eu-west-1.invalid"), longTermKey),
  );
  assert.equal(error.kind, "network");
  assert.match(error.message, /^no address found for sts\.eu-west-1\.invalid \((ENOTFOUND|EAI_AGAIN)\)$/);
});

test("a TLS handshake that never ends is before the code has left, so it is tried again", async (t) => {
  let connections = 0;
  const port = await serveRaw(t, () => {
    connections += 1;
  });
  const aws = sdk({ limits: short });
  const error = await failureOf(aws.getSessionToken(endpointAt(`https://127.0.0.1:${port}`), withCode));
  assert.equal(error.kind, "timeout");
  assert.equal(error.message, `no connection to 127.0.0.1:${port} within 0.3 s`);
  assert.equal(connections, 3);
});

test("a reset in the TLS handshake is before the code has left, so it is tried again", async (t) => {
  let connections = 0;
  const port = await serveRaw(t, (socket) => {
    connections += 1;
    socket.resetAndDestroy();
  });
  const error = await failureOf(sdk().getSessionToken(endpointAt(`https://127.0.0.1:${port}`), withCode));
  assert.equal(error.kind, "network");
  assert.match(error.message, /^the connection to 127\.0\.0\.1:\d+ broke off \(ECONNRESET\)$/);
  assert.equal(connections, 3);
});

test("a server that does not speak HTTP, or not TLS, is told apart from AWS", async (t) => {
  const port = await serveRaw(t, (socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  const plain = await failureOf(sdk().getSessionToken(endpointAt(`http://127.0.0.1:${port}`), withCode));
  assert.equal(plain.kind, "garbage");
  assert.match(plain.message, /^what 127\.0\.0\.1:\d+ sent is not an answer of AWS \(HPE_\w+\)$/);
  const tls = await failureOf(sdk().getCallerIdentity(endpointAt(`https://127.0.0.1:${port}`), longTermKey));
  assert.equal(tls.kind, "tls");
  assert.match(tls.message, /^127\.0\.0\.1:\d+ does not speak TLS as it must \(\w+\)$/);
});

test("a certificate for another name is told as that", async (t) => {
  const made = await certificate(t);
  const server = await serve(t, answer(200, caller), made);
  const proxy = await serveProxy(t);
  const aws = sdk({ env: { HTTPS_PROXY: `http://${proxy.host}` } });
  const url = `https://sts.invalid:${server.port}`;
  const error = await failureOf(
    aws.getCallerIdentity(endpointAt(url, { caBundle: made.caFile }), longTermKey),
  );
  assert.equal(error.kind, "tls");
  assert.match(
    error.message,
    /^the certificate of sts\.invalid:\d+ through the proxy .* is for another name/,
  );
  assert.equal(server.received.length, 0);
});

test("an answer without end is cut off", async (t) => {
  const server = await serve(t, (response) => {
    response.on("error", () => {});
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  });
  const error = await failureOf(sdk().getSessionToken(endpointAt(server.url), withCode));
  assert.equal(error.kind, "garbage");
  assert.equal(server.received.length, 1);
});

test("the deadline ends a try, and there is no other one after it", async (t) => {
  const server = await serve(t, () => {});
  const clock = testClock();
  const aws = sdk({ clock, deadline: clock.now() + 250 });
  const error = await failureOf(aws.getCallerIdentity(endpointAt(server.url), longTermKey));
  assert.equal(error.kind, "timeout");
  assert.match(error.message, /^no answer from 127\.0\.0\.1:\d+ within 0\.3 s$/);
  const late = sdk({ clock, deadline: clock.now() });
  const error2 = await failureOf(late.getCallerIdentity(endpointAt(server.url), longTermKey));
  assert.equal(error2.kind, "timeout");
  assert.equal(error2.message, "no time left to ask sts:GetCallerIdentity");
});

test("no pause reaches past the deadline", async (t) => {
  const server = await serve(t, refusal(400, "Throttling", "Rate exceeded"));
  let now = 1_900_000_000_000;
  const clock = { ...testClock(), now: () => now, monotonic: () => now };
  clock.sleep = async (milliseconds) => {
    now += milliseconds + 10_000;
  };
  const aws = sdk({ clock, deadline: now + 5_000 });
  const error = await failureOf(aws.getCallerIdentity(endpointAt(server.url), longTermKey));
  assert.equal(server.received.length, 1);
  assert.equal(error.kind, "timeout");
});

test("a caller that goes away ends the call with exit code 130, and it is not tried again", async (t) => {
  const going = new AbortController();
  const server = await serve(t, () => going.abort());
  const aws = sdk({ signal: going.signal });
  const error = await failureOf(aws.getCallerIdentity(endpointAt(server.url), longTermKey));
  assert.equal(error.exitCode, 130);
  assert.match(error.message, /^the request to 127\.0\.0\.1:\d+ was cancelled$/);
  assert.equal(server.received.length, 1);
  const error2 = await failureOf(aws.getCallerIdentity(endpointAt(server.url), longTermKey));
  assert.equal(error2.exitCode, 130);
  assert.equal(server.received.length, 1);
});

test("a redirect is not followed", async (t) => {
  const elsewhere = await serve(t, answer(200, credentials("GetSessionToken")));
  const server = await serve(t, answer(307, "", { location: elsewhere.url }));
  const error = await failureOf(sdk().getSessionToken(endpointAt(server.url), withCode));
  assert.equal(error.kind, "garbage");
  assert.equal(elsewhere.received.length, 0);
});

test("a CA bundle that cannot be used is named", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "aws-as-trust-"));
  t.after(() => rm(folder, { recursive: true }));
  const made = await certificate(t);
  await writeFile(join(folder, "empty.pem"), "");
  await writeFile(join(folder, "key.pem"), made.key);
  await writeFile(
    join(folder, "broken.pem"),
    "-----BEGIN CERTIFICATE-----\nTm90IG9uZQ==\n-----END CERTIFICATE-----\n",
  );
  for (const [name, message] of [
    ["missing.pem", /^cannot read the CA bundle ".*missing\.pem" \(ENOENT\)$/],
    [".", /^cannot read the CA bundle ".*" \(EISDIR\)$/],
    ["empty.pem", /^no certificate in the CA bundle ".*empty\.pem"$/],
    ["key.pem", /^no certificate in the CA bundle ".*key\.pem"$/],
    ["broken.pem", /^a certificate in the CA bundle ".*broken\.pem" is damaged$/],
  ] as const) {
    const endpoint = endpointAt("https://127.0.0.1:1", { caBundle: join(folder, name) });
    const error = await failureOf(sdk().getCallerIdentity(endpoint, longTermKey));
    assert.equal(error.kind, "tls");
    assert.match(error.message, message);
  }
});
