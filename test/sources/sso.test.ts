import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { actAs } from "../../src/credentials/act-as.ts";
import { getFromSource, type SourceRequest } from "../../src/sources/source.ts";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { assignedRoles, configOfSso, worldOfSso } from "../support/aws/world-of-sso.ts";
import { type FakeMachine, fakeMachine } from "../support/fake-machine.ts";
import { documentIn, put } from "../support/sso-scene.ts";

const minutes = 60_000;
const sha1OfCorp = "ee0bfd2552fbd840c02cc48b6e823320543c450f";

/** A test may put another part in. */
type Changeable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A machine whose clock and the fake's are moved together. */
async function world(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfSso() });
  t.after(() => fake.close());
  fake.signIn.assignments = assignedRoles();
  const home = mkdtempSync(join(tmpdir(), "aws-as-sso-"));
  t.after(() => rmSync(home, { recursive: true }));
  const asked: boolean[] = [];
  const machine: Changeable<FakeMachine> = fakeMachine({
    config: configOfSso(),
    env: { AWS_ENDPOINT_URL: fake.url, AWS_AS_PROMPT: "none" },
    source: (request: SourceRequest) => {
      asked.push(request.mayAsk);
      const { env, platform, clock, notes, lock, scripted: aws } = machine;
      return getFromSource(request, { env, home, platform, clock, notes, lock, aws, tell: assert.fail });
    },
  });
  const move = (milliseconds: number) => {
    machine.clock.advance(milliseconds);
    fake.setClock(machine.clock.now(), { stopped: true });
  };
  move(0);
  const get = async (name = "admin") =>
    (
      await actAs(
        { name, way: "process", unattended: true, deadline: machine.clock.now() + 50_000 },
        machine,
        assert.fail,
      )
    ).session.credentials.accessKeyId;
  const file = join(home, ".aws/sso/cache", `${sha1OfCorp}.json`);
  return {
    fake,
    machine,
    move,
    get,
    asked,
    file,
    signIn: (how?: object) => put(file, fake.signIn.signIn(how)),
  };
}

test("credentials are renewed before they end, and the token with them", async (t) => {
  const { fake, move, get, signIn } = await world(t);
  signIn({ seconds: 50 * 60 });
  const first = await get();
  move(39 * minutes);
  assert.equal(await get(), first);
  move(2 * minutes);
  assert.notEqual(await get(), first);
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 2 });
  move(41 * minutes);
  await get();
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 3, CreateToken: 1 });
});

test("credentials that live are served to their last minute while their renewal would take a person", async (t) => {
  const { fake, move, get, asked, signIn } = await world(t);
  signIn({ seconds: 30 * 60, refreshable: false });
  const first = await get();
  move(45 * minutes);
  assert.equal(await get(), first);
  assert.deepEqual(asked, [true, false]);
  move(13 * minutes);
  assert.equal(await get(), first);
  move(2 * minutes);
  await assert.rejects(get(), /"admin" needs a sign-in: the SSO session "corp" expired at /);
  assert.equal(asked.at(-1), true);
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1 });
});

test("a renewal ahead of time does not wait for somebody who signs in", async (t) => {
  const { fake, machine, move, get, signIn } = await world(t);
  signIn({ seconds: 30 * 60 });
  const first = await get();
  move(45 * minutes);
  const waits: number[] = [];
  machine.lock = async (name, deadline) => {
    if (!name.startsWith("sign-in-")) return { release: () => undefined };
    waits.push((deadline ?? Number.POSITIVE_INFINITY) - machine.clock.now());
    return undefined;
  };
  assert.equal(await get(), first);
  assert.deepEqual(waits, [1000]);
  move(15 * minutes);
  await assert.rejects(get(), /another aws-as is still busy signing in to the SSO session "corp"/);
  assert.equal(waits[1], 50_000);
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1 });
});

test("a token that another program renewed at the same moment is taken", async (t) => {
  const { fake, get, file, signIn } = await world(t);
  signIn({ seconds: -60 });
  let theirs: Record<string, unknown> = {};
  fake.signIn.meanwhile = (action) => {
    if (action !== "CreateToken") return;
    fake.signIn.signOut();
    theirs = fake.signIn.signIn();
    put(file, theirs);
  };
  await get();
  assert.deepEqual(documentIn(file), theirs);
  assert.deepEqual(fake.requests.counts(), { CreateToken: 1, GetRoleCredentials: 1 });
});

test("with seconds left nobody is sent to sign in", async (t) => {
  const { machine, get } = await world(t);
  const lock = machine.lock;
  machine.lock = async (...name) => {
    machine.clock.advance(46_000);
    return lock(...name);
  };
  await assert.rejects(get(), /was not signed in to yet, and there is no time left for it/);
});

test("a token without an end of its registration, or past it, is not renewed", async (t) => {
  const { fake, get, file, signIn } = await world(t);
  signIn({ seconds: -60 });
  put(file, { ...documentIn(file), registrationExpiresAt: "2020-06-17T10:02:08UTC" });
  await assert.rejects(get(), /needs a sign-in/);
  assert.equal(fake.requests.all.length, 0);
});

test("a renewal that repeats no refresh token keeps the old one", async (t) => {
  const { fake, get, file, signIn } = await world(t);
  signIn({ seconds: -60 });
  const { refreshToken } = documentIn(file);
  fake.signIn.repeatsRefreshTokens = false;
  await get();
  assert.equal(documentIn(file)["refreshToken"], refreshToken);
});

test("a file that another program is about to write is looked at again", async (t) => {
  const { fake, get, file, machine } = await world(t);
  put(file, "");
  const sleep = machine.clock.sleep;
  machine.clock.sleep = async (milliseconds) => {
    put(file, fake.signIn.signIn());
    await sleep(milliseconds);
  };
  writeFileSync(file, '{"accessToken": "');
  await get();
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1 });
});

test("an sso_region that would lead to another host is refused", async (t) => {
  const { fake, get, machine, signIn } = await world(t);
  signIn();
  const config = configOfSso().replace("sso_region = eu-west-1", "sso_region = evil.example/x");
  machine.files.set("/home/me/.aws/config", config);
  await assert.rejects(get(), /the sso_region of profile "admin" is not a region's name/);
  assert.equal(fake.requests.all.length, 0);
});
