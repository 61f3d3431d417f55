import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { findClients } from "../support/clients/clients.ts";
import { makeDesk } from "../support/desk.ts";
import { ended, makeHome } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { clockInFile } from "../support/later.ts";
import { underLoad } from "../support/load.ts";
import { childOf, withoutPty } from "../support/pty.ts";

const minutes = 60_000;

/** A command under `exec --renew` that lives until the test ends it, and the variables that it got. */
async function renewed(t: TestContext, names: readonly string[], movesClock = false) {
  const rules = { skewSeconds: Number.POSITIVE_INFINITY };
  const fake = await startFakeAws({ world: worldOfOne(), rules });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const clock = movesClock ? clockInFile(join(home.path, "clock"), t) : { env: {}, moveBy: () => undefined };
  if (clock === undefined) return undefined;
  const code = fake.code(one.mfaSerial);
  const command = ["node", "-e", "console.log(JSON.stringify(process.env)); process.stdin.resume()"];
  const child = spawn(
    process.execPath,
    [join(process.cwd(), "dist/aws-as.cjs"), "exec", "--renew", "--code", code, ...names, "--", ...command],
    { env: { ...home.env, ...clock.env }, cwd: home.path, detached: true, stdio: ["pipe", "pipe", "pipe"] },
  );
  t.after(() => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const [text] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [Buffer];
  assert.ok(Buffer.isBuffer(text), stderr);
  const env = JSON.parse(String(text)) as Record<string, string>;
  const url = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "";
  const token = env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? "";
  let passed = 0;
  return {
    fake,
    home,
    child,
    env,
    url,
    token,
    clock,
    said: () => stderr,
    later: (span: number) => {
      fake.advance(span * minutes);
      passed += span;
      clock.moveBy(`${passed}m`);
    },
  };
}
/** The status and the body of a request. */
function ask(url: string, headers: Record<string, string>, method = "GET") {
  return new Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }>(
    (done, fail) => {
      const sent = request(url, { method, headers }, (response) => {
        let body = "";
        response.on("data", (text) => {
          body += text;
        });
        response.on("end", () => done({ status: response.statusCode ?? 0, body, headers: response.headers }));
      });
      sent.on("error", fail);
      sent.end();
    },
  );
}

// Old Ruby SDKs know only addresses of ECS, and a chain of profiles alone asks nobody.
test("every client lives through four lifetimes of a role, and nobody is asked", async (t) => {
  const job = await renewed(t, ["my-role1"], true);
  if (job === undefined) return;
  assert.equal(job.env["AWS_ACCESS_KEY_ID"], undefined);
  assert.equal(job.env["AWS_AS_IDENTITY"], "my-role1");
  const clients = findClients().filter(({ name }) => !/\(ini\)|^Ruby SDK 3\.1[0-7]/.test(name));
  const start = (client: (typeof clients)[number], ...words: string[]) => {
    const [program = "", ...rest] = client.command(job.fake.url);
    const env = { ...job.env, ...client.env, ...job.clock.env };
    const child = spawn(program, [...rest, ...words], { env, cwd: "/", detached: true });
    t.after(() => child.kill("SIGKILL"));
    return child;
  };
  // Objects that live through all of it.
  const lasting = await Promise.all(
    clients
      .filter(({ callsTwice }) => callsTwice)
      .map(async (client) => {
        const child = start(client, "twice");
        let stderr = "";
        child.stderr.on("data", (text) => {
          stderr += text;
        });
        const [first] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
        assert.match(String(first), /assumed-role\/my-role1/, `${client.name}: ${stderr}`);
        return { client, child };
      }),
  );
  for (let lifetime = 0; lifetime < 4; lifetime++) {
    for (const client of lifetime === 0 || lifetime === 3 ? clients : clients.slice(-1)) {
      const run = await ended(start(client));
      assert.match(run.stdout, /assumed-role\/my-role1/, `${client.name}: ${run.stderr}`);
    }
    if (lifetime < 3) job.later(61);
  }
  for (const { client, child } of lasting) {
    const run = ended(child);
    child.stdin.end("\n");
    assert.match((await run).stdout, /assumed-role\/my-role1/, client.name);
  }
  const { GetSessionToken, AssumeRole } = job.fake.requests.counts();
  assert.deepEqual([GetSessionToken, AssumeRole, job.said()], [1, 4, ""]);
  const [status] = await Promise.all([once(job.child, "exit"), job.child.stdin.end()]);
  assert.deepEqual(status, [0, null]);
  await assert.rejects(ask(job.url, { authorization: job.token }));
});

