import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { type FakeProxy, startFakeProxy } from "../support/aws/proxy.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome } from "../support/home.ts";

/** Logs in with the built program; gives the code that was used, what was said, and the files that were loaded. */
async function logIn(t: TestContext, { https, proxy }: { https: boolean; proxy?: FakeProxy }) {
  const fake = await startFakeAws({ world: worldOfOne(), https });
  t.after(() => fake.close());
  const home = makeHome({
    url: fake.url,
    env: { DEBUG: "*", AWS_CA_BUNDLE: fake.caFile, ALL_PROXY: proxy?.url },
  });
  t.after(() => home.remove());
  const [spy, list] = [join(home.path, "spy.cjs"), join(home.path, "loaded")];
  // The program runs its chunks itself (scripts/load-chunk.ts), so they are known by being read.
  const lines = [
    "const fs = require('fs'), read = fs.readFileSync, names = [];",
    "fs.readFileSync = (path, ...rest) => (names.push(String(path)), read(path, ...rest));",
    `process.on("exit", () => fs.writeFileSync(${JSON.stringify(list)}, names.join("\\n")));`,
  ];
  writeFileSync(spy, lines.join("\n"));
  const code = fake.code(one.mfaSerial);
  const { status, stderr } = await home.run(["login", "my-role1", "--code", code], {
    env: { NODE_OPTIONS: `--require=${JSON.stringify(spy)}` },
  });
  assert.equal(status, 0, stderr);
  const loaded = readFileSync(list, "utf8")
    .split("\n")
    .map((path) => basename(path));
  return { code, stderr, loaded };
}

for (const https of [false, true]) {
  const scheme = https ? "https" : "http";
  test(`DEBUG=* makes no package show the proxy's password or a request (${scheme})`, async (t) => {
    const proxy = await startFakeProxy({ user: "ann", password: "canaryPassword" });
    t.after(() => proxy.close());
    const { code, stderr, loaded } = await logIn(t, { https, proxy });
    assert.ok(proxy.passed.length > 0);
    assert.ok(loaded.some((name) => /^(?:proxy|network)-/.test(name)));
    assert.doesNotMatch(stderr, /canary|proxy-agent|Authorization/i);
    assert.equal(stderr.includes(code), false);
  });
}

test("whoever has no proxy loads none of the packages for one", async (t) => {
  const { loaded } = await logIn(t, { https: false });
  assert.ok(loaded.some((name) => name.startsWith("sts-client-")));
  assert.deepEqual(
    loaded.filter((name) => name.startsWith("proxy")),
    [],
  );
});
