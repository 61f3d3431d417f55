import assert from "node:assert/strict";
import test from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import type { AskMfaCode } from "../../src/prompt/prompt.ts";
import type { CallOptions } from "../../src/session/context.ts";
import { printRecord } from "../../src/session/item.ts";
import { obtain } from "../../src/session/obtain.ts";
import type { Plan } from "../../src/session/plan.ts";
import type { SourceCredentials } from "../../src/sources/source.ts";
import { ItemDamaged } from "../../src/store/secret-store.ts";
import { Secret } from "../../src/system/secret.ts";
import { UserError } from "../../src/system/user-error.ts";
import { defined } from "../support/defined.ts";
import { device, hop, identity, planOf, processRoot, sourced, userRoot } from "../support/identities.ts";
import { memoryNotes } from "../support/memory-notes.ts";
import { memoryStore } from "../support/memory-store.ts";
import { movingClock } from "../support/moving-clock.ts";
import { scriptedAws } from "../support/scripted-aws.ts";
import { scriptedPrompt } from "../support/scripted-prompt.ts";

const minutes = 60_000;
const mine = { mfaSerial: device };
const user = planOf(identity("u", [], mine));
const role1 = planOf(identity("r1", [hop("r1")], mine));
const role2 = planOf(identity("r2", [hop("r2")], mine));
const chain = planOf(identity("b", [hop("r1"), hop("b")], mine));
const attended: CallOptions = { unattended: false, terminal: () => "tty1" };
const unattended: CallOptions = { unattended: true, terminal: () => "tty1" };

/** The world of one test: everything in memory, nothing scripted that was not asked for. */
function world(ask: AskMfaCode = scriptedPrompt()) {
  const clock = movingClock();
  const aws = scriptedAws(clock);
  const store = memoryStore();
  const notes = memoryNotes();
  const warnings: string[] = [];
  let held = 0;
  const lock = async () => {
    assert.equal(held++, 0, "two holders of one lock");
    return { release: () => void held-- };
  };
  const given: SourceCredentials[] = [];
  const source = async () => given.shift() ?? assert.fail("the source was not expected to be asked");
  const outlast = <T>(work: () => Promise<T>) => work();
  const signIn = async () => "signed in";
  const warn = (text: string) => warnings.push(text);
  const ports = { ask, aws, clock, localName: "me", lock, notes, outlast, signIn, source, store, warn };
  const get = (plan: Plan, patience = attended) => obtain(plan, ports, patience);
  return { aws, clock, get, given, notes, ports, store, warnings, held: () => held };
}

test("one code serves a user, all roles and a chain", async () => {
  const { aws, get } = world(scriptedPrompt("123456"));
  for (const plan of [role1, role2, chain, user]) await get(plan);
  assert.deepEqual(aws.calls, ["base 123456", "r1 by ASIA1", "r2 by ASIA1", "b by ASIA2"]);
});

test("a hit is one read of the store and nothing else", async () => {
  const { aws, get, store } = world(scriptedPrompt("123456"));
  await get(role1);
  const before = { reads: store.reads.length, calls: aws.calls.length };
  await get(role1);
  assert.deepEqual(
    { reads: store.reads.length - before.reads, calls: aws.calls.length },
    { reads: 1, calls: before.calls },
  );
});

test("a role is renewed early while its user's session lives, and nobody is asked", async () => {
  const { aws, clock, get } = world(scriptedPrompt("123456"));
  await get(role1);
  clock.advance(41 * minutes);
  const renewed = await get(role1);
  assert.equal(aws.calls.length, 3);
  assert.equal(renewed.credentials.accessKeyId, "ASIA3");
});

test("the old role session is served when its renewal fails, until its last minute", async () => {
  const { aws, clock, get } = world(scriptedPrompt("123456"));
  const old = await get(role1);
  clock.advance(50 * minutes);
  aws.failures.push(new AwsError("unavailable", "down"));
  assert.equal((await get(role1)).credentials.accessKeyId, old.credentials.accessKeyId);
  clock.advance(9 * minutes);
  aws.failures.push(new AwsError("unavailable", "down"));
  await assert.rejects(get(role1), /down/);
});

