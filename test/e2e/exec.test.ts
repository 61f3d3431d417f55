import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeDesk } from "../support/desk.ts";
import { ended, makeHome, started } from "../support/home.ts";
import { laterBy } from "../support/later.ts";
import { withoutPty } from "../support/pty.ts";

/** A home in which my-role1 has a session, an hour long. */
async function signedIn(t: TestContext) {
  const rules = { skewSeconds: Number.POSITIVE_INFINITY };
  const fake = await startFakeAws({ world: worldOfOne(), rules });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  return { fake, home };
}

/** What a command sees of the environment, by name. */
const printed = "node -e 'console.log(JSON.stringify(process.env))'";

test("a command gets the variables of the identity, and of ours nothing that is meant for us alone", async (t) => {
  const { home } = await signedIn(t);
  const env = {
    AWS_PROFILE: "other",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
    AWS_AS_MFA_CODE: "123456",
    AWS_AS_MEMORY: "x",
    AWS_AS_FUNCTIONS: "0.0.0",
    OWN: "é 'x'",
  };
  const run = await home.run(["exec", "my-role1", "--", "sh", "-c", `${printed}; exit 7`], { env });
  assert.equal(run.status, 7);
  assert.equal(run.stderr, "");
  const seen = JSON.parse(run.stdout) as Record<string, string>;
  const { AWS_ACCESS_KEY_ID, AWS_AS_IDENTITY, AWS_REGION, OWN } = seen;
  assert.deepEqual([AWS_AS_IDENTITY, AWS_REGION, OWN], ["my-role1", "eu-west-1", "é 'x'"]);
  assert.match(AWS_ACCESS_KEY_ID ?? "", /^ASIA/);
  const absent = Object.keys(env).filter((name) => name !== "OWN");
  assert.deepEqual(
    absent.filter((name) => name in seen),
    [],
  );
  // The same changes as a switch makes.
  const json = await home.run(["env", "my-role1", "--format", "json"]);
  for (const [name, value] of Object.entries(JSON.parse(json.stdout) as Record<string, string | null>))
    assert.equal(seen[name] ?? null, value, name);
});

test("--no-session gives a user's long-term key, by name and with a warning, and a role nothing", async (t) => {
  const { fake, home } = await signedIn(t);
  const command = ["--", "sh", "-c", printed];
  const run = await home.run(["exec", "--no-session", "my-user1", ...command], {
    env: { AWS_SESSION_TOKEN: "old", AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" },
  });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /warning: the command gets the long-term key of "my-user1" itself, without MFA/);
  const seen = JSON.parse(run.stdout) as Record<string, string>;
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_AS_IDENTITY, AWS_REGION } = seen;
  assert.deepEqual(
    [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_AS_IDENTITY, AWS_REGION],
    [one.accessKeyId, one.secretAccessKey, "my-user1", "eu-west-1"],
  );
  assert.ok(!("AWS_SESSION_TOKEN" in seen) && !("AWS_CREDENTIAL_EXPIRATION" in seen));
  // Also where the secret is in the store.
  assert.equal((await home.run(["keys", "import", "my-user1", "--force"])).status, 0);
  const stored = await home.run([
    "exec",
    "--no-session",
    "my-user1",
    "--",
    "printenv",
    "AWS_SECRET_ACCESS_KEY",
  ]);
  assert.equal(stored.stdout, `${one.secretAccessKey}\n`, stored.stderr);
  assert.equal(fake.requests.counts()["GetSessionToken"], 1, "by the login alone");

  const role = await home.run(["exec", "--no-session", "my-role1", ...command]);
  assert.deepEqual([role.status, role.stdout], [2, ""]);
  assert.match(
    role.stderr,
    /--no-session gives the long-term key of a user, and "my-role1" is none with a key/,
  );
  const nobody = await home.run(["exec", "--no-session", ...command]);
  assert.equal(nobody.status, 2);
});

test("a command reads standard input, and ends with its own status or signal", async (t) => {
  const { home } = await signedIn(t);
  const cat = await home.run(["exec", "my-role1", "--", "cat"], { input: "to the end" });
  assert.deepEqual(cat, { status: 0, signal: null, stdout: "to the end", stderr: "" });
  for (const signal of ["SIGTERM", "SIGKILL", "SIGPIPE"] as const) {
    const run = await home.run(["exec", "my-role1", "--", "sh", "-c", `kill -${signal.slice(3)} $$`]);
    assert.deepEqual([run.signal, run.stderr], [signal, ""]);
  }
});

