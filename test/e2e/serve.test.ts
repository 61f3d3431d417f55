import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { awsClis } from "../support/aws-clis.ts";
import { ended, type Home, isStandalone, makeHome, program, started } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { underLoad } from "../support/load.ts";
import { eventually } from "../support/pty.ts";

/** A home in which my-role1 has a session, and a folder for sockets. */
async function signedIn(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  return { fake, home, socket: join(home.path, "sockets.d") };
}

/** Waits until it serves. */
async function serving(home: Home, args: readonly string[], start?: ChildProcess): Promise<ChildProcess> {
  const child = start ?? home.start(["serve", ...args]);
  let stderr = "";
  for await (const text of child.stderr ?? []) {
    stderr += text;
    if (stderr.includes("aws-as: serving ")) break;
  }
  assert.match(stderr, /aws-as: serving /);
  return child;
}

const ask = (socket: string, name: string, ...before: string[]) =>
  ended(
    spawn(
      "curl",
      ["--silent", "--show-error", "--unix-socket", socket, `http://localhost/${name}`, ...before],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    ),
  );

/** bun tells no descriptor of a connection, by which its other end is found. */
const whoIs = (name: string) => (isStandalone ? null : name);

test("a socket answers the named identities, to aws-as without a home and to curl, and logs each answer", async (t) => {
  if (!installed("curl", t) || !installed("ss", t)) return;
  const { home, socket } = await signedIn(t);
  const log = join(home.path, "log");
  const child = await serving(home, ["--socket", socket, "--log", log, "my-role1"]);
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  // Nothing but the socket is known there.
  const bare = { HOME: "/nonexistent", AWS_ENDPOINT_URL: undefined, AWS_AS_PASSPHRASE: undefined };
  const run = await home.run(["process", "--socket", socket, "my-role1"], { env: bare });
  const own = await home.run(["process", "my-role1"]);
  assert.deepEqual(run, own);
  const curled = await ask(socket, "my-role1");
  const { Token, ...document } = JSON.parse(curled.stdout);
  assert.deepEqual(document, JSON.parse(own.stdout));
  assert.equal(Token, document.SessionToken);
  const other = await home.run(["process", "--socket", socket, "my-role2"], { env: bare });
  assert.deepEqual([other.status, other.stdout], [1, ""]);
  assert.match(other.stderr, /"my-role2" is not to be had on .*: it is no identity that is served here\n/);
  const lines = readFileSync(log, "utf8").trim().split("\n");
  assert.deepEqual(
    lines.map((line) => {
      const { way, outcome, identity, program: who, because } = JSON.parse(line);
      return [way, outcome, identity, who, because];
    }),
    [
      ["serve", "cached", "my-role1", whoIs(basename(program)), null],
      ["serve", "cached", "my-role1", whoIs("curl"), null],
      ["serve", "refused", null, whoIs(basename(program)), "it is no identity that is served here"],
    ],
  );
  for (const secret of [document.SecretAccessKey, document.SessionToken])
    assert.ok(!readFileSync(log, "utf8").includes(secret));
  const shown = await home.run(["log", "--file", log]);
  if (!isStandalone) assert.match(shown.stdout, /Z {2}my-role1 {2}serve {2}cached, until .* curl \(\d+\), /);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.equal(existsSync(socket), false);
  const gone = await home.run(["process", "--socket", socket, "my-role1"]);
  assert.match(gone.stderr, /^aws-as: error: nothing answers on .*: it does not exist\n/);
});

test("a socket is taken over where nobody answers, and nothing else is", async (t) => {
  const { home, socket } = await signedIn(t);
  const first = await serving(home, ["--socket", socket, "my-role1"]);
  const second = await home.run(["serve", "--socket", socket, "my-role1"]);
  assert.deepEqual([second.status, /something answers on /.test(second.stderr)], [1, true]);
  first.kill("SIGKILL");
  await once(first, "exit");
  assert.ok(existsSync(socket));
  const third = await home.run(["serve", "--socket", socket, "--for", "1s", "my-role1"]);
  assert.deepEqual([third.status, existsSync(socket)], [0, false], third.stderr);
  writeFileSync(socket, "precious");
  const fourth = await home.run(["serve", "--socket", socket, "my-role1"]);
  assert.deepEqual([fourth.status, readFileSync(socket, "utf8")], [1, "precious"]);
  const fifth = await home.run(["serve", "--socket", join(home.path, "no/such/folder"), "my-role1"]);
  assert.match(fifth.stderr, /^aws-as: error: there is no folder .*such for the socket\n/);
});

