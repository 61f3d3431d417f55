import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import test from "node:test";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { HttpsProxyAgent } from "https-proxy-agent";
import { withoutOpenssl } from "./certificate.ts";
import { startFakeProxy } from "./proxy.ts";
import { fakeFor, stsFor, userKey } from "./sdk-clients.ts";
import { one } from "./world-of-one.ts";

const whoAmI = new GetCallerIdentityCommand({});

test("https wants its own authority to be trusted", { skip: withoutOpenssl }, async (t) => {
  const fake = await fakeFor(t, { https: true });
  assert.match(fake.url, /^https:/);
  await assert.rejects(stsFor(fake).send(whoAmI), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  const ca = await readFile(fake.caFile ?? "");
  const sts = new STSClient({
    endpoint: fake.url,
    region: "eu-west-1",
    credentials: userKey,
    requestHandler: new NodeHttpHandler({ httpsAgent: { ca } }),
  });
  assert.equal((await sts.send(whoAmI)).Arn, one.userArn);
  await fake.close();
  await assert.rejects(readFile(fake.caFile ?? ""), { code: "ENOENT" });
});

test("the proxy tunnels https for whoever knows the password, and logs it", {
  skip: withoutOpenssl,
}, async (t) => {
  const fake = await fakeFor(t, { https: true });
  const proxy = await startFakeProxy({ user: "me", password: "p@ss" });
  t.after(() => proxy.close());
  const ca = await readFile(fake.caFile ?? "");
  const through = (url: string) => {
    const agent = new HttpsProxyAgent(url);
    // The constructor's options are for the way to the proxy; those of the agent itself go on to the target.
    Object.assign(agent.options, { ca });
    return new STSClient({
      endpoint: fake.url,
      region: "eu-west-1",
      credentials: userKey,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
    });
  };
  assert.equal((await through(proxy.url).send(whoAmI)).Arn, one.userArn);
  await assert.rejects(through(proxy.url.replace("p%40ss", "wrong")).send(whoAmI));
  const target = new URL(fake.url).host;
  assert.deepEqual(proxy.passed, [
    { method: "CONNECT", target, refused: false },
    { method: "CONNECT", target, refused: true },
  ]);
  assert.equal(fake.requests.all.length, 1);
});

/** What a client that was told of a proxy sends for a plain http address. */
async function plain(proxyUrl: string, address: string): Promise<{ status: number; text: string }> {
  const { hostname, port, username, password } = new URL(proxyUrl);
  const login = Buffer.from(`${username}:${password}`).toString("base64");
  const headers = username ? { "proxy-authorization": `Basic ${login}` } : {};
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: address, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject).end();
  });
}

test("the proxy passes plain http on, and refuses what is no absolute address", async (t) => {
  const fake = await fakeFor(t);
  const proxy = await startFakeProxy();
  t.after(() => proxy.close());
  const answer = await plain(proxy.url, `${fake.url}/?Action=Nothing`);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /Could not find operation Nothing/);
  assert.deepEqual(proxy.passed, [{ method: "GET", target: new URL(fake.url).host, refused: false }]);
  assert.equal((await plain(proxy.url, "/")).text, "not an absolute http address");
  const locked = await startFakeProxy({ user: "me", password: "secret" });
  t.after(() => locked.close());
  assert.equal((await plain(locked.url, `${fake.url}/?Action=Nothing`)).status, 400);
  assert.equal((await plain(locked.url.replace("secret", "x"), fake.url)).status, 407);
  assert.equal(fake.requests.all.length, 2);
});