test("what cannot be run has the status that env(1) gives it", async (t) => {
  const { home } = await signedIn(t);
  writeFileSync(join(home.path, "no-program"), "");
  writeFileSync(join(home.path, "bare"), "echo bare $1\n", { mode: 0o755 });
  const ran = async (...command: string[]) => home.run(["exec", "my-role1", "--", ...command]);
  const error = (text: string) => `aws-as: error: ${text}\n`;
  const gone = await ran("no-such-command");
  assert.deepEqual([gone.status, gone.stderr], [127, error('command not found: "no-such-command"')]);
  const bad = await ran("./no-program", "secret");
  assert.deepEqual(
    [bad.status, bad.stderr],
    [126, error('cannot run "./no-program": it is no program, or you may not run it')],
  );
  // As a shell runs it.
  const bare = await ran("./bare", "x");
  assert.deepEqual([bare.status, bare.stdout], [0, "bare x\n"]);
});

test("a command line that is not complete is answered with the one to type", async (t) => {
  const { home } = await signedIn(t);
  const hints = async (...words: string[]) => {
    const run = await home.run(words);
    assert.deepEqual([run.status, run.stdout], [2, ""]);
    return run.stderr;
  };
  const line = "aws-as exec my-role1 -- terraform plan -out 'a b'\n";
  assert.ok((await hints("exec", "my-role1", "terraform", "plan", "-out", "a b")).endsWith(`hint: ${line}`));
  assert.ok((await hints("my-role1", "terraform", "plan", "-out", "a b")).includes(`an identity: ${line}`));
  const options = await hints("my-role1", "--region", "eu-central-1");
  assert.ok(options.includes("aws-as env my-role1 --region eu-central-1"), options);
  assert.ok(!options.includes("aws-as exec"), "an option is no command");
  const switched = await hints("switch", "sh", "my-role1", "terraform", "plan", "-out", "a b");
  assert.ok(switched.includes(`to run a command as my-role1: ${line}`), switched);
  assert.ok((await hints("exec", "my-role1")).endsWith("hint: aws-as exec my-role1 -- COMMAND\n"));
  assert.match(await hints("exec", "--", "true"), /no identity is named, and this shell acts as nobody/);
});

test("exec in exec acts as the inner identity, and without a name as the one around it", async (t) => {
  const { home } = await signedIn(t);
  const again = `"$@" exec -- sh -c 'echo inner $AWS_AS_IDENTITY'; "$@" exec my-role2 -- sh -c 'echo $AWS_AS_IDENTITY'`;
  const run = await home.run(["exec", "my-role1", "--", "sh", "-c", again, "sh", ...started()]);
  assert.deepEqual([run.stdout, run.stderr], ["inner my-role1\nmy-role2\n", ""]);
});

test("--min-life renews what would not last, and refuses what cannot last", async (t) => {
  const { fake, home } = await signedIn(t);
  const later = laterBy("30m", t);
  if (later === undefined) return;
  const run = ["sh", "-c", "echo $AWS_CREDENTIAL_EXPIRATION"];
  const exec = (life: string) =>
    home.run(["exec", "--min-life", life, "my-role1", "--", ...run], { env: later });
  fake.setClock(Date.now() + 30 * 60_000);
  const before = await exec("20m");
  const calls = fake.requests.counts()["AssumeRole"];
  const after = await exec("45m");
  assert.deepEqual([before.status, after.status], [0, 0], before.stderr + after.stderr);
  assert.equal(fake.requests.counts()["AssumeRole"], (calls ?? 0) + 1);
  const refused = await exec("2h");
  assert.deepEqual([refused.status, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /last .*min, and --min-life asks for 2 h 0 min/);
  const wrong = await exec("soon");
  assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
});

test("a command has the limits and the core files that it would have without us", {
  skip: process.platform !== "linux",
}, async (t) => {
  const { home } = await signedIn(t);
  const look = "ulimit -Sn; cat /proc/self/coredump_filter; grep -E 'Sig(Blk|Ign)' /proc/self/status";
  const start = `ulimit -Sn 300; ${look}; "$@" exec my-role1 -- sh -c "$0"`;
  const run = await home.run(["exec", "my-role1", "--", "sh", "-c", start, look, ...started()]);
  const lines = run.stdout.trim().split("\n");
  assert.equal(lines.length, 8, run.stderr);
  assert.deepEqual(lines.slice(4), lines.slice(0, 4));
  assert.equal(lines[0], "300");
  assert.notEqual(lines[1], "00000000");
});

test("signals reach a command by our process number", async (t) => {
  const { home } = await signedIn(t);
  const trap =
    "trap 'echo USR1' USR1; trap 'echo TERM; exit 4' TERM; echo ready; while :; do sleep 0.05; done";
  const child = home.start(["exec", "my-role1", "--", "sh", "-c", trap]);
  const output = new Promise<void>((done) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk;
      if (text === "ready\n") child.kill("SIGUSR1");
      if (text === "ready\nUSR1\n") done(void child.kill("SIGTERM"));
    });
  });
  const [run] = await Promise.all([ended(child), output]);
  assert.deepEqual([run.status, run.stdout], [4, "ready\nUSR1\nTERM\n"]);
});

