import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { type TestContext } from "node:test";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { control } from "./control.ts";
import { keyOf, refused, userKey } from "./sdk-clients.ts";
import { one, worldOfOne } from "./world-of-one.ts";

const token = "let-me-in";

/** The fake as a process, with the URL that it prints first. */
async function start(t: TestContext, ...args: string[]): Promise<{ url: string; child: ChildProcess }> {
  const main = join(import.meta.dirname, "main.js");
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"], env: {} });
  t.after(() => child.kill("SIGKILL"));
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  return { url, child };
}

const sts = (url: string, key = userKey) =>
  new STSClient({ endpoint: url, region: "eu-west-1", credentials: key, maxAttempts: 1 });

test("the fake runs as a process with a world from a file, and ends when it is asked to", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "fake-world-"));
  t.after(() => rm(folder, { recursive: true }));
  const world = worldOfOne();
  const user = world.accounts[0]?.users[0];
  assert.ok(user);
  user.name = "from-a-file";
  await writeFile(join(folder, "world.json"), JSON.stringify(world));
  const { url, child } = await start(t, "--world", join(folder, "world.json"), "--port", "0");
  const { Arn } = await sts(url).send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, "arn:aws:iam::111111111111:user/from-a-file");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a file that holds no world is refused at the start", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "fake-world-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "world.json"), '{"accounts":[{"id":"1","users":[],"roles":[]}]}');
  const main = join(import.meta.dirname, "main.js");
  const child = spawn(process.execPath, [main, "--world", join(folder, "world.json")], { env: {} });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  assert.deepEqual(await once(child, "close"), [1, null]);
  assert.match(stderr, /not an account id: 1/);
});

test("whoever has the token moves the clock, sets faults, reads the log and changes the world", async (t) => {
  const { url } = await start(t, "--control-token", token, "--skew-seconds", "Infinity");
  const whoAmI = new GetCallerIdentityCommand({});
  const { code } = await control(url, token, { do: "code", serial: one.mfaSerial });
  assert.equal((await control(url, token, { do: "shown-code", serial: one.mfaSerial })).code?.length, 6);
  const wish = new GetSessionTokenCommand({ SerialNumber: one.mfaSerial, TokenCode: code });
  const session = keyOf(await sts(url).send(wish));
  await control(url, token, { do: "advance", milliseconds: 43_200_000 });
  await refused(sts(url, session).send(whoAmI), "ExpiredToken", 403);
  await control(url, token, { do: "set-clock" });
  await sts(url, session).send(whoAmI);
  await control(url, token, { do: "revoke", arn: one.userArn });
  await refused(sts(url, session).send(whoAmI), "InvalidClientTokenId", 403);
  await control(url, token, { do: "fault", fault: { kind: "throttle" } });
  await refused(sts(url).send(whoAmI), "Throttling", 400);
  await control(url, token, { do: "fault", fault: { kind: "throttle" } });
  await control(url, token, { do: "clear-faults" });
  await sts(url).send(whoAmI);
  await control(url, token, { do: "set-rules", rules: { stsRegions: ["us-east-1"] } });
  await refused(sts(url).send(whoAmI), "SignatureDoesNotMatch", 403);
  await control(url, token, { do: "set-world", world: { accounts: [] } });
  await refused(sts(url).send(whoAmI), "InvalidClientTokenId", 403);
  const { counts, requests } = await control(url, token, { do: "look" });
  assert.deepEqual(counts, { GetSessionToken: 1, GetCallerIdentity: 7 });
  assert.equal(requests[0]?.callerArn, one.userArn);
  const cleared = await control(url, token, { do: "clear-requests" });
  assert.deepEqual([cleared.requests, cleared.world], [[], { accounts: [] }]);
  await assert.rejects(control(url, token, { do: "dance" } as never), /unknown command/);
});

test("whoever has the token does to keys what an administrator does", async (t) => {
  const { url } = await start(t, "--control-token", token);
  const whoAmI = new GetCallerIdentityCommand({});
  const { key, world } = await control(url, token, { do: "make-key", user: one.userArn });
  assert.ok(key);
  assert.equal(world.accounts[0]?.users[0]?.accessKeys.length, 2);
  const client = { accessKeyId: key.id, secretAccessKey: key.secret };
  await sts(url, client).send(whoAmI);
  await control(url, token, { do: "set-key", id: key.id, status: "inactive" });
  await refused(sts(url, client).send(whoAmI), "InvalidClientTokenId", 403);
  await control(url, token, { do: "set-rules", rules: { keyChangeDelay: 3_600_000 } });
  await control(url, token, { do: "set-key", id: key.id, status: "active" });
  await refused(sts(url, client).send(whoAmI), "InvalidClientTokenId", 403);
  const after = await control(url, token, { do: "remove-key", id: key.id });
  assert.equal(after.world.accounts[0]?.users[0]?.accessKeys.length, 1);
  await assert.rejects(control(url, token, { do: "remove-key", id: key.id }), /no key/);
});

test("without the right token nobody controls the fake", async (t) => {
  const { url } = await start(t, "--control-token", token);
  await assert.rejects(control(url, "let-me-on", { do: "look" }), /answered 404/);
  await assert.rejects(control(url, "", { do: "look" }), /answered 404/);
  const closed = await start(t);
  await assert.rejects(control(closed.url, token, { do: "look" }), /answered 400/);
});
