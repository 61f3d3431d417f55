import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { installed } from "../support/installed.ts";
import { eventually, withoutPty } from "../support/pty.ts";
import { bourneShells } from "../support/shells/bourne.ts";
import { elvishSettings, elvishWith } from "../support/shells/elvish.ts";
import { fish } from "../support/shells/fish.ts";
import { signIn } from "../support/shells/scripts.ts";
import { open } from "../support/shells/shell.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-elvish-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = join(folder, "rc.elv");
writeFileSync(startFile, elvishSettings);

// bash, zsh, tcsh, xonsh and nushell have such a test of their own.
for (const shell of [...bourneShells, fish, elvishWith(startFile)]) {
  test(`${shell.name}: the prompt starts no process`, { skip: withoutPty() }, async (t) => {
    const opened = await open(t, shell);
    if (!opened || !installed("strace", t)) return;
    const { desk, session } = opened;
    await signIn(desk);
    await session.line(shell.activate, "(-) ");
    await session.line("aws-as my-role1", "(my-role1) ");
    const { pid } = session.pty;
    const trace = join(desk.home.path, "trace");
    const calls = "trace=fork,vfork,clone,clone3,execve";
    const strace = spawn("strace", ["-f", "-qq", "-e", calls, "-o", trace, "-p", String(pid)], {
      stdio: "ignore",
    });
    await eventually(() => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, "utf8")), "strace");
    for (let at = 0; at < 5; at++) await session.line("");
    // The trace works.
    await session.line("/bin/true");
    strace.kill("SIGINT");
    await once(strace, "exit");
    const started = readFileSync(trace, "utf8")
      .split("\n")
      .filter((line) => /fork|clone|execve/.test(line) && !/CLONE_THREAD|resumed/.test(line));
    assert.deepEqual(
      started.filter((line) => /execve/.test(line)).map((line) => /"([^"]*)"/.exec(line)?.[1]),
      ["/bin/true"],
    );
    assert.equal(started.length, 2, started.join("\n"));
  });
}
