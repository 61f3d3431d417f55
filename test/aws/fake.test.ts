import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { AccessKey, Endpoint } from "../../src/aws/aws.ts";
import type { AwsErrorKind } from "../../src/aws/aws-error.ts";
import { awsSdk } from "../../src/aws/sdk.ts";
import { Secret } from "../../src/system/secret.ts";
import { type FakeAws, type FakeAwsOptions, startFakeAws } from "../support/aws/fake-aws.ts";
import type { FaultKind } from "../support/aws/faults.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { endpointAt, everythingIn, failureOf, testClock } from "./calls.ts";

const key: AccessKey = { accessKeyId: one.accessKeyId, secretAccessKey: new Secret(one.secretAccessKey) };

async function start(t: TestContext, options: Partial<FakeAwsOptions> = {}) {
  const fake = await startFakeAws({ world: worldOfOne(), ...options });
  t.after(() => fake.close());
  const clock = { ...testClock(), now: () => fake.now() };
  const aws = awsSdk({ env: {}, clock, platform: "linux", limits: { connect: 5000, answer: 400 } });
  const patient = awsSdk({ env: {}, clock, platform: "linux" });
  return { fake, clock, aws, patient, endpoint: endpointAt(fake.url) };
}

/** The failure of a call, after a look that nothing in it is a secret of the fake's world. */
async function failure(fake: FakeAws, call: Promise<unknown>) {
  const error = await failureOf(call);
  const shown = everythingIn(error);
  for (const secret of fake.secrets()) {
    // Six digits may be in a time or a port by chance; a code's own test looks for them.
    if (secret.length > 6) assert.ok(!shown.includes(secret), `a secret is shown: ${shown}`);
  }
  return error;
}

const proofWith = (code: string, serial: string = one.mfaSerial) => ({ serial, code });
const session = (code: string) => ({ key, durationSeconds: 43_200, mfa: proofWith(code) });

test("one code gives a session, and the session gives a role that wants MFA", async (t) => {
  const { fake, patient: aws, endpoint } = await start(t);
  const base = await aws.getSessionToken(endpoint, session(fake.code(one.mfaSerial)));
  assert.equal(Math.round((base.expiresAt - fake.now()) / 60_000), 720);
  const role = await aws.assumeRole(endpoint, { key: base, roleArn: one.role1, roleSessionName: "ann" });
  assert.equal(
    (await aws.getCallerIdentity(endpoint, role)).arn,
    `arn:aws:sts::${one.account}:assumed-role/my-role1/ann`,
  );
  assert.deepEqual(await aws.listMfaDevices(endpoint, key), { serials: [one.mfaSerial], user: "my-user1" });
  const partner = { key: base, roleArn: one.partnerRole, roleSessionName: "ann", externalId: one.externalId };
  await aws.assumeRole(endpoint, partner);
});

test("a session lives on a clock that is not the machine's", async (t) => {
  const { fake, patient: aws, endpoint } = await start(t);
  fake.setClock(Date.parse("2031-03-04T05:06:07Z"), { stopped: true });
  const base = await aws.getSessionToken(endpoint, session(fake.code(one.mfaSerial)));
  assert.equal(base.expiresAt, fake.now() + 43_200_000);
});

interface Refusal {
  readonly name: string;
  readonly kind: AwsErrorKind;
  readonly message: RegExp;
  readonly hint?: RegExp;
  call(fake: FakeAws, aws: ReturnType<typeof awsSdk>, endpoint: Endpoint): Promise<unknown> | unknown;
}