test("a renewal that failed is not tried again for a minute: the old session is served at once", async () => {
  const { aws, clock, get, ports } = world(scriptedPrompt("123456"));
  await get(role1);
  clock.advance(45 * minutes);
  aws.failures.push(new AwsError("timeout", "no answer"));
  for (const expected of [3, 3, 3]) {
    await get(role1);
    assert.equal(aws.calls.length, expected);
  }
  // Nor is a lock waited for that somebody else holds meanwhile.
  await obtain(role1, { ...ports, lock: () => assert.fail("waits for the lock") }, unattended);
  clock.advance(minutes);
  assert.equal((await get(role1)).credentials.accessKeyId, "ASIA3");
});

test("an old session that ended while its renewal failed is not served", async () => {
  const { aws, clock, get } = world(scriptedPrompt("123456"));
  await get(role1);
  clock.advance(58 * minutes);
  const assumeRole = aws.assumeRole;
  aws.assumeRole = (...call) => {
    clock.advance(3 * minutes);
    return assumeRole(...call);
  };
  aws.failures.push(new AwsError("timeout", "no answer"));
  await assert.rejects(get(role1), /no answer/);
});

test("a renewal on demand replaces all sessions on the way, and what others got meanwhile counts", async () => {
  const { aws, clock, get, store } = world(scriptedPrompt("111111", "222222"));
  await get(role1);
  clock.advance(minutes);
  await get(role1, { ...attended, renew: "all" });
  assert.deepEqual(aws.calls.slice(2), ["base 222222", "r1 by ASIA3"]);
  assert.equal(store.contents.size, 2);
});

test("a renewal of a role alone takes the user's session as it is", async () => {
  const { aws, clock, get } = world(scriptedPrompt("111111"));
  await get(chain);
  clock.advance(minutes);
  await get(chain, { ...attended, renew: "own" });
  assert.deepEqual(aws.calls, ["base 111111", "r1 by ASIA1", "b by ASIA2", "b by ASIA2"]);
});

test("a denied role says what was sent, and how old the code is", async () => {
  const { aws, clock, get } = world(scriptedPrompt("111111"));
  await get(user);
  clock.advance(7 * minutes);
  const denied = () => aws.failures.push(new AwsError("access-denied", "AWS denied sts:AssumeRole"));
  const hintsOf = async (plan: Plan) => {
    denied();
    const error = await get(plan).then(
      () => assert.fail("it was not denied"),
      (reason: unknown) => reason,
    );
    return (error as UserError).hints;
  };
  assert.deepEqual(await hintsOf(role1), [
    'sent: session name "me", no external id, no source identity; the role\'s trust policy may demand others',
    "where each of them comes from: aws-as explain r1",
    "the MFA code is 7 min old; if the role demands a recent one: aws-as login my-user1-dev --renew",
    "and to be asked in time from then on, the seconds that it demands: mfa_seconds = 3600 in [aws-as r1]",
  ]);
  const named = hop("p", { externalId: "x1", sourceIdentity: "me", roleSessionName: "s" });
  assert.deepEqual(
    (await hintsOf(planOf(identity("p", [named], mine))))[0],
    'sent: session name "s", external id "x1", source identity "me"; the role\'s trust policy may demand others',
  );
});

test("credentials-02: a role that wants a recent code is assumed with one, and the others share its session", async () => {
  const { aws, clock, get } = world(scriptedPrompt("111111", "222222"));
  const strict = planOf(identity("r2", [hop("r2")], mine), { mfaSeconds: 3600 });
  await get(role1);
  clock.advance(59 * minutes);
  await get(strict);
  assert.deepEqual(aws.calls, ["base 111111", "r1 by ASIA1", "r2 by ASIA1"]);
  // The role's session is renewed early while its user's code is young enough, and used to its end after that.
  clock.advance(50 * minutes);
  await get(strict);
  assert.equal(aws.calls.length, 3);
  clock.advance(11 * minutes);
  await get(strict);
  await get(planOf(identity("r3", [hop("r3")], mine)));
  assert.deepEqual(aws.calls.slice(3), ["base 222222", "r2 by ASIA4", "r3 by ASIA4"]);
});

