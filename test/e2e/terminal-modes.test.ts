import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk } from "../support/desk.ts";
import { startPty, withoutPty } from "../support/pty.ts";

test("an end leaves the terminal in the modes that others have given it meanwhile", {
  skip: withoutPty(),
}, async (t) => {
  const { home, env } = await makeDesk(t);
  // Not interactive: everything is in the terminal's foreground. A shell that edits a line, or an editor, comes while we ask.
  const script = `
    aws-as process my-role1 < /dev/tty > /dev/tty 2> /dev/tty &
    until [ -e asked ]; do sleep 0.05; done
    stty -echo -icanon
    kill -TERM $!
    wait $!
    echo status $?
    stty -a
    echo done
  `;
  const terminal = startPty("bash", ["--noprofile", "--norc", "-c", script], {
    cwd: home.path,
    env: { ...env },
  });
  t.after(() => terminal.close());
  await terminal.waitFor(`MFA code for my-user1 (${one.mfaSerial}): `);
  writeFileSync(join(home.path, "asked"), "");
  const end = await terminal.waitFor("done\n");
  assert.match(end, /status 130\n/);
  assert.match(end, / -icanon /);
  assert.match(end, / -echo /);
});
