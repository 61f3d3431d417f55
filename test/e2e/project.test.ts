import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome, started } from "../support/home.ts";
import { startPty, withoutPty } from "../support/pty.ts";

test("names of a project: asked about on the terminal once, by its command without one, and in the project alone", {
  skip: withoutPty(),
}, async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const project = join(home.path, "app");
  const folder = join(project, "deep", "down");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(project, ".git"));
  writeFileSync(join(project, ".aws-as"), `# ours\nship = ${one.role2}\n`);
  const words = ["env", "ship", "--format", "json"];

  const refused = await home.run(words, { cwd: folder });
  assert.equal(refused.status, 1);
  assert.equal(
    refused.stderr,
    'aws-as: error: "ship" is named by ~/app/.aws-as, which is not allowed yet\naws-as: hint: look at it, and then: aws-as allow\n',
  );
  assert.deepEqual(fake.requests.all, []);

  const [node, ...program] = started();
  const pty = startPty(node, [...program, "login", "ship"], { env: home.env, cwd: folder });
  t.after(() => pty.close());
  await pty.waitFor(`~/app/.aws-as names roles:\n  ship = ${one.role2}\nUse these names? [y/N] `);
  pty.type("y\r");
  await pty.waitFor("MFA code for");
  pty.type(`${fake.code(one.mfaSerial)}\r`);
  assert.deepEqual(await pty.exit(), { code: 0, signal: 0 });

  // The role has a profile of the user's own, which is the one that is meant.
  const served = await home.run(words, { cwd: folder });
  assert.equal(served.status, 0, served.stderr);
  assert.equal(JSON.parse(served.stdout).AWS_AS_IDENTITY, "my-role2");
  assert.match((await home.run(words)).stderr, /no profile "ship" in/);

  const revoked = await home.run(["allow", "--revoke"], { cwd: folder });
  assert.equal(revoked.stderr, "aws-as: the names of ~/app/.aws-as are used no more\n");
  assert.equal((await home.run(words, { cwd: folder })).status, 1);
  const again = await home.run(["allow"], { cwd: folder });
  assert.equal(
    again.stderr,
    `aws-as: the names of ~/app/.aws-as are used from now on\naws-as:   ship = ${one.role2}\n`,
  );
});