test("a renewal on demand that comes to nothing loses nothing", async () => {
  const { clock, get } = world(scriptedPrompt("111111", { kind: "cancelled" }));
  const old = await get(role1);
  clock.advance(minutes);
  await assert.rejects(get(role1, { ...attended, renew: "all" }), { exitCode: 130 });
  assert.equal((await get(role1)).credentials.accessKeyId, old.credentials.accessKeyId);
  await get(user);
});

test("a user's own session is served to its last minute, then asked for", async () => {
  const ask = scriptedPrompt("111111", "222222");
  const { clock, get } = world(ask);
  await get(user);
  clock.advance(12 * 60 * minutes - 1.1 * minutes);
  await get(user);
  assert.equal(ask.asked.length, 1);
  clock.advance(0.2 * minutes);
  await get(user);
  assert.equal(ask.asked.length, 2);
});

test("a role's old session is served rather than asking, when the user's has ended", async () => {
  const ask = scriptedPrompt("111111");
  const { clock, get } = world(ask);
  await get(user);
  clock.advance((12 * 60 - 30) * minutes);
  const old = await get(role1);
  clock.advance(45 * minutes);
  assert.equal((await get(role1)).credentials.accessKeyId, old.credentials.accessKeyId);
  assert.equal(ask.asked.length, 1);
});

test("a base session that AWS no longer knows is forgotten, and asked for once more", async () => {
  const ask = scriptedPrompt("111111", "222222");
  const { aws, clock, get } = world(ask);
  await get(user);
  clock.advance(minutes);
  aws.revoked.add("ASIA1");
  await get(role1);
  assert.deepEqual(aws.calls, ["base 111111", "r1 by ASIA1", "who is ASIA1", "base 222222", "r1 by ASIA2"]);
});

test("a revoked session is not asked for again and again", async () => {
  const ask = scriptedPrompt("111111", "222222");
  const { aws, clock, get } = world(ask);
  await get(user);
  clock.advance(minutes);
  aws.revoked.add("ASIA1").add("ASIA2");
  await assert.rejects(get(role1), /token is invalid/);
  assert.equal(ask.asked.length, 2);
});

test("a new session that AWS refuses at once is not retried", async () => {
  const { aws, get } = world(scriptedPrompt("111111"));
  aws.revoked.add("ASIA1");
  await assert.rejects(get(role1), /token is invalid/);
  assert.equal(aws.calls.length, 2);
});

test("a chain heals through two revoked sessions", async () => {
  const ask = scriptedPrompt("111111", "222222");
  const { aws, clock, get } = world(ask);
  await get(role1);
  clock.advance(minutes);
  aws.revoked.add("ASIA1").add("ASIA2");
  await get(chain);
  assert.deepEqual(aws.calls.slice(2), [
    "b by ASIA2",
    "who is ASIA2",
    "r1 by ASIA1",
    "who is ASIA1",
    "base 222222",
    "r1 by ASIA3",
    "b by ASIA4",
  ]);
});

test("a wrong code is asked for again, three times in all, saying what AWS said", async () => {
  const ask = scriptedPrompt("000001", "000002", "000003");
  const { aws, get, held } = world(ask);
  for (const code of ["000001", "000002", "000003"]) aws.wrongCodes.add(code);
  await assert.rejects(get(user), /wrong code/);
  assert.deepEqual(
    ask.asked.map(({ attempt, refusal }) => [attempt, refusal]),
    [
      [1, undefined],
      [2, "wrong code"],
      [3, "wrong code"],
    ],
  );
  assert.equal(held(), 0, "the lock is free again");
});

test("a code that was sent is never sent again", async () => {
  const { aws, get } = world(scriptedPrompt("123456", "123456", "654321"));
  aws.wrongCodes.add("123456");
  await get(user);
  assert.deepEqual(aws.calls, ["base 123456", "base 654321"]);
});

