import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import * as fc from "fast-check";
import { xonsh as dialect } from "../../src/emit/xonsh.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { withoutPty } from "../support/pty.ts";
import { awsVariables, open } from "../support/shells/shell.ts";
import { storyOf } from "../support/shells/story.ts";
import { xonshSettings, xonshWith } from "../support/shells/xonsh.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-xonsh-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = join(folder, "rc.xsh");
writeFileSync(startFile, xonshSettings);
const xonsh = xonshWith(startFile);

storyOf(xonsh);

const values = [
  ...hostileValues,
  ...fc.sample(fc.string({ unit: "binary", maxLength: 40 }), { numRuns: 100, seed: 3 }),
].filter((value) => !value.includes("\0"));

test("xonsh: every hostile value arrives as it is, and none is run", (t) => {
  if (!installed("xonsh", t)) return;
  const code = join(folder, "code.py");
  writeFileSync(code, dialect.render(values.map((value, at) => ({ kind: "set", name: `V${at}`, value }))));
  const script = join(folder, "script.xsh");
  writeFileSync(
    script,
    `execx($(cat ${code}))
import json
print(json.dumps([__xonsh__.env.detype()["V" + str(at)] for at in range(${values.length})]))
`,
  );
  const { stdout, stderr } = spawnSync("xonsh", ["--no-rc", script], { cwd: folder, encoding: "utf8" });
  assert.deepEqual(JSON.parse(stdout || "null"), values, stderr);
  assert.equal(existsSync(join(folder, "pwned")), false);
});

test("xonsh: Ctrl-C at the question changes nothing; a name without credentials has a prompt", {
  skip: withoutPty(),
}, async (t) => {
  const opened = await open(t, xonsh);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line(xonsh.activate, "(-) ");
  const before = awsVariables(await session.variables(), desk);
  session.type("aws-as my-user1");
  await session.pty.waitFor("MFA code for my-user1 (arn:aws:iam::111111111111:mfa/my-user1): ");
  session.pty.press("ctrl-c");
  await session.nextPrompt("(-) ");
  assert.deepEqual(awsVariables(await session.variables(), desk), before);
  await session.line('$AWS_AS_IDENTITY = "x"', "(x) ");
});
