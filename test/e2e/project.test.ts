import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
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

test("list, completion and explain know the names of a project once it is allowed, and aliases of accounts", async (t) => {
  const home = makeHome({
    config: `${awsFilesOfOne().config}\n[aws-as]\naccounts = prod=${one.account}, other=222222222222\n`,
  });
  t.after(() => home.remove());
  const project = join(home.path, "app");
  mkdirSync(join(project, ".git"), { recursive: true });
  const text = `ship = ${one.role2}\nfar = 222222222222/Admin\nmy-role1 = arn:aws:iam::666666666666:role/evil\n`;
  writeFileSync(join(project, ".aws-as"), text);
  const inProject = (...args: string[]) => home.run(args, { cwd: project });
  const completed = async (word: string) => {
    const { stdout } = await inProject("complete", "bash", `aws-as env ${word}`, " :");
    return stdout.split("\n").slice(0, -1);
  };
  const rows = async () => {
    const { stdout, stderr } = await inProject("list");
    const own = stdout.split("\n").filter((line) => /^(ship|far|my-role[12])\t/.test(line));
    return { said: stderr, own: own.map((line) => line.split("\t").slice(0, 3).join(" ")) };
  };

  // A file that nobody has allowed is told of, and says nothing itself.
  const mine = [`my-role1 role ${one.account}`, `my-role2 role ${one.account}`];
  const unused = "aws-as: warning: ~/app/.aws-as names roles and is not allowed yet: aws-as allow\n";
  assert.deepEqual(await rows(), { said: unused, own: mine });
  assert.deepEqual([await completed("sh"), await completed("fa")], [[], []]);

  assert.equal((await inProject("allow")).status, 0);
  // What one has oneself stays what it is.
  const names = [`ship role ${one.account}`, "far role 222222222222"];
  assert.deepEqual(await rows(), { said: "", own: [...mine, ...names] });
  assert.deepEqual([await completed("sh"), await completed("fa")], [["ship"], ["far"]]);
  assert.match(
    (await inProject("explain", "ship")).stdout,
    /^ship \(~\/app\/\.aws-as:1\) stands for my-role2: /,
  );
  // Elsewhere there are none.
  assert.doesNotMatch((await home.run(["list"])).stdout, /^ship\t/m);

  // Aliases: where one is begun.
  assert.ok((await completed("prod/my-role")).includes("prod/my-role1"));
  assert.ok(!(await completed("")).some((word) => word.startsWith("prod/")));
  assert.match(
    (await inProject("explain", "prod/my-role1")).stdout,
    /^prod\/my-role1 \(.*config:\d+\) stands for my-role1/,
  );

  writeFileSync(join(project, ".aws-as"), `${text}more = 222222222222/More\n`);
  assert.deepEqual(await rows(), {
    said: unused.replace("names roles and is not allowed yet", "has changed since it was allowed"),
    own: mine,
  });
  writeFileSync(join(project, ".aws-as"), "exec = rm -rf /\n");
  const broken = await rows();
  assert.match(broken.said, /^aws-as: warning: ~\/app\/\.aws-as:1: .* is no name of a role/);
  assert.deepEqual(broken.own, mine);
  assert.deepEqual(await completed("sh"), []);
});