test("a code that never left the machine can be given again", async () => {
  const { aws, clock, get } = world(scriptedPrompt("123456", "123456"));
  const failure = new AwsError("network", "no route");
  failure.codeIsUnspent = true;
  aws.failures.push(failure);
  await assert.rejects(get(user), /no route/);
  clock.advance(1);
  await get(user);
  assert.deepEqual(aws.calls, ["base 123456", "base 123456"]);
});

test("a code whose fate is unknown counts as sent", async () => {
  const { aws, clock, get } = world(scriptedPrompt("123456", "123456", "654321"));
  aws.failures.push(new AwsError("network", "reset"));
  await assert.rejects(get(user), /reset/);
  clock.advance(1);
  await get(user);
  assert.deepEqual(aws.calls, ["base 123456", "base 654321"]);
});

test("a refusal is remembered for ten seconds for programs, not for persons", async () => {
  const ask = scriptedPrompt({ kind: "cancelled" }, { kind: "cancelled" }, "123456");
  const { clock, get } = world(ask);
  await assert.rejects(get(role1, unattended), { exitCode: 130 });
  clock.advance(5000);
  await assert.rejects(get(role2, unattended), { exitCode: 130 });
  assert.equal(ask.asked.length, 1);
  await assert.rejects(get(role1, attended), { exitCode: 130 });
  assert.equal(ask.asked.length, 2);
  clock.advance(10_001);
  await get(role1, unattended);
  assert.equal(ask.asked.length, 3);
});

test("a refusal on one terminal does not count on another", async () => {
  const ask = scriptedPrompt({ kind: "cancelled" }, "123456");
  const { get } = world(ask);
  await assert.rejects(get(role1, unattended));
  await get(role1, { ...unattended, terminal: () => "tty2" });
  assert.equal(ask.asked.length, 2);
});

test("that nobody could be asked is not remembered", async () => {
  const ask = scriptedPrompt({ kind: "cannot-ask", because: "no terminal" }, "123456");
  const { get } = world(ask);
  await assert.rejects(get(role1, unattended), (error: Error & { hints: string[] }) => {
    assert.match(error.message, /"r1" needs an MFA code, and there is no way to ask for one: no terminal/);
    assert.deepEqual(error.hints, ["start a session in a terminal first: aws-as login r1"]);
    return true;
  });
  await get(role1, unattended);
});

test("a session that cannot be saved is a warning, not a loss", async () => {
  const { get, store, warnings } = world(scriptedPrompt("123456"));
  store.fail("write", new UserError("the disk is full"));
  assert.equal((await get(role1)).credentials.accessKeyId, "ASIA2");
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /could not save it \(the disk is full\); you will be asked again/);
});

test("a session that cannot be saved is a failure to whoever wants it saved", async () => {
  const { get, store, aws } = world(scriptedPrompt("123456"));
  store.fail("write", new UserError("the disk is full", { hints: ["rm something"] }));
  await assert.rejects(get(role1, { ...attended, toKeep: true }), {
    message: 'got a session for "r1" but could not save it (the disk is full)',
    hints: ["rm something"],
    exitCode: 1,
  });
  assert.equal(aws.calls.length, 1);
});

test("a refusal of a moment ago says how to be asked again", async () => {
  const { get } = world(scriptedPrompt({ kind: "cancelled" }));
  const message = 'no MFA code was given for "r1"';
  await assert.rejects(get(role1, unattended), { message, hints: [] });
  await assert.rejects(get(role2, unattended), {
    message: `${message} (a moment ago)`,
    hints: ["to be asked again now: aws-as login r2"],
  });
});

test("a store that cannot be read stops before anybody is asked", async () => {
  const ask = scriptedPrompt();
  const { get, store } = world(ask);
  store.fail("read", new UserError("the keychain is locked"));
  await assert.rejects(get(role1), /the keychain is locked/);
});

for (const value of ["", "{", "null", '{"version":2}', '{"version":1,"accessKeyId":"A"}']) {
  test(`a cached document that is not whole counts as absent: ${value || "(empty)"}`, async () => {
    const { aws, ports, store } = world(scriptedPrompt("123456"));
    await obtain(user, { ...ports, store: { ...store, read: async () => value } }, attended);
    assert.deepEqual(aws.calls, ["base 123456"]);
  });
}

