import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, policy, worldOfOne } from "../support/aws/world-of-one.ts";
import { type Home, makeHome, type Run } from "../support/home.ts";
import { sceneOfFive } from "../support/scene.ts";

interface Scene {
  readonly fake: FakeAws;
  readonly home: Home;
}

interface Failure {
  /** "…, and the first line says what to do" is added. */
  readonly name: string;
  /** Before the program runs; answers variables for it. */
  readonly prepare?: (scene: Scene) => Record<string, string> | undefined | Promise<undefined>;
  readonly identity?: string;
  /** The first line of standard error. */
  readonly says: RegExp;
  /** Somewhere in the hints. */
  readonly hint?: RegExp;
  /** Gives a code that AWS will take. */
  readonly withCode?: boolean;
}

const config = awsFilesOfOne().config;
const fault = (kind: "unavailable" | "throttle" | "reset" | "html" | "truncated-xml" | "empty") => ({
  withCode: true,
  prepare: ({ fake }: Scene) => {
    fake.faults.add({ kind, times: 99 });
    return undefined;
  },
});

const failures: readonly Failure[] = [
  {
    name: "no configuration at all",
    prepare: ({ home }) => {
      rmSync(home.configFile);
      rmSync(home.credentialsFile);
      return undefined;
    },
    says: /no profile "my-role1" in ~\/\.aws\/config or ~\/\.aws\/credentials/,
  },
  {
    name: "a configuration that cannot be read",
    prepare: ({ home }) => {
      rmSync(home.configFile);
      mkdirSync(home.configFile);
      return undefined;
    },
    says: /could not read "~\/\.aws\/config": /,
  },
  {
    name: "a syntax error",
    prepare: ({ home }) => {
      home.writeConfig(config.replace("[profile my-role1]\n", "[profile my-role1]\nregion\n"));
      return undefined;
    },
    says: /~\/\.aws\/config:\d+: a line without "="/,
  },
  {
    name: "an unknown name",
    identity: "my-rol1",
    says: /no profile "my-rol1"/,
    hint: /did you mean "my-role1"/,
  },
  {
    name: "a loop of source profiles",
    identity: "a",
    prepare: ({ home }) => {
      const role = (name: string, source: string) =>
        `[profile ${name}]\nrole_arn = ${one.role1}\nsource_profile = ${source}\n`;
      home.writeConfig(role("a", "b") + role("b", "a"));
      return undefined;
    },
    says: /~\/\.aws\/config:\d+/,
  },
  {
    name: "a user without a key",
    prepare: ({ home }) => {
      writeFileSync(home.credentialsFile, "");
      return undefined;
    },
    says: /my-user1/,
  },
  {
    name: "half a key",
    prepare: ({ home }) => {
      writeFileSync(home.credentialsFile, `[my-user1]\naws_access_key_id = ${one.accessKeyId}\n`);
      return undefined;
    },
    says: /aws_secret_access_key/,
  },
  {
    name: "a wrong code",
    prepare: ({ fake }) => ({
      AWS_AS_MFA_CODE: fake.shownCode(one.mfaSerial) === "000000" ? "000001" : "000000",
    }),
    says: /AWS refused the MFA code for arn:aws:iam::111111111111:mfa\/my-user1/,
    hint: /a code works once; wait for the next one/,
  },
  {
    name: "a code that was used before",
    prepare: async ({ fake, home }) => {
      const code = fake.code(one.mfaSerial);
      const elsewhere = makeHome({ url: fake.url });
      const login = await elsewhere.run(["login", "my-user1", "--code", code]);
      elsewhere.remove();
      assert.equal(login.status, 0, login.stderr);
      home.env["AWS_AS_MFA_CODE"] = code;
      return undefined;
    },
    says: /AWS refused the MFA code/,
  },
  {
    name: "a code that is none",
    prepare: () => ({ AWS_AS_MFA_CODE: "12345" }),
    says: /the given MFA code is not six digits/,
  },
  {
    name: "no terminal to ask on",
    says: /"my-role1" needs an MFA code, and there is no way to ask for one: there is no terminal/,
    hint: /aws-as login my-role1/,
  },
  {
    name: "a prompt that is switched off",
    prepare: () => ({ AWS_AS_PROMPT: "none" }),
    says: /AWS_AS_PROMPT is "none"/,
  },
  {
    name: "an mfa_process that fails",
    prepare: () => ({ AWS_AS_MFA_PROCESS: "echo no touch >&2; exit 3" }),
    says: /mfa_process "echo" failed with exit status 3/,
  },
  {
    name: "a role that AWS denies",
    withCode: true,
    prepare: ({ fake }) => {
      const user = fake.world.accounts[0]?.users[0];
      assert.ok(user);
      Object.assign(user, { policies: [policy("Allow", "iam:*"), policy("Deny", "sts:AssumeRole")] });
      return undefined;
    },
    says: /not authorized to perform: sts:AssumeRole/,
  },
  {
    name: "a key that AWS does not know",
    withCode: true,
    prepare: ({ home }) => {
      const text = readFileSync(home.credentialsFile, "utf8").replace(
        one.accessKeyId,
        "AKIAFAKEUSER9KEY0009",
      );
      writeFileSync(home.credentialsFile, text);
      return undefined;
    },
    says: /AWS does not know the access key ending in "0009"/,
  },
  { name: "throttling that goes on", ...fault("throttle"), says: /thrott|too many|Rate exceeded/i },
  { name: "a service that is unavailable", ...fault("unavailable"), says: /503|unavailable/i },
  { name: "a connection that is reset", ...fault("reset"), says: /127\.0\.0\.1/ },
  { name: "an HTML page in place of an answer", ...fault("html"), says: /127\.0\.0\.1|not.*AWS/i },
  { name: "half an answer", ...fault("truncated-xml"), says: /answer/i },
  { name: "an empty answer", ...fault("empty"), says: /answer/i },
  {
    name: "nobody at the endpoint",
    withCode: true,
    prepare: () => ({ AWS_ENDPOINT_URL: "http://127.0.0.1:9" }),
    says: /127\.0\.0\.1:9/,
  },
  {
    name: "a clock that is wrong",
    withCode: true,
    prepare: ({ fake }) => {
      fake.advance(3_600_000);
      return undefined;
    },
    says: /clock/,
  },
  {
    name: "an endpoint that is no address",
    prepare: () => ({ AWS_ENDPOINT_URL: "nonsense" }),
    says: /AWS_ENDPOINT_URL/,
  },
  {
    name: "a CA bundle that is not there",
    withCode: true,
    prepare: () => ({ AWS_CA_BUNDLE: "/nowhere.pem" }),
    says: /nowhere\.pem/,
  },
  {
    name: "a wrong passphrase",
    prepare: async ({ fake, home }) => {
      const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
      assert.equal(login.status, 0, login.stderr);
      home.env["AWS_AS_PASSPHRASE"] = "wrong";
      return undefined;
    },
    says: /AWS_AS_PASSPHRASE does not open the file store/,
  },
  {
    name: "no place to keep secrets",
    prepare: ({ home }) => {
      delete home.env["AWS_AS_STORE"];
      delete home.env["AWS_AS_PASSPHRASE"];
      rmSync(join(home.path, ".aws/aws-as/store"), { recursive: true });
      return undefined;
    },
    says: /nowhere to keep secrets/,
    hint: /aws-as store setup/,
  },
  { name: "an unknown store", prepare: () => ({ AWS_AS_STORE: "drawer" }), says: /unknown store "drawer"/ },
  {
    name: "a run started by a command of ours",
    prepare: () => ({ AWS_AS_GUARD: "1" }),
    says: /started by a command that aws-as itself runs/,
  },
];

