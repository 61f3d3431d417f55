import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { makeHome, started } from "../support/home.ts";
import { startPty, withoutPty } from "../support/pty.ts";

test("on a terminal, Ctrl-C ends it cleanly", { skip: withoutPty() }, async (t) => {
  const home = makeHome();
  const [node, ...words] = started();
  const pty = startPty(node, [...words, "status", "--watch"], { env: home.env });
  t.after(async () => {
    await pty.close();
    home.remove();
  });
  await pty.waitFor("this shell acts as nobody");
  pty.press("ctrl-c");
  assert.deepEqual(await pty.exit(), { code: 0, signal: 0 });
  assert.deepEqual(pty.screen().filter(Boolean).slice(0, 1), ["(-) this shell acts as nobody"]);
  assert.doesNotMatch(pty.output(), /error|cancel/);
});

test("it ends when the reader of its lines has gone, or its caller", async (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const child = home.start(["status", "--watch"]);
  await once(child.stdout ?? child, "data");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