test("a lock that cannot be had in time is an error that says what to do, or serves what still lives", async () => {
  const { clock, get, ports } = world(scriptedPrompt("123456"));
  await get(role1);
  const busy = { ...ports, lock: async () => undefined };
  clock.advance(50 * minutes);
  await obtain(role1, busy, unattended);
  clock.advance(10 * minutes);
  await assert.rejects(obtain(role1, busy, unattended), /another aws-as is still busy/);
});

test("what another process got meanwhile is opened after the lock is free again", async () => {
  const { aws, get, held, ports, store } = world(scriptedPrompt("123456"));
  await get(role1);
  const calls = aws.calls.length;
  const done = [...store.contents.values()];
  for (const { item } of done) await store.remove(item.name);
  const lock = async () => {
    for (const { item, value } of done) store.put(item, value);
    return ports.lock();
  };
  const opened: number[] = [];
  store.before("read", () => void opened.push(held()));
  await obtain(role1, { ...ports, lock }, attended);
  assert.deepEqual(opened, [0, 0]);
  assert.equal(aws.calls.length, calls);
});

test("the configured parts of a role reach AWS", async () => {
  const { ports } = world(scriptedPrompt());
  const requests: unknown[] = [];
  const assumeRole = ports.aws.assumeRole;
  ports.aws.assumeRole = (endpoint, request) => {
    requests.push({ ...request, key: request.key.accessKeyId });
    return assumeRole(endpoint, request);
  };
  const parts = {
    externalId: "x",
    durationSeconds: 7200,
    policy: "{}",
    policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    sourceIdentity: "me",
    tags: { team: "a" },
    transitiveTagKeys: ["team"],
  };
  await obtain(planOf(identity("r", [hop("r", parts)])), ports, attended);
  const roleArn = "arn:aws:iam::111111111111:role/r";
  assert.deepEqual(requests, [{ key: userRoot.accessKeyId, roleArn, roleSessionName: "me", ...parts }]);
});

const external = planOf(sourced("p"));
const externalRole = planOf(sourced("r1", processRoot, [hop("r1")]));
const key = { accessKeyId: "AKIAOTHER", secretAccessKey: new Secret("other-secret") };
const temporary = { ...key, accessKeyId: "ASIAOTHER", sessionToken: new Secret("other-token") };

test("what a source gives is kept, and serves the roles on top of it", async () => {
  const { aws, clock, get, given } = world();
  given.push({ ...temporary, expiresAt: clock.now() + 60 * minutes });
  assert.equal((await get(external)).credentials.accessKeyId, "ASIAOTHER");
  await get(externalRole);
  await get(external);
  assert.deepEqual(aws.calls, ["r1 by ASIAOTHER"]);
});

test("a source is asked again before its credentials end, and what is left serves while it cannot be", async () => {
  const { clock, get, given, ports } = world();
  given.push({ ...temporary, expiresAt: clock.now() + 60 * minutes });
  await get(external);
  clock.advance(45 * minutes);
  const failing = async () => Promise.reject(new UserError("the program failed"));
  const old = await obtain(external, { ...ports, source: failing }, unattended);
  assert.equal(old.credentials.accessKeyId, "ASIAOTHER");
  clock.advance(2 * minutes);
  given.push({ ...temporary, accessKeyId: "ASIANEW", expiresAt: clock.now() + 60 * minutes });
  assert.equal((await get(external)).credentials.accessKeyId, "ASIANEW");
});

test("five minutes of life are enough to be served, one minute is not", async () => {
  const { clock, get, given } = world();
  given.push({ ...temporary, expiresAt: clock.now() + 5 * minutes });
  await get(external);
  await get(external);
  clock.advance(4 * minutes);
  given.push({ ...temporary, expiresAt: clock.now() + minutes });
  await assert.rejects(get(external), /gives expire in 60 s/);
  given.push({ ...temporary, expiresAt: clock.now() - 1 });
  await assert.rejects(get(external), /gives have expired/);
});

