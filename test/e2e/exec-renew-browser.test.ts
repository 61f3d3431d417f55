/** What a page in a real browser on this machine can have of `exec --renew`: nothing, even where it knows the token. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { ended, makeHome } from "../support/home.ts";
import { installed } from "../support/installed.ts";

/** Asks in every way that a page has, and writes what came of each into itself. */
function page(url: string, token: string): string {
  const rebound = url.replace("127.0.0.1", "rebound.example");
  return `<!doctype html><pre id="out"></pre><script type="module">
    const say = (what, came) => { document.getElementById("out").textContent += what + ": " + came + "\\n"; };
    const headers = { authorization: ${JSON.stringify(token)} };
    const read = async (url, options) => {
      try { const answer = await fetch(url, options); return answer.type + " " + answer.status + " " + await answer.text(); }
      catch (error) { return String(error); }
    };
    say("plain", await read(${JSON.stringify(url)}));
    say("with the token", await read(${JSON.stringify(url)}, { headers }));
    say("opaque", await read(${JSON.stringify(url)}, { mode: "no-cors" }));
    say("rebound", await read(${JSON.stringify(rebound)}, { headers }));
    const script = document.createElement("script");
    script.src = ${JSON.stringify(url)};
    await new Promise((done) => { script.onload = () => done(say("script", "loaded")); script.onerror = () => done(say("script", "refused")); document.head.append(script); });
    const frame = document.createElement("iframe");
    frame.src = ${JSON.stringify(url)};
    await new Promise((done) => { frame.onload = done; document.body.append(frame); });
    try { say("frame", frame.contentDocument?.body.textContent ?? "another origin"); } catch (error) { say("frame", error); }
    say("done", "");
  </script>`;
}

test("a page in Chromium gets no credentials, by any way and with the token in its hand", async (t) => {
  if (!installed("chromium", t)) return;
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const code = fake.code(one.mfaSerial);
  const command = [
    "sh",
    "-c",
    'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; exec tail --pid=$PPID -f /dev/null',
  ];
  const child = home.start(["exec", "--renew", "--code", code, "my-role1", "--", ...command]);
  t.after(() => child.kill("SIGTERM"));
  let told = "";
  child.stderr?.on("data", (text) => {
    told += text;
  });
  const [text] = (await once(child.stdout ?? child, "data")) as [Buffer];
  const [url = "", token = ""] = String(text).trim().split(" ");
  assert.match(url, /^http:/);
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(page(url, token)),
  );
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = mkdtempSync(join(tmpdir(), "aws-as-chromium-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const browser = spawn(
    "chromium",
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}`, "--no-first-run"],
      ...["--host-resolver-rules=MAP rebound.example 127.0.0.1", "--virtual-time-budget=20000", "--dump-dom"],
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], HOME: folder }, detached: true },
  );
  t.after(() => browser.kill("SIGKILL"));
  const { stdout } = await ended(browser);
  const said = /<pre id="out">([^<]*)/.exec(stdout)?.[1] ?? stdout;
  assert.match(said, /^done: /m, stdout);
  assert.match(
    said,
    /^plain: TypeError: Failed to fetch\nwith the token: TypeError: Failed to fetch\nopaque: opaque 0 \n/,
  );
  assert.match(said, /^rebound: TypeError: Failed to fetch$/m);
  assert.match(said, /^script: refused$/m);
  assert.doesNotMatch(said, /AccessKeyId|ASIA/);
  // It was asked, and it was no accident that nothing came.
  assert.match(told, /refused a request for credentials: a browser asked\n/);
});
