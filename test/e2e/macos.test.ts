import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { ended, type Home, makeHome, program } from "../support/home.ts";
import { startShell, withoutPty } from "../support/pty.ts";

/**
 * What aws-as does on macOS, run here: Node.js says that it is there, and there is no /proc. `ps`, `stty` and /dev/tty are
 * Debian's, by options that macOS has too; osascript is a stub. The addon for locks is loaded before: its binary for macOS
 * does not load here.
 */
const preload = `
  require(${JSON.stringify(createRequire(import.meta.url).resolve("fs-native-extensions", { paths: [dirname(program)] }))});
  const fs = require("node:fs");
  for (const name of ["readFileSync", "readlinkSync", "statSync", "existsSync"]) {
    const real = fs[name];
    fs[name] = (path, ...rest) => {
      if (!String(path).startsWith("/proc")) return real(path, ...rest);
      fs.appendFileSync(process.env.AWS_AS_TEST_PROC, name + " " + path + "\\n");
      throw Object.assign(new Error("ENOENT: there is no " + path), { code: "ENOENT" });
    };
  }
  require("node:module").syncBuiltinESMExports();
  Object.defineProperty(process, "platform", { value: "darwin" });
`;

interface Mac {
  readonly fake: FakeAws;
  readonly home: Home;
  readonly env: Record<string, string>;
  /** Looks for no /proc. */
  seesNoProc(): void;
}

/** A home with `aws-as` on the PATH, as it runs on macOS, and an osascript that gives this answer. */
async function mac(t: TestContext, answer = ""): Promise<Mac> {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const bin = join(home.path, "bin");
  mkdirSync(bin);
  writeFileSync(join(home.path, "darwin.cjs"), preload);
  const words = `${process.execPath} --require ${join(home.path, "darwin.cjs")} ${program}`;
  writeFileSync(join(bin, "aws-as"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  writeFileSync(join(bin, "osascript"), `#!/bin/sh\nprintf '%s\\n' "$@" >> ${home.path}/asked\n${answer}\n`, {
    mode: 0o755,
  });
  const proc = join(home.path, "proc");
  const env = { ...home.env, PATH: `${bin}:${process.env["PATH"]}`, AWS_AS_TEST_PROC: proc };
  const seesNoProc = () => assert.equal(existsSync(proc) ? readFileSync(proc, "utf8") : "", "");
  return { fake, home, env, seesNoProc };
}

test("macOS: who types is found by ps, and a job in the background is refused, not stopped", {
  skip: withoutPty(),
}, async (t) => {
  const { fake, home, env, seesNoProc } = await mac(t, "exit 1");
  const shell = await startShell("bash", { env: { ...env, AWS_AS_PROMPT: "terminal" }, cwd: home.path });
  t.after(() => shell.close());
  const refused = await shell.run("aws-as process my-role1 & wait $!; echo status $?; jobs");
  assert.match(refused, /aws-as: error: .* this is a background job/);
  assert.match(refused, /status 1\n$/);
  shell.type("aws-as login my-role1\r");
  await shell.waitFor("MFA code for my-user1");
  shell.type(`${fake.code(one.mfaSerial)}\r`);
  await shell.waitForPrompt();
  assert.match(shell.output(), /"my-role1" is good for/);
  const switched = await shell.run('eval "$(aws-as env my-role1)"; echo [$AWS_AS_IDENTITY] $?');
  assert.match(switched, /^\[my-role1\] 0$/m);
  seesNoProc();
});

test("macOS: without a terminal a dialog asks, and names the program that wants the code", async (t) => {
  const { fake, home, env, seesNoProc } = await mac(t, `cat "$HOME/code"`);
  writeFileSync(join(home.path, "code"), `${fake.code(one.mfaSerial)}\n`);
  // As an editor's extension in Python would run it, from a folder whose name has a blank; `sh -c` stands between.
  const folder = join(home.path, "My Editor.app");
  mkdirSync(folder);
  const script = join(folder, "deploy.py");
  writeFileSync(
    script,
    "import subprocess, sys\nsys.exit(subprocess.run('aws-as process my-role1; exit $?', shell=True).returncode)\n",
  );
  const { status, stdout, stderr } = await ended(
    spawn("/usr/bin/python3", ["deploy.py"], {
      cwd: folder,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  assert.equal(status, 0, stderr);
  assert.match(JSON.parse(stdout).AccessKeyId, /^ASIA/);
  assert.match(readFileSync(join(home.path, "asked"), "utf8"), /MFA code for .*my-user1[\s\S]*deploy\.py/);
  seesNoProc();

  // Nobody sees the windows of a Mac that is reached over SSH.
  const asked = readFileSync(join(home.path, "asked"), "utf8");
  const remote = spawnSync("aws-as", ["login", "my-role2", "--renew"], {
    env: { ...env, SSH_CONNECTION: "1 2 3 4", AWS_AS_DIR: join(home.path, "other") },
    encoding: "utf8",
  });
  assert.equal(remote.status, 1);
  assert.match(remote.stderr, /there is no way to ask/);
  assert.equal(readFileSync(join(home.path, "asked"), "utf8"), asked);
});