const skip = withoutPty();

test("Ctrl-C, Ctrl-Z and fg mean for a command what they mean without us", { skip }, async (t) => {
  const { terminal, home, fake } = await makeDesk(t);
  await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  const shell = await terminal("bash");
  const count = "trap 'echo INT' INT; echo ready; while read -r line; do echo got $line; done";
  writeFileSync(join(home.path, "count"), count);
  shell.type("aws-as exec my-role1 -- bash count\r");
  await shell.waitFor("ready\n");
  shell.press("ctrl-c");
  await shell.waitFor("INT\n");
  shell.type("a line\r");
  assert.doesNotMatch(await shell.waitFor("got a line\n"), /INT/);
  shell.press("ctrl-z");
  assert.match(await shell.waitForPrompt(), /Stopped +aws-as exec/);
  assert.match(await shell.run("jobs"), /Stopped/);
  shell.type("fg\r");
  await shell.waitFor("aws-as exec my-role1 -- bash count\n");
  shell.type("again\r");
  await shell.waitFor("got again\n");
  shell.press("ctrl-d");
  await shell.waitForPrompt();
  // A command that stops itself is a stopped job as well.
  assert.match(await shell.run("aws-as exec my-role1 -- sh -c 'kill -STOP $$; echo on'"), /Stopped/);
  assert.match(await shell.run("fg"), /\non\n/);
  // A shell of its own job control.
  shell.type("aws-as exec my-role1 -- bash --norc -i\r");
  await shell.waitForPrompt();
  shell.type("suspend\r");
  await shell.waitFor(/Stopped .*\n/);
  await shell.waitForPrompt();
  shell.type("fg\r");
  shell.type("echo as $AWS_AS_IDENTITY; exit 5\r");
  await shell.waitFor("as my-role1\n");
  await shell.waitForPrompt();
  assert.match(await shell.run("echo status $?"), /status 5/);
});

/** Programs that can become another: this Node where it can, another one, and the stand-alone executable. */
const becoming = [
  ["this Node.js", "execve" in process ? resolve("dist/aws-as.cjs") : ""],
  ["AWS_AS_TEST_NODE", process.env["AWS_AS_TEST_NODE"] ?? ""],
  ["the stand-alone executable", resolve(`build/standalone/${process.platform}-${process.arch}/aws-as`)],
] as const;

for (const [what, path] of becoming) {
  const absent = existsSync(path)
    ? false
    : `NOT TESTED: ${what} is not there, or cannot become another program`;
  test(`${what} is gone when the command runs`, { skip: absent }, async (t) => {
    const { home } = await signedIn(t);
    const isNode = what === "AWS_AS_TEST_NODE";
    const words = isNode ? [resolve("dist/aws-as.cjs")] : [];
    const look = [
      "echo $$; sed -n 's/^VmPeak:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/$$/status",
      "ls /proc/$$/fd; cat /proc/$$/task/$$/children; exit 3",
    ].join("; ");
    const child = home.start([...words, "exec", "my-role1", "--", "sh", "-c", look], { program: path });
    const run = await ended(child);
    assert.deepEqual([run.status, run.stderr], [3, ""]);
    const [pid, memory, ...files] = run.stdout.split(/\s+/).filter(Boolean).map(Number);
    assert.equal(pid, child.pid);
    // What a shell takes; Node.js alone takes hundreds of times as much.
    assert.ok(Number(memory) < 20_000, run.stdout);
    assert.deepEqual(files.slice(0, 3), [0, 1, 2]);
    // A warning before does not leave a pipe that its next user cannot write to.
    const flags = ["sh", "-c", "grep flags /proc/self/fdinfo/2"];
    const code = ["--code", "123456"];
    const warned = await home.run([...words, "exec", ...code, "my-role1", "--", ...flags], { program: path });
    assert.match(warned.stderr, /warning: the code was not needed/);
    assert.equal(Number.parseInt(warned.stdout.split(/\s+/)[1] ?? "", 8) & 0o4000, 0);
  });
}
