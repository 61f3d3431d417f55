import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { type AwsCli, awsClis, commandsIn, withoutAwsCli } from "../support/aws-clis.ts";
import { ended, type Home, makeHome, program, type Run } from "../support/home.ts";
import { withoutLong } from "../support/long.ts";

async function scene(
  t: TestContext,
): Promise<{ fake: FakeAws; home: Home; ok(...args: string[]): Promise<Run> }> {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const ok = async (...args: string[]) => {
    const run = await home.run(args);
    assert.equal(run.status, 0, `${args.join(" ")}: ${run.stderr}`);
    assert.ok(!(run.stdout + run.stderr).includes(one.secretAccessKey), "a secret was shown");
    return run;
  };
  return { fake, home, ok };
}

function identityOf(env: Record<string, string>, home: Home, profile: string, code: string): Promise<Run> {
  const args = ["--profile", profile, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
  return ended(
    spawn(join(home.path, "bin", "aws"), args, {
      cwd: "/",
      env: { ...env, AWS_AS_MFA_CODE: code },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

const skip = withoutAwsCli();

for (const aws of skip ? [undefined] : (awsClis().slice(withoutLong() ? -1 : 0) as (AwsCli | undefined)[])) {
  test(`${aws?.version ?? "aws-cli"} uses the names that people type, and the file comes back`, {
    skip,
  }, async (t) => {
    const { fake, home, ok } = await scene(t);
    const env = commandsIn(home, aws);
    // Its roles work without aws-as no longer, which is what adoption mends.
    const { stderr: imported } = await ok("keys", "import", "my-user1", "--force");
    assert.match(imported, /under "my-user1", nor under "my-role1".*: aws-as init --adopt my-user1 my-role1/);
    const before = home.config();
    const { stderr } = await ok("init", "--adopt", "--offline");
    assert.match(stderr, /adopted profile my-role1 in ~\/\.aws\/config\n/);
    assert.match(stderr, /try it: aws --profile my-user1 sts get-caller-identity\n$/);

    const arns = [
      ["my-role1", /:assumed-role\/my-role1\//],
      ["my-role2", /:assumed-role\/my-role2\//],
      ["my-role3", /:assumed-role\/my-role3\//],
      ["partner", /:assumed-role\/partner-role\//],
      ["my-user1", /:user\/my-user1$/],
    ] as const;
    const code = fake.code(one.mfaSerial);
    for (const [profile, arn] of arns) {
      const run = await identityOf(env, home, profile, code);
      assert.equal(run.status, 0, run.stderr);
      assert.match(run.stdout.trim(), arn);
    }
    const { stdout: found } = await ok("doctor", "--json", "--offline");
    const { findings } = JSON.parse(found) as { findings: readonly { id: string; severity: string }[] };
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== "note").map(({ id }) => id),
      [],
    );
    // One code, and no role was assumed twice. GetCallerIdentity and ListAccessKeys: keys import tried the key.
    assert.deepEqual(fake.requests.counts(), {
      GetCallerIdentity: 6,
      ListAccessKeys: 1,
      GetSessionToken: 1,
      AssumeRole: 4,
    });

    // A clone in a temporary folder is warned about first.
    assert.match(
      (await ok("init", "--adopt", "--offline")).stderr,
      /^aws-as: nothing to change in ~\/\.aws\/config\n/m,
    );
    await ok("init", "--remove");
    assert.equal(home.config(), before);
  });
}

test("readers at any time see the old file or the new one, while profiles come and go", async (t) => {
  const { home, ok } = await scene(t);
  const adopt = ["init", "--adopt", "--offline", "my-role1", "partner"];
  const before = home.config();
  await ok(...adopt);
  const after = home.config();
  assert.notEqual(after, before);
  let reading = true;
  let seen = 0;
  const changes = new Set<string>();
  const readers = Promise.all(
    [1, 2].map(async () => {
      while (reading) {
        const text = readFileSync(home.configFile, "utf8");
        assert.ok(text === before || text === after, `a reader saw:\n${text}`);
        changes.add(text);
        seen += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
  try {
    for (let round = 0; round < 6; round += 1) {
      await ok("init", "--remove");
      await ok(...adopt);
    }
  } finally {
    reading = false;
    await readers;
  }
  assert.equal(changes.size, 2);
  t.diagnostic(`${seen} reads`);
});

test("two that adopt and remove at once leave a file that one of them meant", async (t) => {
  const { home, ok } = await scene(t);
  const before = home.config();
  for (let round = 0; round < 3; round += 1) {
    const names = ["my-role1", "my-role2", "my-role3", "partner"];
    const runs = await Promise.all(names.map((name) => home.run(["init", "--adopt", "--offline", name])));
    const done = runs.filter(({ status }) => status === 0).length;
    assert.ok(done > 0);
    for (const { status, stderr } of runs) {
      if (status !== 0) assert.match(stderr, /was changed by another program meanwhile; nothing was written/);
    }
    assert.equal(home.config().match(/adopted by aws-as init/g)?.length, done);
    await ok("init", "--remove");
    assert.equal(home.config(), before);
  }
});

test("a dry run shows the lines that would move, changes nothing, and shows no secret", async (t) => {
  const { home, ok } = await scene(t);
  home.writeConfig(
    `${home.config()}\n[profile plain]\naws_access_key_id = ${one.accessKeyId}\naws_secret_access_key = ${one.secretAccessKey}\n`,
  );
  const before = home.config();
  const { stdout, stderr } = await ok("init", "--adopt", "--offline", "--dry-run");
  assert.match(stdout, /^\+# adopted by aws-as init; .*: moved 1 role_arn source_profile mfa_serial, /m);
  assert.match(stdout, /^\+credential_process = .* process my-role1$/m);
  assert.match(stdout, /^\+\[aws-as my-role1\]$/m);
  assert.match(stderr, /left out "plain": .*aws-as keys import plain\n/);
  assert.equal(home.config(), before);
});

test("a refusal leaves the file alone, and names all that is wrong", async (t) => {
  const { home } = await scene(t);
  const before = home.config();
  const run = await home.run(["init", "--adopt", "my-role1", "my-user1", "nobody"]);
  assert.deepEqual([run.status, run.stdout], [1, ""]);
  assert.match(run.stderr, /^aws-as: error: 2 profiles cannot be adopted; nothing was written\n/);
  assert.match(run.stderr, /"my-user1": ~\/\.aws\/credentials:2: most clients prefer its keys in plain text/);
  assert.match(run.stderr, /hint: move them into the store first: aws-as keys import my-user1\n/);
  assert.match(run.stderr, /no profile "nobody"/);
  assert.equal(home.config(), before);
});

test("options that do not go together are wrong usage", async (t) => {
  const { home } = await scene(t);
  for (const [more, message] of [
    [["--remove"], /--adopt and --remove exclude each other/],
    [["--prefix", "x-"], /--adopt has no --prefix/],
  ] as const) {
    const run = await home.run(["init", "--adopt", ...more]);
    assert.equal(run.status, 2);
    assert.match(run.stderr, message);
  }
});

test("a program under a name that would not be known again writes no profile", {
  // The stand-alone program knows its real path, whatever link it is called by.
  skip: program.endsWith(".cjs") ? false : "NOT TESTED: a link of another name to the stand-alone program",
}, async (t) => {
  const { home } = await scene(t);
  const other = join(home.path, "my-aws");
  symlinkSync(program, other);
  const before = home.config();
  for (const adopt of [[], ["--adopt"]]) {
    const child = spawn(process.execPath, [other, "init", "--offline", ...adopt], {
      env: home.env,
      detached: true,
    });
    const run = await ended(child);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /error: aws-as would not recognise profiles that start .*\/my-aws: /);
  }
  assert.equal(home.config(), before);
});

test("a copy of the file on another machine, without anything else of ours, is given back there", async (t) => {
  const { home, ok } = await scene(t);
  const before = home.config();
  await ok("init", "--adopt", "--offline");
  const other = makeHome({ config: home.config(), credentials: "", newStore: true });
  t.after(() => other.remove());
  assert.ok(!existsSync(join(other.path, ".aws", "aws-as")));
  assert.equal((await other.run(["init", "--remove"])).status, 0);
  assert.equal(other.config(), before);
  writeFileSync(home.credentialsFile, "");
  await ok("init", "--remove");
  assert.equal(home.config(), before);
});

test("a plain init has adopted profiles start the program where it is now, and adds none beside them", async (t) => {
  const { home, ok } = await scene(t);
  const before = home.config();
  await ok("init", "--adopt", "--offline", "my-role1");
  const adopted = home.config();
  home.writeConfig(adopted.replaceAll(program, "/opt/gone/aws-as"));
  const { stderr } = await ok("init", "--offline");
  assert.match(stderr, /updated profile my-role1 in ~\/\.aws\/config\n/);
  assert.match(home.config(), new RegExp(`credential_process = .*${program} process my-role1\\n`));
  assert.match(home.config(), /\[profile as-my-role2\]/);
  assert.doesNotMatch(home.config(), /as-my-role1/);
  // Asked for by name, it gets one; from then on that one is kept current too.
  await ok("init", "--offline", "my-role1");
  assert.match(home.config(), /\[profile as-my-role1\]/);
  assert.match((await ok("init", "--offline")).stderr, /nothing to change/);
  await ok("init", "--remove");
  assert.equal(home.config(), before);
});

test("a device that IAM names is written into a section of the user's, and taken out again", async (t) => {
  const { home, ok } = await scene(t);
  await ok("keys", "import", "my-user1", "--force");
  home.writeConfig(home.config().replaceAll(/^mfa_serial.*\n/gm, ""));
  const before = home.config();
  const { stderr } = await ok("init", "my-user1");
  assert.match(stderr, /noted the MFA device of my-user1/);
  assert.match(home.config(), /access_key_id = .*\n# from IAM, by aws-as init.*\nmfa_serial = /);
  await ok("init", "--adopt", "my-user1");
  await ok("init", "--remove");
  assert.equal(home.config(), before);
});
