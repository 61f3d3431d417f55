import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { dpopProof } from "../../../src/aws/signin.ts";
import { newLoginKey } from "../sso-scene.ts";
import { startFakeAws } from "./fake-aws.ts";
import { one } from "./world-of-one.ts";
import { assignedRoles, worldOfSso } from "./world-of-sso.ts";

type Body = Record<string, unknown>;

async function world(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfSso() });
  t.after(() => fake.close());
  fake.signIn.assignments = assignedRoles();
  const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Body> => {
    const answer = await fetch(`${fake.url}${path}`, { method: "POST", body: JSON.stringify(body), headers });
    return { ...((await answer.json()) as Body), status: answer.status };
  };
  return { fake, post };
}

test("sign-in takes a proof once, for its own address, by the key that the token is bound to", async (t) => {
  const { fake, post } = await world(t);
  const key = newLoginKey();
  const { clientId, refreshToken } = fake.signIn.logIn(one.userArn, key);
  const body = { clientId, refreshToken, grantType: "refresh_token" };
  const url = `${fake.url}/v1/token`;
  const proof = (pem = key.pem, request = { method: "POST", url }, now = fake.now()) =>
    dpopProof(pem, request, now);
  for (const [what, DPoP] of [
    ["htm", proof(key.pem, { method: "GET", url })],
    ["htu", proof(key.pem, { method: "POST", url: "https://elsewhere.example/v1/token" })],
    ["iat", proof(key.pem, { method: "POST", url }, fake.now() - 600_000)],
    ["another key", proof(newLoginKey().pem)],
    ["signature", `${proof().slice(0, -8)}AAAAAAAA`],
    ["no JWT", "x"],
  ] as const) {
    const answer = await post("/v1/token", body, { DPoP });
    assert.equal(answer["status"], 403);
    assert.match(String(answer["message"]), new RegExp(what));
  }
  const DPoP = proof();
  const fresh = await post("/v1/token", body, { DPoP });
  assert.equal(fresh["status"], 200);
  assert.match(String((await post("/v1/token", body, { DPoP }))["message"]), /jti/);
  // The token is good for one use; the next one came with the answer.
  assert.equal((await post("/v1/token", body, { DPoP: proof() }))["error"], "TOKEN_EXPIRED");
  const next = { ...body, refreshToken: fresh["refreshToken"] };
  assert.equal((await post("/v1/token", next, { DPoP: proof() }))["status"], 200);
});

test("a device's code is good for one token, once a person has confirmed it", async (t) => {
  const { fake, post } = await world(t);
  fake.signIn.approval = "by hand";
  const { clientId, clientSecret } = await post("/client/register", {
    clientName: "x",
    clientType: "public",
  });
  const client = { clientId, clientSecret };
  const startUrl = "https://corp.awsapps.com/start";
  const wrong = await post("/device_authorization", { clientId, clientSecret: "wrong", startUrl });
  assert.equal(wrong["error"], "invalid_client");
  const { deviceCode } = await post("/device_authorization", { ...client, startUrl });
  const grantType = "urn:ietf:params:oauth:grant-type:device_code";
  const ask = () => post("/token", { ...client, deviceCode, grantType });
  assert.equal((await ask())["error"], "authorization_pending");
  assert.equal(fake.signIn.approve(), true);
  assert.equal(typeof (await ask())["accessToken"], "string");
  assert.equal((await ask())["error"], "invalid_grant");
});

test("the portal takes a token to its end, and gives what is assigned", async (t) => {
  const { fake } = await world(t);
  const { accessToken } = fake.signIn.signIn({ seconds: 60 });
  const ask = async (role: string, token = accessToken) => {
    const path = `/federation/credentials?role_name=${role}&account_id=${one.account}`;
    return (await fetch(`${fake.url}${path}`, { headers: { "x-amz-sso_bearer_token": token } })).status;
  };
  assert.equal(await ask("Admin"), 200);
  assert.equal(await ask("Nobody"), 403);
  assert.equal(await ask("Admin", "another"), 401);
  fake.advance(61_000);
  assert.equal(await ask("Admin"), 401);
});
