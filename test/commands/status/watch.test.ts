import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import test from "node:test";
import { actAs } from "../../../src/credentials/act-as.ts";
import { type FakeMachine, fakeMachine } from "../../support/fake-machine.ts";
import { device } from "../../support/identities.ts";
import { runArgv } from "../../support/run-argv.ts";
import { scriptedPrompt } from "../../support/scripted-prompt.ts";
import { text } from "../../support/told.ts";

const config = `[profile u]\nmfa_serial = ${device}\n
[profile r]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n
[aws-as]\nsession_seconds = 1800\n`;
const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = s\n";
const minute = 60_000;

/** A user's session of 30 minutes and a role of an hour, watched until some minutes have passed. */
async function watched(
  minutes: number,
  options: { columns?: number; json?: boolean; before?: (fake: FakeMachine) => void } = {},
) {
  const fake = fakeMachine({ config, credentials, ask: scriptedPrompt("123456") });
  await actAs({ name: "r", way: "keep", unattended: false }, fake, assert.fail);
  const end = fake.clock.now() + minutes * minute;
  const over = new AbortController();
  const desktop: string[] = [];
  const machine = {
    ...fake,
    clock: {
      ...fake.clock,
      sleep: async (milliseconds: number) => {
        options.before?.(fake);
        fake.clock.advance(milliseconds);
        if (fake.clock.now() >= end) over.abort();
      },
    },
    whileWanted: (work: (signal: AbortSignal) => Promise<void>) => work(over.signal),
    notify: async (words: string) => void desktop.push(words),
  };
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const words = ["status", "--watch", ...(options.json ? ["--json"] : [])];
  const status = await runArgv(words, {
    machine,
    ...streams,
    colorDepth: 1,
    failure: "",
    columns: options.columns,
  });
  assert.equal(status, 0);
  return { stdout: text(streams.stdout).replaceAll("\x1b", "ESC"), stderr: text(streams.stderr), desktop };
}

test("elsewhere than on a terminal, a line is written when it has changed", async () => {
  const { stdout, stderr } = await watched(2);
  assert.deepEqual(stdout.split("\n"), [
    "(-) this shell acts as nobody",
    "sessions in the store:",
    "  session of role r in 111111111111, 1 h 0 min left",
    "  session of user u (key …USER), 30 min left",
    "  session of role r in 111111111111, 59 min left",
    "  session of user u (key …USER), 29 min left",
    "  session of role r in 111111111111, 58 min left",
    "  session of user u (key …USER), 28 min left",
    "",
  ]);
  assert.equal(stderr, "");
});

test("ten minutes before its end, a session that takes a code is told of once, with the command", async () => {
  const { stderr, desktop } = await watched(29);
  const told =
    "the session of user u (key …USER) ends in 10 min, and takes a code to renew: aws-as login u --renew";
  assert.equal(stderr, `aws-as: ${told}\n`);
  // The role's own, which is renewed without a person, is not told of.
  assert.deepEqual(desktop, [told]);
});

test("on a terminal, what was shown is drawn over, with the notice below and one bell", async () => {
  const { stdout, stderr } = await watched(25, { columns: 60 });
  assert.equal(stderr, "");
  const drawn = stdout.split(/ESC\[\d+AESC\[J/);
  assert.ok(drawn.length > 20, stdout);
  assert.equal(drawn.join("").split("\x07").length, 2);
  assert.match(
    drawn.at(-1) ?? "",
    /\nthe session of user u \(key \.\.\.USER\) ends in 5 min, and t\.\.\.\n {2}aws-as login u --renew\n\rESC\[K$/,
  );
  for (const line of stdout.split("\n")) assert.ok(line.replace(/ESC\[\d*[AJK]/g, "").length <= 60, line);
});

test("for programs, a line of JSON each time that something has changed", async () => {
  const { stdout } = await watched(1, { json: true });
  const lines = stdout.trim().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).sessions.length),
    [2, 2],
  );
});