async function scene(t: TestContext): Promise<Scene> {
  const fake = await startFakeAws({ world: worldOfOne() });
  const home = makeHome({ url: fake.url });
  t.after(() => {
    home.remove();
    return fake.close();
  });
  return { fake, home };
}

for (const [index, failure] of failures.entries()) {
  test(`${failure.name}: nothing on standard output, and the first line says what is wrong`, async (t) => {
    const { fake, home } = await scene(t);
    const code = failure.withCode ? { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) } : {};
    const env = { ...code, ...(await failure.prepare?.({ fake, home })) };
    const identity = failure.identity ?? "my-role1";
    for (const [args, stdout] of [
      [["process", identity], ""],
      [["env", identity], "false;\n"],
      // Another way to print what was not had: for some of the failures.
      ...(index % 4 === 0 ? ([[["env", identity, "--format", "json"], ""]] as const) : []),
    ] as const) {
      const run = await home.run(args, { env });
      const about = `aws-as ${args.join(" ")}: ${JSON.stringify(run)}`;
      assert.ok(run.status !== null && run.status !== 0 && run.status !== 70, about);
      assert.equal(run.stdout, stdout, about);
      const [first = "", ...rest] = run.stderr.trimEnd().split("\n");
      assert.match(first, /^aws-as: error: /, about);
      // After a failure with a code, the same code is refused before it is sent: that is as good an answer.
      const codeIsSpent =
        args[0] === "env" && (env.AWS_AS_MFA_CODE ?? home.env["AWS_AS_MFA_CODE"]) !== undefined;
      if (!codeIsSpent) assert.match(first, failure.says, about);
      for (const line of rest) assert.match(line, /^aws-as: hint: /, about);
      if (failure.hint && args[0] === "process") assert.match(run.stderr, failure.hint);
      assert.ok(run.stderr.length < 4096, about);
      assertNoSecret(run, home, fake);
    }
  });
}

/** Looks for every secret of the fake's world in what was said, and in every file but the one they came from. */
function assertNoSecret(run: Run, home: Home, fake: FakeAws): void {
  const texts = [
    run.stderr,
    ...filesBelow(home.path)
      .filter((file) => file !== home.credentialsFile)
      .map(read),
  ];
  for (const secret of fake.secrets().filter((each) => each.length > 6)) {
    for (const text of texts) assert.ok(!text.includes(secret), "a secret was told or written in plain");
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function read(path: string): string {
  return readFileSync(path, "latin1");
}

test("attack-06: a wrong passphrase costs no code", async (t) => {
  const { fake, home } = await sceneOfFive(t);
  assert.equal((await home.run(["login", "role1", "--code", fake.code(one.mfaSerial)])).status, 0);
  assert.equal((await home.run(["logout", "--all"])).status, 0);
  const before = fake.requests.counts();
  const env = { AWS_AS_PASSPHRASE: "wrong", AWS_AS_MFA_CODE: fake.code(one.mfaSerial) };
  for (const args of [
    ["process", "role1"],
    ["login", "role1"],
  ]) {
    const run = await home.run(args, { env });
    assert.deepEqual([run.status, run.stdout], [1, ""]);
    assert.match(run.stderr, /^aws-as: error: AWS_AS_PASSPHRASE does not open the file store\n/);
  }
  assert.deepEqual(fake.requests.counts(), before);
});