test("temporary credentials without an end serve roles, are kept nowhere, and are not handed out", async () => {
  const { aws, clock, get, given, store } = world();
  given.push(temporary, temporary);
  await get(externalRole);
  await assert.rejects(get(external), /does not say when they expire/);
  clock.advance(50 * minutes);
  given.push(temporary);
  await get(externalRole);
  assert.deepEqual(aws.calls, ["r1 by ASIAOTHER", "r1 by ASIAOTHER"]);
  assert.deepEqual(
    (await store.list()).map(({ label }) => label),
    ["session of role r1 in 111111111111"],
  );
});

test("a source that gives a long-term key gets a session, with a code where a device is named", async () => {
  const named = planOf(sourced("r1", { ...processRoot, mfaSerial: device }, [hop("r1")]));
  const { aws, get, given } = world(scriptedPrompt("123456"));
  given.push(key);
  await get(named);
  await get(named);
  assert.deepEqual(aws.calls, ["base 123456", "r1 by ASIA1"]);
  const other = world();
  other.given.push(key);
  await other.get(external);
  assert.deepEqual(other.aws.calls, ["base"]);
});

test("a person who said no to a source is not asked again at once by the same client", async () => {
  const { clock, get, ports } = world();
  let asked = 0;
  const refusing = async () => {
    asked += 1;
    throw new UserError("the login was cancelled", { exitCode: 130 });
  };
  const call = () => obtain(external, { ...ports, source: refusing }, unattended);
  await assert.rejects(call, /cancelled$/);
  await assert.rejects(call, /a moment ago/);
  assert.equal(asked, 1);
  clock.advance(11_000);
  await assert.rejects(call, /cancelled$/);
  assert.equal(asked, 2);
  clock.advance(1);
  await assert.rejects(get(external), /not expected/);
});

test("a question ends early enough for the call that follows, and never for a caller without a deadline", async () => {
  for (const given of [undefined, Date.parse("2026-01-01T00:01:00Z")]) {
    const ask = scriptedPrompt("123456");
    const { get, ports } = world(ask);
    const locked: unknown[] = [];
    const lock = (...call: unknown[]) => {
      locked.push(...call);
      return ports.lock();
    };
    const options = { ...attended, ...(given === undefined ? {} : { deadline: given }) };
    await obtain(role1, { ...ports, lock }, options);
    const deadline = given === undefined ? {} : { deadline: given - 5000 };
    assert.deepEqual(defined(ask.asked), [{ identity: "my-user1", device, attempt: 1, ...deadline }]);
    assert.deepEqual(locked, [role1.baseIdentity, given]);
    await get(role1);
  }
});

test("a source is asked with all that it needs to know", async () => {
  const requests: object[] = [];
  const { clock, ports } = world();
  const source = async (request: object) => {
    requests.push(request);
    return { ...temporary, expiresAt: clock.now() + 60 * minutes };
  };
  const began = clock.now();
  const request = {
    root: processRoot,
    identity: "p",
    endpoint: external.endpoint,
    roleSessionName: "me",
  };
  await obtain(external, { ...ports, source }, attended);
  clock.advance(45 * minutes);
  const deadline = clock.now() + minutes;
  await obtain(external, { ...ports, source }, { ...unattended, deadline });
  assert.deepEqual(defined(requests), [
    { ...request, mayAsk: true, refusedSince: began },
    { ...request, mayAsk: false, refusedSince: began + 45 * minutes - 10_000, deadline },
  ]);
});

test("a source that leads to a device may ask a person, when its session is needed now", async () => {
  const named = planOf(sourced("p", { ...processRoot, mfaSerial: device }));
  const { ports } = world(scriptedPrompt("123456"));
  const mayAsk: boolean[] = [];
  const source = async (request: { mayAsk: boolean }) => {
    mayAsk.push(request.mayAsk);
    return key;
  };
  await obtain(named, { ...ports, source }, unattended);
  assert.deepEqual(mayAsk, [true]);
});

