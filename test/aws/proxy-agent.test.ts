import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { type Certificate, makeCertificate } from "../support/aws/certificate.ts";
import { endpointAt, failureOf, longTermKey, mfa, sdk } from "./calls.ts";
import { serveProxy } from "./proxy-server.ts";
import { answer, caller, credentials, listen, secrets, serve } from "./server.ts";

const withCode = { key: longTermKey, durationSeconds: 900, mfa };
const short = { connect: 300, answer: 600 };
const proxyUser = `ann:${secrets.proxyPassword}`;

async function certificate(t: TestContext): Promise<Certificate> {
  const made = await makeCertificate();
  t.after(() => made.remove());
  return made;
}

/** A proxy below HTTP, and how many connections it got. */
async function serveRaw(t: TestContext, onSocket: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const port = await listen(
    t,
    createServer((socket) => {
      sockets.push(socket);
      onSocket(socket);
    }),
  );
  return { host: `127.0.0.1:${port}`, sockets };
}

for (const scheme of ["http", "https"]) {
  test(`a proxy can be spoken to in TLS, and one CA bundle is for it and for AWS (${scheme})`, async (t) => {
    const tls = await certificate(t);
    const server = await serve(t, answer(200, caller), scheme === "https" ? tls : undefined);
    const proxy = await serveProxy(t, { user: proxyUser, tls });
    const aws = sdk({ env: { ALL_PROXY: `https://${proxyUser}@${proxy.host}` } });
    const endpoint = endpointAt(server.url, { caBundle: tls.caFile });
    await aws.getCallerIdentity(endpoint, longTermKey);
    await aws.getCallerIdentity(endpoint, longTermKey);
    assert.equal(server.received.length, 2);
    assert.equal(server.received[0]?.headers["proxy-authorization"], undefined);
    if (scheme === "https") assert.deepEqual(proxy.requests, [`CONNECT 127.0.0.1:${server.port}`]);
    else assert.deepEqual(proxy.requests, [`POST ${server.url}/`, `POST ${server.url}/`]);
  });

  test(`a proxy whose certificate is not trusted is told as the proxy, and learns nothing (${scheme})`, async (t) => {
    const proxy = await serveProxy(t, { tls: await certificate(t) });
    const aws = sdk({ env: { ALL_PROXY: `https://${proxyUser}@${proxy.host}` } });
    const error = await failureOf(aws.getSessionToken(endpointAt(`${scheme}://127.0.0.1:1`), withCode));
    assert.equal(error.kind, "tls");
    assert.match(error.message, /^the certificate of the proxy 127\.0\.0\.1:\d+ is not trusted \(\w+\)$/);
    assert.doesNotMatch(error.hints.join("\n"), /may have taken/);
    assert.deepEqual(proxy.requests, []);
  });

  test(`a proxy that never ends its TLS handshake is left (${scheme})`, { timeout: 20_000 }, async (t) => {
    const left: Promise<unknown>[] = [];
    const proxy = await serveRaw(t, (socket) => left.push(once(socket.resume(), "close")));
    const aws = sdk({ env: { ALL_PROXY: `https://${proxy.host}` }, limits: short });
    const error = await failureOf(aws.getSessionToken(endpointAt(`${scheme}://sts.invalid`), withCode));
    assert.equal(error.kind, "timeout");
    assert.match(error.message, /^no connection to .*the proxy 127\.0\.0\.1:\d+ within 0\.3 s$/);
    assert.equal(left.length, 3);
    await Promise.all(left);
  });
}

test("http and https through one proxy keep apart", async (t) => {
  const tls = await certificate(t);
  const plain = await serve(t, answer(200, caller));
  const secure = await serve(t, answer(200, caller), tls);
  const proxy = await serveProxy(t);
  const aws = sdk({ env: { ALL_PROXY: `http://${proxy.host}` } });
  for (const { url } of [plain, secure, plain]) {
    await aws.getCallerIdentity(endpointAt(url, { caBundle: tls.caFile }), longTermKey);
  }
  const forwarded = `POST ${plain.url}/`;
  assert.deepEqual(proxy.requests, [forwarded, `CONNECT 127.0.0.1:${secure.port}`, forwarded]);
});

test("an address behind a proxy has to prove that it is that address, not that it is the proxy", async (t) => {
  const made = await certificate(t);
  const server = await serve(t, answer(200, caller), made);
  const proxy = await serveProxy(t);
  const [, port] = proxy.host.split(":");
  for (const host of ["127.0.0.1", "localhost"]) {
    const aws = sdk({ env: { HTTPS_PROXY: `http://${host}:${port}` } });
    const endpoint = endpointAt(`https://127.0.0.2:${server.port}`, { caBundle: made.caFile });
    const error = await failureOf(aws.getCallerIdentity(endpoint, longTermKey));
    assert.equal(error.kind, "tls");
    assert.match(error.message, /through the proxy .* is for another name than 127\.0\.0\.2:\d+$/);
  }
  assert.equal(server.received.length, 0);
});