const refusals: Refusal[] = [
  {
    name: "a wrong code",
    kind: "wrong-mfa-code",
    message: /^AWS refused the MFA code for arn:aws:iam::111111111111:mfa\/my-user1$/,
    hint: /^a code works once; wait for the next one$/,
    call: (fake, aws, endpoint) => {
      const code = fake.shownCode(one.mfaSerial) === "000000" ? "000001" : "000000";
      return aws.getSessionToken(endpoint, session(code));
    },
  },
  {
    name: "a code for the second time",
    kind: "wrong-mfa-code",
    message: /^AWS refused the MFA code for/,
    call: async (fake, aws, endpoint) => {
      const code = fake.code(one.mfaSerial);
      await aws.getSessionToken(endpoint, session(code));
      return aws.getSessionToken(endpoint, session(code));
    },
  },
  {
    name: "a code that is none",
    kind: "wrong-mfa-code",
    message: /^AWS refused the MFA code for/,
    call: (_, aws, endpoint) => aws.getSessionToken(endpoint, session("12ab")),
  },
  {
    name: "a device that is not the user's",
    kind: "invalid-mfa-device",
    message: /^AWS does not know "arn:aws:iam::111111111111:mfa\/nobody" as an MFA device of this user$/,
    call: (fake, aws, endpoint) =>
      aws.getSessionToken(endpoint, {
        ...session("123456"),
        mfa: proofWith(fake.shownCode(one.mfaSerial), "arn:aws:iam::111111111111:mfa/nobody"),
      }),
  },
  {
    name: "a serial that is none",
    kind: "invalid-mfa-device",
    message: /^AWS does not know "a b" as an MFA device/,
    call: (_, aws, endpoint) =>
      aws.getSessionToken(endpoint, { ...session("123456"), mfa: proofWith("123456", "a b") }),
  },
  {
    name: "an unknown key",
    kind: "invalid-credentials",
    message: /^AWS does not know the access key ending in "9999"$/,
    call: (_, aws, endpoint) =>
      aws.getCallerIdentity(endpoint, { ...key, accessKeyId: "AKIAFAKEUNKNOWN09999" }),
  },
  {
    name: "an inactive key",
    kind: "invalid-credentials",
    message: /^AWS does not know the access key ending in "0001"$/,
    call: (fake, aws, endpoint) => {
      const [user] = fake.world.accounts[0]?.users ?? [];
      if (user?.accessKeys[0]) user.accessKeys[0].status = "inactive";
      return aws.getCallerIdentity(endpoint, key);
    },
  },
  {
    name: "a wrong secret",
    kind: "invalid-credentials",
    message: /^the secret of the access key ending in "0001" is wrong$/,
    call: (_, aws, endpoint) =>
      aws.getCallerIdentity(endpoint, { ...key, secretAccessKey: new Secret("wrong") }),
  },
  {
    name: "a revoked session",
    kind: "invalid-credentials",
    message: /^AWS does not accept the session of the key ending in "\w{4}"$/,
    call: async (fake, aws, endpoint) => {
      const base = await aws.getSessionToken(endpoint, { key, durationSeconds: 900 });
      fake.revoke(one.userArn);
      return aws.assumeRole(endpoint, { key: base, roleArn: one.role1, roleSessionName: "ann" });
    },
  },
  {
    name: "a session that is over",
    kind: "expired-credentials",
    message: /^the session of the key ending in "\w{4}" is over$/,
    call: async (fake, aws, endpoint) => {
      const base = await aws.getSessionToken(endpoint, { key, durationSeconds: 900 });
      fake.advance(901_000);
      return aws.assumeRole(endpoint, { key: base, roleArn: one.role1, roleSessionName: "ann" });
    },
  },
  {
    name: "a role that wants MFA, without it",
    kind: "access-denied",
    message:
      /^AWS denied sts:AssumeRole on arn:aws:iam::111111111111:role\/my-role1: User: .* is not authorized/,
    call: (_, aws, endpoint) => aws.assumeRole(endpoint, { key, roleArn: one.role1, roleSessionName: "ann" }),
  },
  {
    name: "a user who may not list devices",
    kind: "access-denied",
    message: /^AWS denied iam:ListMFADevices: User: /,
    call: (fake, aws, endpoint) => {
      const [user] = fake.world.accounts[0]?.users ?? [];
      if (user) user.policies = [];
      return aws.listMfaDevices(endpoint, key);
    },
  },
  {
    name: "a duration that is too long",
    kind: "invalid-request",
    message: /^AWS does not take this sts:GetSessionToken: .*durationSeconds.* \(ValidationError\)$/,
    call: (_, aws, endpoint) => aws.getSessionToken(endpoint, { key, durationSeconds: 999_999 }),
  },
];
for (const { name, kind, message, hint, call } of refusals) {
  test(`AWS refuses ${name}`, async (t) => {
    const { fake, aws, endpoint } = await start(t);
    const error = await failure(fake, Promise.resolve(call(fake, aws, endpoint)));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    if (hint) assert.match(error.hints.join("\n"), hint);
  });
}

for (const [name, shift, words] of [
  [
    "behind",
    3_600_000,
    /^this machine's clock is 60 min behind AWS's: 20\S+Z here, 20\S+Z at 127\.0\.0\.1:\d+$/,
  ],
  [
    "ahead",
    -86_400_000,
    /^this machine's clock is 24 h ahead of AWS's: 20\S+Z here, 20\S+Z at 127\.0\.0\.1:\d+$/,
  ],
] as const) {
  test(`a clock that is ${name} is reported with both times, and not corrected behind the person's back`, async (t) => {
    const { fake, endpoint } = await start(t);
    const start_ = fake.now();
    fake.advance(shift);
    const aws = awsSdk({ env: {}, clock: testClock(start_), platform: "linux" });
    const error = await failure(fake, aws.getCallerIdentity(endpoint, key));
    assert.equal(error.kind, "clock-skew", error.message);
    assert.match(error.message, words);
    assert.match(error.hints.join("\n"), /timedatectl/);
    assert.equal(fake.requests.all.length, 1);
  });
}

