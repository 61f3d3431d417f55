import assert from "node:assert/strict";
import { execFile as start } from "node:child_process";
import { request } from "node:http";
import test, { type TestContext } from "node:test";
import { promisify } from "node:util";
import { Secret } from "../../src/system/secret.ts";
import { serveOnce } from "../../src/system/serve-once.ts";

const execFile = promisify(start);
const withoutUsers =
  process.platform === "linux" && process.getuid?.() === 0
    ? false
    : "only root can be two users, and only Linux tells them apart";

const link = "https://signin.example.com/federation?SigninToken=canary";

async function waiting(t: TestContext) {
  const served = await serveOnce(new Secret(link));
  t.after(() => served.close());
  return served;
}

function ask(address: string, options: { method?: string; host?: string } = {}) {
  const { hostname, port, pathname, host } = new URL(address);
  return new Promise<{ status?: number | undefined; location?: string | undefined }>((resolve, reject) => {
    const headers = { host: options.host ?? host };
    request({ hostname, port, path: pathname, method: options.method ?? "GET", headers }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, location: answer.headers.location });
    })
      .on("error", reject)
      .end();
  });
}

test("the link is handed out once, and then nothing answers any more", async (t) => {
  const { address, fetched } = await waiting(t);
  assert.ok(!address.includes("canary"));
  assert.deepEqual(await ask(address), { status: 302, location: link });
  await fetched;
  await assert.rejects(ask(address), /ECONNREFUSED/);
});

test("two at the same moment: one has it", async (t) => {
  const { address } = await waiting(t);
  const answers = await Promise.allSettled([ask(address), ask(address), ask(address)]);
  const had = answers.filter((one) => one.status === "fulfilled" && one.value.status === 302);
  assert.equal(had.length, 1);
});

test("no other path, method or name of this machine gets it, nor uses it up", async (t) => {
  const { address } = await waiting(t);
  const { port } = new URL(address);
  for (const [what, options] of [
    [`http://127.0.0.1:${port}/`, {}],
    [`${address}x`, {}],
    [address.slice(0, -1), {}],
    // What a page of another site could send, with a name that it has point here.
    [address, { host: `evil.example:${port}` }],
    [address, { host: `127.0.0.1:${Number(port) + 1}` }],
    [address, { method: "POST" }],
    [address, { method: "OPTIONS" }],
    [address, { method: "HEAD" }],
  ] as const) {
    assert.deepEqual(
      await ask(what, options),
      { status: 404, location: undefined },
      JSON.stringify([what, options]),
    );
  }
  // As Windows names what runs in WSL.
  assert.equal((await ask(address, { host: `localhost:${port}` })).status, 302);
});

test("another user of the machine is refused, though the address stood in an argument", {
  skip: withoutUsers,
}, async (t) => {
  const { address } = await waiting(t);
  const words = ["-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", address];
  const { stdout } = await execFile("curl", words, { uid: 65_534, gid: 65_534 });
  assert.equal(stdout, "404 ");
  assert.equal((await ask(address)).status, 302);
});