test("a call for a user's session says what is wanted, and a code only where there is one", async () => {
  for (const [plan, mfa] of [
    [user, { mfa: { serial: device, code: "123456" } }],
    [planOf(identity("u")), {}],
    [planOf(sourced("p")), {}],
  ] as const) {
    const { aws, given, ports } = world(scriptedPrompt("123456"));
    given.push(key);
    const requests: object[] = [];
    const { getSessionToken } = aws;
    aws.getSessionToken = (endpoint, { key: _, ...request }) => {
      requests.push(request);
      return getSessionToken(endpoint, { key: _, ...request });
    };
    await obtain(plan, ports, attended);
    assert.deepEqual(requests, [{ durationSeconds: 43_200, ...mfa }]);
  }
});

test("a renewal on demand in the moment in which the session came is one", async () => {
  const { aws, get } = world(scriptedPrompt("111111", "222222"));
  await get(role1);
  await get(role1, { ...attended, renew: "all" });
  assert.deepEqual(aws.calls.slice(2), ["base 222222", "r1 by ASIA3"]);
});

test("a session that is damaged in the store is told about and replaced", async () => {
  const { aws, get, ports, store, warnings } = world(scriptedPrompt("123456"));
  const { read } = store;
  const damaged = {
    ...ports.store,
    read: (name: string) => (store.contents.has(name) ? read(name) : torn()),
  };
  const torn = () => Promise.reject(new ItemDamaged("the session is torn"));
  await obtain(user, { ...ports, store: damaged }, attended);
  assert.deepEqual(new Set(warnings), new Set(["the session is torn"]));
  await get(user);
  assert.deepEqual(aws.calls, ["base 123456"]);
});

for (const kind of ["invalid-credentials", "expired-credentials"] as const) {
  test(`a base session that is refused as ${kind} is asked for once more`, async () => {
    const { aws, clock, get } = world(scriptedPrompt("111111", "222222"));
    await get(user);
    clock.advance(minutes);
    aws.failures.push(new AwsError(kind, "no"), new AwsError(kind, "no"));
    await get(role1);
    assert.deepEqual(aws.calls, ["base 111111", "r1 by ASIA1", "who is ASIA1", "base 222222", "r1 by ASIA2"]);
  });

  test(`a base session that its own region accepts stays, though another call said ${kind}`, async () => {
    const { aws, clock, get, store } = world(scriptedPrompt("111111"));
    await get(user);
    clock.advance(minutes);
    aws.failures.push(new AwsError(kind, "no"));
    await assert.rejects(get(role1), /no$/);
    assert.equal(store.contents.size, 1);
    await get(role1);
  });
}

test("a refusal that a new session would not help is not tried twice", async () => {
  const { aws, clock, get } = world(scriptedPrompt("111111"));
  await get(user);
  clock.advance(minutes);
  aws.failures.push(new AwsError("access-denied", "no"));
  await assert.rejects(get(role1), /^AwsError: no$/);
  assert.deepEqual(aws.calls, ["base 111111", "r1 by ASIA1", "who is ASIA1"]);
});

test("a bug in a renewal ahead of time is not taken for a failure of AWS", async () => {
  const { aws, clock, get } = world(scriptedPrompt("123456"));
  await get(role1);
  clock.advance(45 * minutes);
  aws.assumeRole = () => Promise.reject(new TypeError("a bug"));
  await assert.rejects(get(role1), /^TypeError: a bug$/);
});

test("a bug in the store is not taken for a full disk", async () => {
  const { get, store } = world(scriptedPrompt("123456"));
  store.fail("write", new TypeError("a bug"));
  await assert.rejects(get(user), /^TypeError: a bug$/);
});

test("that the caller went away over the question is not remembered", async () => {
  const { get } = world(scriptedPrompt({ kind: "cancelled", by: "caller" }, "123456"));
  await assert.rejects(get(role1, unattended), /the caller is gone/);
  await get(role1, unattended);
});

