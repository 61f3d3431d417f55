import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import type { FakeAws } from "./fake-aws.ts";
import { type ClientKey, fakeFor, keyOf, refused, stsFor, userKey } from "./sdk-clients.ts";
import { one } from "./world-of-one.ts";

const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

const sessionOf = ({ accessKeyId, secretAccessKey, sessionToken }: ClientKey) =>
  JSON.stringify({ sessionId: accessKeyId, sessionKey: secretAccessKey, sessionToken });

/** Asks for a token; the status, and the token if there is one. */
async function ask(fake: FakeAws, session: string, more: Record<string, string> = {}, method = "POST") {
  const form = new URLSearchParams({ Action: "getSigninToken", Session: session, ...more });
  const answer =
    method === "POST"
      ? await fetch(`${fake.url}/federation`, { method, body: form })
      : await fetch(`${fake.url}/federation?${form}`);
  if (answer.status !== 200) return { status: answer.status, token: "" };
  return { status: 200, token: ((await answer.json()) as { SigninToken: string }).SigninToken };
}

function assume(fake: FakeAws, key: ClientKey, role: string, mfa: boolean) {
  const proof = mfa ? { SerialNumber: one.mfaSerial, TokenCode: fake.code(one.mfaSerial) } : {};
  return stsFor(fake, key)
    .send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "me", ...proof }))
    .then(keyOf);
}

async function federated(fake: FakeAws) {
  return keyOf(await stsFor(fake).send(new GetFederationTokenCommand({ Name: "me", Policy: policy })));
}

test("the session of a role is exchanged, by GET as by POST, and its token opens a console for a quarter of an hour", async (t: TestContext) => {
  const fake = await fakeFor(t);
  const role = await assume(fake, userKey, one.role1, true);
  for (const method of ["GET", "POST"]) {
    const { status, token } = await ask(fake, sessionOf(role), { SessionDuration: "43200" }, method);
    assert.equal(status, 200);
    const login = new URLSearchParams({
      Action: "login",
      Destination: "https://x.example/",
      SigninToken: token,
    });
    assert.equal((await fetch(`${fake.url}/federation?${login}`)).status, 200);
    fake.advance(901_000);
    assert.equal((await fetch(`${fake.url}/federation?${login}`)).status, 400);
  }
  assert.equal(fake.console.opened.length, 2);
});

test("what AWS does not take is refused with 400 and no reason", async (t: TestContext) => {
  const fake = await fakeFor(t);
  const role = await assume(fake, userKey, one.role1, true);
  const chained = await assume(fake, role, one.role3, false);
  const base = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  const user = await federated(fake);
  for (const [session, more] of [
    ["", {}],
    ["no JSON", {}],
    [sessionOf(userKey), {}],
    [sessionOf(base), {}],
    [sessionOf({ ...role, secretAccessKey: "another" }), {}],
    [sessionOf({ ...role, sessionToken: "another" }), {}],
    [sessionOf(role), { SessionDuration: "899" }],
    [sessionOf(role), { SessionDuration: "43201" }],
    [sessionOf(chained), { SessionDuration: "900" }],
    [sessionOf(user), { SessionDuration: "900" }],
  ] as const)
    assert.equal(
      (await ask(fake, session, more)).status,
      400,
      `${session.slice(0, 40)} ${JSON.stringify(more)}`,
    );
  for (const session of [role, chained, user])
    assert.equal((await ask(fake, sessionOf(session))).status, 200);
  fake.advance(3_601_000);
  assert.equal((await ask(fake, sessionOf(role))).status, 400);
});

test("GetFederationToken takes a long-term key alone, and its session says who it is and nothing more", async (t: TestContext) => {
  const fake = await fakeFor(t);
  const user = stsFor(fake, await federated(fake));
  const { Arn } = await user.send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, "arn:aws:sts::111111111111:federated-user/me");
  await refused(
    user.send(new AssumeRoleCommand({ RoleArn: one.role1, RoleSessionName: "me" })),
    "AccessDenied",
    403,
  );
  const base = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  const again = stsFor(fake, base).send(new GetFederationTokenCommand({ Name: "me", Policy: policy }));
  await refused(again, "AccessDenied", 403);
  const short = stsFor(fake).send(new GetFederationTokenCommand({ Name: "m" }));
  await refused(short, "ValidationError", 400, /length greater than or equal to 2/);
});