/** Tries: how often a request without a code is sent, then one with a code. */
const faults: [
  fault: FaultKind,
  kind: AwsErrorKind | "none",
  message: RegExp,
  plain: number,
  withCode: number,
][] = [
  [
    { kind: "unavailable" },
    "unavailable",
    /^127\.0\.0\.1:\d+ cannot answer at the moment \(status 503, request [\w-]+\)$/,
    3,
    3,
  ],
  [{ kind: "internal-error" }, "unavailable", /\(status 500, request [\w-]+\)$/, 3, 1],
  [{ kind: "throttle" }, "throttled", /^127\.0\.0\.1:\d+ has too many requests at the moment$/, 3, 3],
  [
    { kind: "reset" },
    "network",
    /^the connection to 127\.0\.0\.1:\d+ broke off before the answer was complete \(ECONNRESET\)$/,
    3,
    1,
  ],
  [{ kind: "wrong-length" }, "network", /broke off before the answer was complete/, 3, 1],
  [{ kind: "hang" }, "timeout", /^no answer from 127\.0\.0\.1:\d+ within 0\.4 s$/, 3, 1],
  [{ kind: "trickle", milliseconds: 50 }, "timeout", /^no answer from 127\.0\.0\.1:\d+ within 0\.4 s$/, 3, 1],
  [
    { kind: "html" },
    "garbage",
    /^the answer of 127\.0\.0\.1:\d+ is not one of AWS's: a web page \(status 200\)$/,
    1,
    1,
  ],
  [{ kind: "captive-portal" }, "garbage", /is not one of AWS's: a redirect \(status 302\)$/, 1, 1],
  [{ kind: "truncated-xml" }, "garbage", /is not one of AWS's/, 1, 1],
  [{ kind: "empty" }, "garbage", /is not one of AWS's: status 200 and a body that cannot be read$/, 1, 1],
];
for (const [fault, kind, message, plain, withCode] of faults) {
  test(`AWS fails for ever (${fault.kind}): tried ${plain} times, and ${withCode} with a code`, async (t) => {
    const { fake, aws, endpoint } = await start(t);
    fake.faults.add({ ...fault, times: Number.POSITIVE_INFINITY });
    const error = await failure(fake, aws.getSessionToken(endpoint, { key, durationSeconds: 900 }));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    assert.equal(fake.requests.all.length, plain);

    fake.requests.clear();
    const second = await failure(fake, aws.getSessionToken(endpoint, session("000000")));
    assert.equal(second.kind, kind, second.message);
    assert.equal(fake.requests.all.length, withCode);
  });
}

for (const kind of ["unavailable", "throttle"] as const) {
  test(`a passing failure is not seen (${kind}), with and without a code`, async (t) => {
    const { fake, clock, patient: aws, endpoint } = await start(t);
    fake.faults.add({ kind, times: 2 });
    await aws.getSessionToken(endpoint, { key, durationSeconds: 900 });
    fake.faults.add({ kind, times: 2 });
    await aws.getSessionToken(endpoint, session(fake.code(one.mfaSerial)));
    assert.equal(fake.requests.all.length, 6);
    assert.equal(clock.pauses.length, 4);
  });
}

test("when the answer is lost after the code was taken, the code is not sent again", async (t) => {
  const { fake, aws, endpoint } = await start(t);
  fake.faults.add({ kind: "reset", when: "after" });
  const error = await failure(fake, aws.getSessionToken(endpoint, session(fake.code(one.mfaSerial))));
  assert.equal(error.kind, "network");
  assert.equal(fake.requests.all.length, 1);
  assert.match(error.hints.join("\n"), /may have taken the MFA code/);
  assert.equal(error.codeIsUnspent, false);
});

test("a certificate authority of one's own is trusted by its file, and by nothing else", async (t) => {
  const { fake, patient: aws, endpoint } = await start(t, { https: true });
  const error = await failure(fake, aws.getCallerIdentity(endpoint, key));
  assert.equal(error.kind, "tls");
  assert.match(error.message, /^the certificate of 127\.0\.0\.1:\d+ is not trusted \(\w+\)$/);
  assert.match(error.hints.join("\n"), /export AWS_CA_BUNDLE=/);
  assert.equal(fake.requests.all.length, 0);
  const trusted = { ...endpoint, caBundle: fake.caFile ?? "" };
  assert.equal((await aws.getCallerIdentity(trusted, key)).arn, one.userArn);
});
