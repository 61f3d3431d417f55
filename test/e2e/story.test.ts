import assert from "node:assert/strict";
import test from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome } from "../support/home.ts";

test("login with a code, then roles without one, as an SDK and as a shell see them", async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, newStore: true });
  t.after(() => home.remove());

  const login = await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  assert.deepEqual([login.status, login.stdout], [0, ""], login.stderr);
  assert.match(login.stderr, /^aws-as: "my-user1" is good for (11 h 59 min|12 h 0 min), until /);

  const role1 = await home.run(["process", "my-role1"]);
  assert.deepEqual([role1.status, role1.stderr], [0, ""]);
  const document = JSON.parse(role1.stdout);
  assert.deepEqual(Object.keys(document), [
    "Version",
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
    "AccountId",
  ]);
  assert.equal(document.AccountId, one.account);

  const env = await home.run(["env", "my-role2", "--format", "json"]);
  assert.equal(JSON.parse(env.stdout).AWS_AS_IDENTITY, "my-role2", env.stderr);

  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2 });
});
