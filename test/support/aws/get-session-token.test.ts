import assert from "node:assert/strict";
import test from "node:test";
import { ListMFADevicesCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetSessionTokenCommand,
  type GetSessionTokenCommandInput,
} from "@aws-sdk/client-sts";
import { fakeFor, iamFor, keyOf, refused, stsFor } from "./sdk-clients.ts";
import { stepLength, totpCode } from "./totp.ts";
import { one, worldOfOne } from "./world-of-one.ts";

const wrongCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const wrongDevice =
  "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.";
const half = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
const fido = "arn:aws:iam::111111111111:u2f/user/my-user1/my-key-ABCDEFGHIJKL";

test("a session lasts as long as wished, 12 h where nothing is wished", async (t) => {
  const fake = await fakeFor(t);
  for (const [wished, expected] of [
    [900, 900],
    [129_600, 129_600],
    [undefined, 43_200],
  ] as const) {
    const { Credentials } = await stsFor(fake).send(new GetSessionTokenCommand({ DurationSeconds: wished }));
    const seconds = ((Credentials?.Expiration?.getTime() ?? 0) - fake.now()) / 1000;
    assert.ok(seconds > expected - 10 && seconds <= expected, `${seconds} of ${expected}`);
  }
});

test("credentials look like AWS's: awkward characters and length included", async (t) => {
  const fake = await fakeFor(t);
  for (let count = 0; count < 20; count++) {
    const key = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
    assert.match(key.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.equal(key.secretAccessKey.length, 40);
    const token = key.sessionToken ?? "";
    assert.ok(token.length >= 800 && token.length <= 1200, `${token.length} characters`);
    for (const character of "/+=") assert.ok(token.includes(character), `no ${character} in it`);
  }
});

test("a session cannot be had with a session", async (t) => {
  const fake = await fakeFor(t);
  const base = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  const partner = { RoleArn: one.partnerRole, RoleSessionName: "s1", ExternalId: one.externalId };
  const role = keyOf(await stsFor(fake).send(new AssumeRoleCommand(partner)));
  for (const key of [base, role]) {
    const again = stsFor(fake, key).send(new GetSessionTokenCommand({}));
    await refused(again, "AccessDenied", 403, "Cannot call GetSessionToken with session credentials");
  }
});

const refusals: [string, GetSessionTokenCommandInput, code: string, status: number, message: string][] = [
  [
    "too short a time",
    { DurationSeconds: 899 },
    "ValidationError",
    400,
    "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
  ],
  [
    "too long a time",
    { DurationSeconds: 129_601 },
    "ValidationError",
    400,
    "1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600",
  ],
  ["a device without a code", { SerialNumber: one.mfaSerial }, "AccessDenied", 403, half],
  ["a code without a device", { TokenCode: "123456" }, "AccessDenied", 403, half],
  [
    "a code that is no code",
    { SerialNumber: one.mfaSerial, TokenCode: "12345x7" },
    "ValidationError",
    400,
    "2 validation errors detected: Value '12345x7' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\d]*; Value '12345x7' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6",
  ],
  [
    "a code that is too short",
    { SerialNumber: one.mfaSerial, TokenCode: "12345" },
    "ValidationError",
    400,
    "1 validation error detected: Value '12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6",
  ],
  [
    "a serial with a space",
    { SerialNumber: "GAHT 12345678", TokenCode: "123456" },
    "ValidationError",
    400,
    "1 validation error detected: Value 'GAHT 12345678' at 'serialNumber' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=/:,.@-]*",
  ],
  [
    "somebody else's device",
    { SerialNumber: "arn:aws:iam::111111111111:mfa/other", TokenCode: "123456" },
    "AccessDenied",
    403,
    wrongDevice,
  ],
  ["a FIDO device", { SerialNumber: fido, TokenCode: "123456" }, "AccessDenied", 403, wrongDevice],
];

for (const [name, input, code, status, message] of refusals) {
  test(`${name} is refused`, async (t) => {
    const world = worldOfOne();
    world.accounts[0]?.users[0]?.mfaDevices.push({ kind: "fido", serial: fido });
    const fake = await fakeFor(t, { world });
    await refused(stsFor(fake).send(new GetSessionTokenCommand(input)), code, status, message);
  });
}

test("a code is taken one step early and one step late, and no further off", async (t) => {
  const now = 1_700_000_010_000;
  for (const [steps, taken] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ] as const) {
    const fake = await fakeFor(t, { rules: { skewSeconds: Number.POSITIVE_INFINITY } });
    fake.setClock(now, { stopped: true });
    const TokenCode = totpCode(one.mfaSecret, now + steps * stepLength);
    const call = stsFor(fake).send(new GetSessionTokenCommand({ SerialNumber: one.mfaSerial, TokenCode }));
    if (taken) await call;
    else await refused(call, "AccessDenied", 403, wrongCode);
  }
});

test("a code is taken once, and never an earlier one after it", async (t) => {
  const fake = await fakeFor(t, { rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  const now = 1_700_000_010_000;
  fake.setClock(now, { stopped: true });
  const give = (steps: number) => {
    const TokenCode = totpCode(one.mfaSecret, now + steps * stepLength);
    return stsFor(fake).send(new GetSessionTokenCommand({ SerialNumber: one.mfaSerial, TokenCode }));
  };
  await give(0);
  await refused(give(0), "AccessDenied", 403, wrongCode);
  await refused(give(-1), "AccessDenied", 403, wrongCode);
  await give(1);
  await refused(give(0), "AccessDenied", 403, wrongCode);
  fake.advance(2 * stepLength);
  await give(2);
});

test("two devices use up their codes each for itself, and hardware counts as one", async (t) => {
  const world = worldOfOne();
  world.accounts[0]?.users[0]?.mfaDevices.push({
    kind: "hardware",
    serial: "GAHT12345678",
    secret: one.mfaSecret,
  });
  const fake = await fakeFor(t, { world });
  const code = fake.code(one.mfaSerial);
  assert.equal(code, fake.code("GAHT12345678"));
  for (const SerialNumber of [one.mfaSerial, "GAHT12345678"]) {
    await stsFor(fake).send(new GetSessionTokenCommand({ SerialNumber, TokenCode: code }));
  }
});

test("there is always one more code for a test to use", async (t) => {
  const fake = await fakeFor(t);
  for (let count = 0; count < 5; count++) {
    const TokenCode = fake.code(one.mfaSerial);
    await stsFor(fake).send(new GetSessionTokenCommand({ SerialNumber: one.mfaSerial, TokenCode }));
  }
  assert.equal(fake.requests.count("GetSessionToken", "ok"), 5);
});

test("a base session may call IAM only if a code was given for it", async (t) => {
  const fake = await fakeFor(t);
  const list = new ListMFADevicesCommand({});
  const bare = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  await refused(iamFor(fake, bare).send(list), "InvalidClientTokenId", 403);
  const mfa = { SerialNumber: one.mfaSerial, TokenCode: fake.code(one.mfaSerial) };
  const proven = keyOf(await stsFor(fake).send(new GetSessionTokenCommand(mfa)));
  assert.equal((await iamFor(fake, proven).send(list)).MFADevices?.length, 1);
});
