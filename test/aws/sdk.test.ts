import assert from "node:assert/strict";
import test from "node:test";
import { endpointAt, longTermKey, mfa, sdk, sessionKey } from "./calls.ts";
import { answer, caller, credentials, issued, secrets, serve } from "./server.ts";

const roleArn = "arn:aws:iam::222222222222:role/admin";

test("a session token is asked for with the duration and the code, and comes back whole", async (t) => {
  const server = await serve(t, answer(200, credentials("GetSessionToken")));
  const session = await sdk().getSessionToken(endpointAt(server.url), {
    key: longTermKey,
    durationSeconds: 43200,
    mfa,
  });
  assert.equal(session.accessKeyId, issued.AccessKeyId);
  assert.equal(session.secretAccessKey.reveal(), issued.SecretAccessKey);
  assert.equal(session.sessionToken.reveal(), issued.SessionToken);
  assert.equal(session.expiresAt, Date.parse("2030-01-01T12:00:00Z"));
  const [request] = server.received;
  assert.deepEqual(Object.fromEntries(request?.form ?? []), {
    Action: "GetSessionToken",
    Version: "2011-06-15",
    DurationSeconds: "43200",
    SerialNumber: mfa.serial,
    TokenCode: secrets.code,
  });
  assert.match(
    request?.headers.authorization ?? "",
    /^AWS4-HMAC-SHA256 Credential=AKIACANARY0000001234\/20300101\/eu-west-1\/sts\/aws4_request/,
  );
  assert.equal(request?.headers["x-amz-security-token"], undefined);
  assert.match(request?.headers["user-agent"] ?? "", /^aws-as\/1/);
});

test("a session token without a device is asked for without one", async (t) => {
  const server = await serve(t, answer(200, credentials("GetSessionToken")));
  await sdk().getSessionToken(endpointAt(server.url), { key: longTermKey, durationSeconds: 900 });
  assert.deepEqual([...(server.received[0]?.form.keys() ?? [])], ["Action", "Version", "DurationSeconds"]);
});

test("a role is assumed with all that its profile says", async (t) => {
  const server = await serve(t, answer(200, credentials("AssumeRole")));
  await sdk().assumeRole(endpointAt(server.url), {
    key: sessionKey,
    roleArn,
    roleSessionName: "ann",
    durationSeconds: 3600,
    mfa,
    externalId: "ext & <1>",
    policy: '{"Version":"2012-10-17"}',
    policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    sourceIdentity: "ann",
    tags: { team: "ops é" },
    transitiveTagKeys: ["team"],
  });
  const [request] = server.received;
  assert.deepEqual(Object.fromEntries(request?.form ?? []), {
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: roleArn,
    RoleSessionName: "ann",
    DurationSeconds: "3600",
    SerialNumber: mfa.serial,
    TokenCode: secrets.code,
    ExternalId: "ext & <1>",
    Policy: '{"Version":"2012-10-17"}',
    "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    SourceIdentity: "ann",
    "Tags.member.1.Key": "team",
    "Tags.member.1.Value": "ops é",
    "TransitiveTagKeys.member.1": "team",
  });
  assert.equal(request?.headers["x-amz-security-token"], secrets.sessionToken);
});

test("a role is assumed with nothing that its profile does not say", async (t) => {
  const server = await serve(t, answer(200, credentials("AssumeRole")));
  await sdk().assumeRole(endpointAt(server.url), { key: sessionKey, roleArn, roleSessionName: "ann" });
  assert.deepEqual(
    [...(server.received[0]?.form.keys() ?? [])],
    ["Action", "Version", "RoleArn", "RoleSessionName"],
  );
});

test("the caller's account, ARN and user id come back", async (t) => {
  const server = await serve(t, answer(200, caller));
  assert.deepEqual(await sdk().getCallerIdentity(endpointAt(server.url), longTermKey), {
    account: "111111111111",
    arn: "arn:aws:iam::111111111111:user/ann",
    userId: "AIDAUSER",
  });
});

function devicePage(serials: readonly string[], marker?: string): string {
  const members = serials
    .map((serial) => `<member><UserName>ann</UserName><SerialNumber>${serial}</SerialNumber></member>`)
    .join("");
  const more = marker
    ? `<IsTruncated>true</IsTruncated><Marker>${marker}</Marker>`
    : "<IsTruncated>false</IsTruncated>";
  return `<ListMFADevicesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListMFADevicesResult>${more}<MFADevices>${members}</MFADevices></ListMFADevicesResult></ListMFADevicesResponse>`;
}

test("the MFA devices of all pages come back in order", async (t) => {
  const server = await serve(t, [
    answer(200, devicePage(["arn:aws:iam::1:mfa/a", "GAHT12345678"], "next&amp;page")),
    answer(200, devicePage(["arn:aws:iam::1:u2f/user/ann/key"])),
  ]);
  const { serials, user } = await sdk().listMfaDevices(endpointAt(server.url), longTermKey);
  assert.equal(user, "ann");
  assert.deepEqual(serials, ["arn:aws:iam::1:mfa/a", "GAHT12345678", "arn:aws:iam::1:u2f/user/ann/key"]);
  assert.deepEqual(
    server.received.map(({ form }) => form.get("Marker")),
    [null, "next&page"],
  );
  assert.match(server.received[0]?.headers.authorization ?? "", /\/us-east-1\/iam\/aws4_request/);
});

test("a user without MFA devices has none", async (t) => {
  const server = await serve(t, answer(200, devicePage([])));
  const none = { serials: [], user: undefined };
  assert.deepEqual(await sdk().listMfaDevices(endpointAt(server.url), longTermKey), none);
});

test("a second call goes over the first one's connection", async (t) => {
  const ports = new Set<number | undefined>();
  const server = await serve(t, (response, received) => {
    ports.add(response.socket?.remotePort);
    answer(200, caller)(response, received);
  });
  const aws = sdk();
  await aws.getCallerIdentity(endpointAt(server.url), longTermKey);
  await aws.getCallerIdentity(endpointAt(server.url), longTermKey);
  assert.equal(server.received.length, 2);
  assert.equal(ports.size, 1);
});