test("a page in a browser, a stranger without the token and another name get nothing", async (t) => {
  const job = await renewed(t, ["my-role1", "my-role2"]);
  if (job === undefined) return;
  const { url, token } = job;
  const { origin } = new URL(url);
  const own = { authorization: token };
  const status = async (...request: Parameters<typeof ask>) => {
    const { status, body, headers } = await ask(...request);
    if (status !== 200) {
      assert.doesNotMatch(body, /AccessKeyId|ASIA/);
      assert.ok(!body.includes(token) && !JSON.stringify(headers).includes("access-control"));
    }
    return status;
  };
  assert.equal(await status(url, own), 200);
  assert.equal(await status(`${origin}/my-role2`, own), 200);
  assert.equal(await status(`${origin}/my-user1`, own), 404);
  assert.equal(await status(url, {}), 401);
  assert.equal(await status(url, { authorization: `${token}x` }), 401);
  assert.equal(await status(url, { ...own, host: "rebound.example" }), 403);
  assert.equal(await status(url, { ...own, origin: "https://evil.example" }), 403);
  const preflight = {
    origin: "https://evil.example",
    "access-control-request-method": "GET",
    "access-control-request-headers": "authorization",
    "access-control-request-private-network": "true",
  };
  assert.equal(await status(url, preflight, "OPTIONS"), 403);
  // Only this machine reaches it, and nobody else reads the token.
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0");
  const listening = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const found = listening.filter((line) => line.includes(`:${port} 00000000:0000 0A`));
  assert.deepEqual(
    found.map((line) => line.trim().split(" ")[1]),
    [`0100007F:${port}`],
  );
  assert.ok(!readFileSync(`/proc/${job.child.pid}/cmdline`, "utf8").includes(token));
  assert.match(job.said(), /refused a request for credentials: the token is wrong\n/);
  assert.ok(!job.said().includes(token));
  // The port is gone with us, however we end.
  job.child.kill("SIGKILL");
  await once(job.child, "exit");
  await assert.rejects(ask(url, own));
});

test("another user of the machine finds the port, and no token for it", async (t) => {
  if (!installed("curl", t) || !installed("setpriv", t)) return;
  if (process.getuid?.() !== 0) return t.skip("NOT TESTED: only root can be another user");
  const job = await renewed(t, ["my-role1"]);
  if (job === undefined) return;
  const asOther = (...command: string[]) => {
    const user = ["--reuid=65533", "--regid=65533", "--clear-groups"];
    return spawnSync("setpriv", [...user, ...command], { encoding: "utf8", cwd: "/" });
  };
  const run = asOther("curl", "--silent", "--write-out", "%{http_code}", job.url);
  assert.match(run.stdout, /no token was given"}\n401$/);
  const pids = [Number(job.child.pid), childOf(Number(job.child.pid))];
  for (const pid of pids) {
    const environment = asOther("cat", `/proc/${pid}/environ`);
    assert.deepEqual([environment.status, environment.stdout], [1, ""]);
    assert.match(environment.stderr, /Permission denied/);
    assert.ok(!asOther("cat", `/proc/${pid}/cmdline`).stdout.includes(job.token));
  }
  // Nothing that it could read lies about.
  const found = spawnSync("grep", ["-rlsF", job.token, job.home.path], { encoding: "utf8" });
  assert.equal(found.stdout, "");
});

test("thousands of requests at once are answered, without an error, a leak or work for each", async (t) => {
  const job = await renewed(t, ["my-role1"]);
  if (job === undefined) return;
  const { pathname, host, port } = new URL(job.url);
  const question = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${job.token}\r\n\r\n`;
  const cost = await underLoad(Number(job.child.pid), { host: "127.0.0.1", port: Number(port) }, question);
  t.diagnostic(JSON.stringify(cost));
  // One read of the store would take more.
  assert.ok(cost.more < 16_000 && cost.cpu < 2, JSON.stringify(cost));
  assert.deepEqual(job.fake.requests.counts()["AssumeRole"], 1);
});

test("where the default profile would win, the command is not run, and nobody is asked", async (t) => {
  const { config } = awsFilesOfOne();
  const home = makeHome({ config: `[default]\nregion = eu-west-1\ncredential_process = true\n\n${config}` });
  t.after(() => home.remove());
  const run = await home.run(["exec", "--renew", "my-role1", "--", "echo", "ran"]);
  assert.deepEqual([run.status, run.stdout], [1, ""]);
  assert.match(
    run.stderr,
    /^aws-as: error: ~\/\.aws\/config:3: AWS clients would take the credentials of \[default\] /,
  );
});

const skip = withoutPty();

test("a code is asked for on the terminal before the end, and what is left is served meanwhile", {
  skip,
}, async (t) => {
  const { fake, home, terminal } = await makeDesk(t);
  const clock = clockInFile(join(home.path, "clock"), t);
  if (clock === undefined) return;
  const shell = await terminal("bash", clock.env);
  const moveTo = (minute: number) => {
    fake.setClock(Date.now() + minute * minutes);
    clock.moveBy(`${minute}m`);
  };
  const login = await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)], { env: clock.env });
  assert.equal(login.status, 0, login.stderr);
  moveTo(11 * 60 + 50);
  const show =
    'echo "at $AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; tail -f /dev/null';
  shell.type(`aws-as exec --renew my-role1 -- sh -c '${show}'\r`);
  const [, url = "", authorization = ""] =
    /at (\S+) (\S+)\s*$/.exec(await shell.waitFor(/at http\S+ \S{40,}\s/)) ?? [];
  const now = async () => {
    const { status, body } = await ask(url, { authorization });
    assert.equal(status, 200, body);
    return (JSON.parse(body) as { Expiration: string }).Expiration;
  };
  const first = await now();
  // The base session has ended, and the role's session ends in five minutes.
  moveTo(12 * 60 + 45);
  assert.equal(await now(), first);
  await shell.waitFor(/MFA code for my-user1 .*: /);
  assert.equal(await now(), first);
  shell.type(`${fake.code(one.mfaSerial)}\r`);
  while ((await now()) === first) await delay(50);
  assert.deepEqual(fake.requests.counts()["GetSessionToken"], 2);
  shell.press("ctrl-c");
  await shell.waitForPrompt();
  await assert.rejects(now());
});
