/** A link to the console in a real browser: it is signed in, and whoever looks at the processes sees nothing of it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { processesOf } from "../support/processes-of.ts";
import { eventually } from "../support/pty.ts";

test("Chromium arrives at the console as the role, in a profile of its own, and stays with no secret in its words", {
  timeout: 120_000,
}, async (t) => {
  if (!installed("chromium", t)) return;
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  // The end of a browser is the end of some ten processes.
  t.after(async () => {
    for (const { pid } of browserOf()) process.kill(pid, "SIGKILL");
    await eventually(() => browserOf().length === 0, "the end of Chromium");
    home.remove();
  });
  const browserOf = () => processesOf(home).filter(({ command }) => command.includes("chromium"));
  const login = await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  const folder = join(home.path, "data");
  const own = `--headless --no-sandbox --disable-gpu --user-data-dir=${folder} --remote-debugging-port=0`;
  const browser = join(home.path, "chromium");
  writeFileSync(browser, `#!/bin/sh\nexec chromium ${own} "$@"\n`, { mode: 0o755 });
  const run = await home.run(["console", "my-role1", "--service", "s3", "--browser-profile", "work"], {
    env: { BROWSER: browser },
  });
  assert.equal(run.status, 0, run.stderr);
  await eventually(() => fake.console.opened.length > 0, "a sign-in");
  assert.deepEqual(
    fake.console.opened.map(({ principal }) => principal),
    [one.role1],
  );
  const port = readFileSync(join(folder, "DevToolsActivePort"), "utf8").split("\n")[0];
  const titles = async () => {
    const pages = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { title: string }[];
    return pages.map(({ title }) => title);
  };
  while (!(await titles()).includes("AWS Management Console")) await delay(50);
  assert.ok(existsSync(join(folder, "work")), "the profile");

  // It lives for days; the address that it was started with has been answered, once.
  const words = browserOf().map(({ command }) => command);
  assert.ok(words.length > 1);
  const address = words.map((each) => /http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}/.exec(each)?.[0]).find(Boolean);
  await assert.rejects(fetch(address ?? assert.fail(words.join("\n"))));
  for (const secret of [...fake.secrets(), ...fake.console.secrets()])
    for (const each of words) assert.ok(!each.includes(secret));
});