test("a socket answers thousands of requests at once, without an error, a leak or work for each", async (t) => {
  const { fake, home, socket } = await signedIn(t);
  const child = await serving(home, ["--socket", socket, "my-role1"]);
  const question = "GET /my-role1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const cost = await underLoad(Number(child.pid), { path: socket }, question);
  t.diagnostic(JSON.stringify(cost));
  // One read of the store would take more.
  assert.ok(cost.more < 16_000 && cost.cpu < 2, JSON.stringify(cost));
  assert.deepEqual(fake.requests.counts()["AssumeRole"], 1);
});

test("what started it is killed, and nothing answers any more", async (t) => {
  const { home, socket } = await signedIn(t);
  const [node = "", ...words] = [...started(), "serve", "--socket", socket, "my-role1"];
  const parent = spawn("bash", ["-c", '"$@" & wait', "bash", node, ...words], {
    env: home.env,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  await serving(home, [], parent);
  const child = Number(readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8"));
  parent.kill("SIGKILL");
  await eventually(() => !existsSync(`/proc/${child}`), "the end of aws-as serve");
  assert.equal(existsSync(socket), false);
});

test("another user of the machine is refused by the kernel, and --uid lets in one", async (t) => {
  if (!installed("curl", t) || !installed("setfacl", t) || !installed("setpriv", t)) return;
  if (process.getuid?.() !== 0) return t.skip("NOT TESTED: only root can be another user");
  const { home, socket } = await signedIn(t);
  chmodSync(home.path, 0o711);
  await serving(home, ["--socket", socket, "--uid", "65534", "my-role1"]);
  const as = (uid: number) =>
    spawnSync(
      "setpriv",
      [
        ...[`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
        ...["curl", "--silent", "--unix-socket", socket, "http://localhost/my-role1"],
      ],
      { encoding: "utf8" },
    );
  assert.match(as(65534).stdout, /AccessKeyId/);
  assert.deepEqual([as(65533).status, as(65533).stdout], [7, ""]);
});

test("a sandbox without network and without ~/.aws acts by the socket alone", async (t) => {
  if (!installed("bwrap", t) || !installed("curl", t)) return;
  const { home, socket } = await signedIn(t);
  await serving(home, ["--socket", socket, "my-role1"]);
  const inner = join(home.path, "inner");
  mkdirSync(inner);
  writeFileSync(
    join(inner, "config"),
    `[default]\ncredential_process = curl -sf --unix-socket /run/aws.sock http://localhost/my-role1\n`,
  );
  const box = (...command: string[]) =>
    ended(
      spawn(
        "bwrap",
        [
          ...[
            "--unshare-all",
            "--die-with-parent",
            "--ro-bind",
            "/",
            "/",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
            // The checkout may be below /tmp.
            "--ro-bind",
            dirname(program),
            dirname(program),
          ],
          ...["--tmpfs", "/run", "--bind", socket, "/run/aws.sock", "--ro-bind", inner, "/tmp/inner"],
          ...["--clearenv", "--setenv", "PATH", home.env["PATH"] ?? "", "--setenv", "HOME", "/tmp/inner"],
          ...["--setenv", "AWS_CONFIG_FILE", "/tmp/inner/config", "--", ...command],
        ],
        { stdio: ["ignore", "pipe", "pipe"] },
      ),
    );
  const own = await home.run(["process", "my-role1"]);
  const run = await box(...started(), "process", "--socket", "/run/aws.sock", "my-role1");
  assert.deepEqual([run.stdout, run.stderr], [own.stdout, ""]);
  const aws = awsClis().at(-1)?.path ?? "aws";
  const listed = await box(aws, "configure", "list");
  assert.match(listed.stdout, /access_key .*custom-process/, listed.stderr);
  assert.ok(listed.stdout.includes(JSON.parse(own.stdout).AccessKeyId.slice(-4)));
});