const opened = "HTTP/1.1 200 Connection established\r\n\r\n";
const breaks: [
  name: string,
  onSocket: (socket: Socket) => void,
  kind: string,
  message: RegExp,
  tries: number,
][] = [
  [
    "hangs up instead of opening a way",
    (socket) => socket.once("data", () => socket.end()),
    "network",
    /^the connection to the proxy 127\.0\.0\.1:\d+ broke off \(ECONNRESET\)$/,
    3,
  ],
  [
    "does not speak HTTP",
    (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "garbage",
    /^what the proxy 127\.0\.0\.1:\d+ sent is not an answer of AWS \(HPE_INVALID_STATUS\)$/,
    1,
  ],
  [
    "hangs up on the way that it opened",
    (socket) => socket.once("data", () => socket.write(opened, () => socket.resetAndDestroy())),
    "network",
    /^the connection to sts\.invalid through the proxy 127\.0\.0\.1:\d+ broke off \(ECONNRESET\)$/,
    3,
  ],
  [
    "opens a way on which nothing comes back",
    (socket) => socket.once("data", () => socket.resume().write(opened)),
    "timeout",
    /^no connection to sts\.invalid through the proxy 127\.0\.0\.1:\d+ within 0\.3 s$/,
    3,
  ],
];
for (const [name, onSocket, kind, message, tries] of breaks) {
  test(`a proxy that ${name} cannot have passed on the code (tries: ${tries})`, async (t) => {
    const proxy = await serveRaw(t, onSocket);
    const aws = sdk({ env: { HTTPS_PROXY: `http://${proxy.host}` }, limits: short });
    const error = await failureOf(aws.getSessionToken(endpointAt("https://sts.invalid"), withCode));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    assert.doesNotMatch(error.hints.join("\n"), /may have taken/);
    assert.equal(proxy.sockets.length, tries);
  });
}

test("a proxy that was handed the code, and hangs up, is not handed it again", async (t) => {
  const proxy = await serveRaw(t, (socket) => socket.once("data", () => socket.end()));
  const aws = sdk({ env: { HTTP_PROXY: `http://${proxy.host}` } });
  const error = await failureOf(aws.getSessionToken(endpointAt("http://sts.invalid"), withCode));
  assert.equal(error.kind, "network");
  assert.match(error.message, /broke off before the answer was complete/);
  assert.equal(proxy.sockets.length, 1);
});

test("a caller that goes away while a proxy is silent ends the call, and the proxy is left", async (t) => {
  const going = new AbortController();
  const left: Promise<unknown>[] = [];
  const proxy = await serveRaw(t, (socket) => {
    left.push(once(socket.resume(), "close"));
    going.abort();
  });
  const aws = sdk({ env: { HTTPS_PROXY: `http://${proxy.host}` }, signal: going.signal });
  const error = await failureOf(aws.getCallerIdentity(endpointAt("https://sts.invalid"), longTermKey));
  assert.equal(error.exitCode, 130);
  assert.equal(left.length, 1);
  await Promise.all(left);
});

test("a caller that has gone before leaves no connection to a silent proxy", {
  timeout: 20_000,
}, async (t) => {
  const left: Promise<unknown>[] = [];
  const proxy = await serveRaw(t, (socket) => left.push(once(socket.resume(), "close")));
  const aws = sdk({ env: { HTTPS_PROXY: `http://${proxy.host}` }, signal: AbortSignal.abort() });
  const error = await failureOf(aws.getCallerIdentity(endpointAt("https://sts.invalid"), longTermKey));
  assert.equal(error.exitCode, 130);
  // Connections are taken in their order: with this one, those before it have been seen.
  const [host = "", port] = proxy.host.split(":");
  const last = connect(Number(port), host);
  await once(last, "connect");
  last.end();
  await Promise.all(left);
});

test("two calls at once go through one proxy, and what befalls one does not befall the other", async (t) => {
  const made = await certificate(t);
  const server = await serve(t, answer(200, credentials("GetSessionToken")), made);
  let connections = 0;
  const proxy = await serveProxy(t);
  const [, port] = proxy.host.split(":");
  const relay = await serveRaw(t, (socket) => {
    connections += 1;
    // The first is kept waiting, the second goes on.
    if (connections === 1) return void socket.resume();
    const onward = connect(Number(port), "127.0.0.1");
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on("error", () => {});
    socket.on("close", () => onward.destroy());
  });
  const aws = sdk({
    env: { HTTPS_PROXY: `http://${relay.host}` },
    limits: { connect: 1_000, answer: 5_000 },
  });
  const endpoint = endpointAt(server.url, { caBundle: made.caFile });
  const both = await Promise.all([
    aws.getSessionToken(endpoint, withCode),
    aws.getSessionToken(endpoint, withCode),
  ]);
  assert.equal(both.length, 2);
  assert.equal(server.received.length, 2);
});
