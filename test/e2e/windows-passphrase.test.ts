import assert from "node:assert/strict";
import test from "node:test";
import { deskWithDisplay } from "../support/desk-with-display.ts";
import { eventually } from "../support/pty.ts";

/** A desk whose file store is closed, with a session in it. */
async function closedDesk(t: Parameters<typeof deskWithDisplay>[0], prompt: string) {
  const desk = await deskWithDisplay(t, prompt);
  if (!desk) return;
  const login = await desk.alone("aws-as", ["login", "my-role1", "--code", desk.code()]);
  assert.equal(login.status, 0, login.stderr);
  return { ...desk, closed: { AWS_AS_PASSPHRASE: "" } };
}

for (const program of ["zenity", "pinentry"]) {
  test(`${program}: the passphrase of the file store is asked for in a window, again when it was wrong`, async (t) => {
    const desk = await closedDesk(t, program);
    if (!desk) return;
    const running = desk.alone("aws-as", ["process", "my-role1"], desk.closed);
    await desk.display.answer("wrong");
    await desk.display.answer("correct horse");
    const { status, stdout, stderr } = await running;
    assert.equal(status, 0, stderr);
    assert.equal(JSON.parse(stdout).Version, 1);
    assert.equal(stderr, "");
  });
}

test("of many clients that need the passphrase one asks at a time, and a no is a no for all", async (t) => {
  const desk = await closedDesk(t, "zenity");
  if (!desk) return;
  const { alone, closed, display } = desk;
  const running = Array.from({ length: 6 }, () => alone("aws-as", ["process", "my-role1"], closed));
  await eventually(() => display.windows().length > 0, "a window");
  await display.press("Escape");
  const runs = await Promise.all(running);
  assert.deepEqual([...new Set(runs.map(({ status }) => status))], [130]);
  assert.equal(runs.filter(({ stderr }) => /a moment ago/.test(stderr)).length, 5);
  assert.deepEqual(display.windows(), []);
});

test("where no window comes up for the passphrase, it is said why", async (t) => {
  const desk = await closedDesk(t, "zenity");
  if (!desk) return;
  const { status, stderr } = await desk.alone("aws-as", ["process", "my-role1"], {
    ...desk.closed,
    DISPLAY: ":1999",
  });
  assert.equal(status, 1);
  assert.match(stderr, /needs its passphrase, and there is no way to ask for it: zenity: .*display/);
  assert.match(stderr, /hint: read -rs AWS_AS_PASSPHRASE/);
});