const meanwhile: [string, number, () => string, string[]][] = [
  ["is good", 40, () => stored(40), []],
  ["is due for renewal itself", 10, () => stored(10), ["r1 by ASIA1"]],
  ["cannot be read", 40, () => "{}", ["r1 by ASIA1"]],
];
for (const [how, left, text, calls] of meanwhile) {
  test(`what another process got while we waited ${how}: ${calls.length === 0 ? "it serves" : "we get our own"}`, async () => {
    const { aws, clock, get, ports, store } = world(scriptedPrompt("123456"));
    await get(user);
    const item = role1.steps.at(-1)?.item ?? assert.fail();
    let waits = 0;
    const lock = async () => {
      waits += 1;
      if (waits === 1) store.put({ ...item, expiresAt: clock.now() + left * minutes }, text());
      return ports.lock();
    };
    const session = await obtain(role1, { ...ports, lock }, attended);
    assert.deepEqual(aws.calls.slice(1), calls);
    assert.equal(session.credentials.accessKeyId, calls.length === 0 ? "ASIATHEIRS" : "ASIA2");
  });
}

function stored(left: number): string {
  const expiresAt = Date.parse("2026-01-01T00:00:00Z") + left * minutes;
  const credentials = { ...temporary, accessKeyId: "ASIATHEIRS", expiresAt };
  return printRecord({ credentials, obtainedAt: expiresAt - 60 * minutes, expiresAt });
}

test("the lock is taken once, also where the store has sessions of other roles", async () => {
  const { get, ports } = world(scriptedPrompt("123456"));
  await get(role1);
  let waits = 0;
  const lock = () => {
    waits += 1;
    return ports.lock();
  };
  await obtain(role2, { ...ports, lock }, attended);
  assert.equal(waits, 1);
});

test("what is remembered lies under names that are fit for files", async () => {
  const { aws, clock, get, notes } = world(scriptedPrompt("123456", { kind: "cancelled" }));
  const names = new Set<string>();
  const { write } = notes;
  notes.write = (name, value) => {
    names.add(name);
    return write(name, value);
  };
  await get(role1);
  clock.advance(45 * minutes);
  aws.failures.push(new AwsError("timeout", "no answer"));
  await get(role1);
  clock.advance(12 * 60 * minutes);
  await assert.rejects(get(role1));
  assert.deepEqual(
    [...names].map((name) => name.replace(/[0-9a-f]{32}/, "…")),
    ["sent-codes/…", "renewals/…", "refusals/…-tty1"],
  );
});

test("credentials of a source that are over, or without an end, say where they come from and what to do", async () => {
  const { clock, get, given } = world();
  const what = 'the credentials that profile "p" gives';
  const hints = ["renew them where they come from"];
  for (const [left, how] of [
    [minutes, "expire in 60 s"],
    [500, "expire in 1 s"],
    [0, "have expired"],
  ] as const) {
    given.push({ ...temporary, expiresAt: clock.now() + left });
    await assert.rejects(get(external), { message: `${what} ${how} (~/.aws/config:1)`, hints });
  }
  given.push(temporary);
  await assert.rejects(get(external), {
    message: 'profile "p" gives temporary credentials and does not say when they expire (~/.aws/config:1)',
    hints: ["have its credential_process print Expiration", "use it without aws-as: aws --profile p …"],
  });
});

test("a lock that cannot be had says whose question it waits for", async () => {
  const { ports } = world();
  await assert.rejects(obtain(role1, { ...ports, lock: async () => undefined }, unattended), {
    message: 'another aws-as is still busy with the session that "r1" needs',
    hints: ["answer its question, or start a session in a terminal first: aws-as login r1"],
  });
});

test("a failed renewal counts for a minute, and not at all when the clock went back before it", async () => {
  const { aws, clock, get } = world(scriptedPrompt("123456"));
  await get(role1);
  clock.advance(45 * minutes);
  aws.failures.push(new AwsError("timeout", "no answer"));
  await get(role1);
  clock.advance(minutes - 1);
  await get(role1);
  assert.equal(aws.calls.length, 3);
  clock.advance(-minutes);
  await get(role1);
  assert.equal(aws.calls.length, 4);
});

test("a source that failed without a person's refusal is asked again at once", async () => {
  const { ports } = world();
  let asked = 0;
  const source = async () => {
    asked += 1;
    throw new UserError("the program failed");
  };
  for (const _ of [1, 2]) {
    await assert.rejects(obtain(external, { ...ports, source }, unattended), /failed$/);
  }
  assert.equal(asked, 2);
});
