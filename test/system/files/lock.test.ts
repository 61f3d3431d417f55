import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import test, { type TestContext } from "node:test";
import { type Clock, systemClock } from "../../../src/system/clock.ts";
import { type Lock, lockFile } from "../../../src/system/files/lock.ts";
import { installed } from "../../support/installed.ts";

const driver = join(import.meta.dirname, "lock-driver.js");

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "aws-as-lock-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function locked(path: string): Promise<Lock> {
  const lock = await lockFile(path, { clock: systemClock });
  assert.ok(lock?.held, "the lock is ours");
  return lock;
}

/** Starts the driver and waits until it says that it holds the lock. */
async function holder(
  context: TestContext,
  path: string,
  mode: "hold" | "child",
  options: readonly string[] = [],
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...options, driver, path, `${path}.log`, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stdout })) {
    const grandchild = /^child (\d+)$/.exec(line)?.[1];
    if (grandchild) context.after(() => process.kill(Number(grandchild), "SIGKILL"));
    if (line === "held") break;
  }
  return child;
}

test("of twenty processes one at a time has the lock, and all get it", async (context) => {
  const path = join(folder(context), "deep", "lock");
  const log = join(folder(context), "log");
  const children = Array.from({ length: 20 }, () =>
    spawn(process.execPath, [driver, path, log], { stdio: ["ignore", "ignore", "inherit"] }),
  );
  for (const [code] of await Promise.all(children.map((child) => once(child, "exit")))) assert.equal(code, 0);
  const lines = readFileSync(log, "utf8").trim().split("\n");
  assert.equal(lines.length, 40);
  for (let index = 0; index < lines.length; index += 2) {
    assert.equal(lines[index + 1], lines[index]?.replace("begin", "end"), `no overlap at line ${index}`);
  }
});

for (const [mode, name] of [
  ["hold", "a holder that is killed frees the lock"],
  ["child", "a child of a killed holder does not keep the lock"],
] as const) {
  test(name, async (context) => {
    const path = join(folder(context), "lock");
    const child = await holder(context, path, mode);
    let waits = 0;
    const waiting = lockFile(path, {
      clock: systemClock,
      deadline: systemClock.monotonic() + 20_000,
      onWait: () => {
        waits += 1;
        child.kill("SIGKILL");
      },
    });
    assert.equal((await waiting)?.held, true);
    assert.equal(waits, 1);
  });
}

test("the folder and the file are for their owner alone, and the file stays", async (context) => {
  const path = join(folder(context), "new", "folder", "lock");
  (await locked(path)).release();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
  assert.equal(statSync(join(path, "..", "..")).mode & 0o777, 0o700);
});

test("a lock is free again after its release, which may be said twice", async (context) => {
  const path = join(folder(context), "lock");
  const first = await locked(path);
  first.release();
  const second = await locked(path);
  first.release();
  assert.equal(await lockFile(path, { clock: systemClock, deadline: 0 }), undefined);
  second.release();
});

test("waiting ends at the deadline", async (context) => {
  const path = join(folder(context), "lock");
  const lock = await locked(path);
  let now = 1_000_000;
  const slept: number[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
  assert.equal(await lockFile(path, { clock, deadline: now + 1000 }), undefined);
  assert.equal(now, 1_001_000);
  assert.ok(slept.length >= 20 && slept.every((time) => time <= 50), `slept ${slept}`);
  lock.release();
});

test("a lock that is free is taken even when the deadline has passed", async (context) => {
  const lock = await lockFile(join(folder(context), "lock"), { clock: systemClock, deadline: 0 });
  assert.equal(lock?.held, true);
  lock?.release();
});

test("waiting ends when it is aborted, with the reason given", async (context) => {
  const path = join(folder(context), "lock");
  const lock = await locked(path);
  const stop = new AbortController();
  const reason = new Error("enough");
  const waiting = lockFile(path, {
    clock: systemClock,
    signal: stop.signal,
    onWait: () => setImmediate(() => stop.abort(reason)),
  });
  await assert.rejects(waiting, (error) => error === reason);
  await assert.rejects(
    lockFile(path, { clock: systemClock, signal: stop.signal }),
    (error) => error === reason,
  );
  lock.release();
});

test("a place that takes no lock gives a lock that holds nothing and says why", async (context) => {
  const file = join(folder(context), "file");
  writeFileSync(file, "");
  for (const path of [join(file, "lock"), "/proc/aws-as/lock", folder(context)]) {
    const lock = await lockFile(path, { clock: systemClock });
    assert.ok(lock && !lock.held, path);
    assert.match(lock.because, /ENOTDIR|ENOENT|EISDIR|EACCES|EEXIST|is not a folder|cannot make the folder/);
    lock.release();
  }
});

test("attack-09: a clock that is set back does not make a wait longer", async (context) => {
  const path = join(folder(context), "lock");
  const lock = await locked(path);
  let wall = 10 * 3_600_000;
  const clock: Clock = {
    ...systemClock,
    now: () => {
      wall -= 3_600_000;
      return wall;
    },
  };
  const began = performance.now();
  assert.equal(await lockFile(path, { clock, deadline: clock.monotonic() + 100 }), undefined);
  assert.ok(performance.now() - began < 10_000);
  lock.release();
});

const nobody = 65_534;

test("attack-07: a lock of another user is an error with the way out, and not no lock", {
  skip: process.getuid?.() !== 0 && "only root can give files away",
}, async (context) => {
  const own = folder(context);
  const path = join(own, "locks", "keys");
  mkdirSync(join(own, "locks"));
  writeFileSync(path, "");
  for (const other of [path, join(own, "locks")]) {
    chownSync(other, nobody, nobody);
    await assert.rejects(
      lockFile(path, { clock: systemClock }),
      /you are root, and ".*" belongs to user 65534/,
    );
    chownSync(other, 0, 0);
  }
  // The other way round: root made the file in the user's folder.
  chownSync(own, nobody, nobody);
  chownSync(join(own, "locks"), nobody, nobody);
  const child = spawn(process.execPath, [driver, path, `${path}.log`, "hold"], { uid: nobody, gid: nobody });
  let told = "";
  child.stderr.on("data", (bytes) => {
    told += bytes;
  });
  await once(child, "close");
  assert.match(told, /locks\/keys" belongs to another user \(root: perhaps a run under sudo made it\)/);
});

/** The words that have Node.js run a line before the program. */
function before(context: TestContext, line: string): string[] {
  const file = join(folder(context), "before.cjs");
  writeFileSync(file, line);
  return ["--require", file];
}

const alpine = `const fs = require("fs"); const { existsSync } = fs;
  fs.existsSync = (path) => path === "/etc/alpine-release" || existsSync(path);`;

test("on Alpine, for which the package has no binary, there is a lock all the same", {
  skip: process.platform !== "linux",
}, async (context) => {
  const path = join(folder(context), "lock");
  await holder(context, path, "hold", before(context, alpine));
  assert.equal(await lockFile(path, { clock: systemClock, deadline: 0 }), undefined);
});

test("the binary that Alpine gets for its locks needs nothing that musl lacks", {
  skip: process.platform !== "linux" || process.arch !== "x64",
}, (context) => {
  if (!installed("musl-gcc", context)) return;
  const at = folder(context);
  const binary = resolve(
    import.meta.dirname,
    "../../../../node_modules/fs-native-extensions/prebuilds/linux-x64/fs-native-extensions.node",
  );
  const wanted = execFileSync("nm", ["-D", "--undefined-only", binary], { encoding: "utf8" });
  // In place of Node.js, which no registry here has for musl, a program that has what Node.js offers to addons.
  const offered = [...new Set(wanted.match(/\b(napi|uv|node)_\w+/g))].map((name) => `void ${name}(void) {}`);
  const main = `#include <dlfcn.h>
    #include <stdio.h>
    int main(int count, char **words) { if (dlopen(words[1], RTLD_NOW)) return 0; puts(dlerror()); return 1; }`;
  writeFileSync(join(at, "host.c"), [...offered, main].join("\n"));
  execFileSync("musl-gcc", ["-rdynamic", "-o", join(at, "host"), join(at, "host.c")]);
  const { status, stdout } = spawnSync(join(at, "host"), [binary], { encoding: "utf8" });
  assert.deepEqual([status, stdout], [0, ""]);
});

test("where the package was left out, or has no binary for the processor, nothing goes on without a lock", async (context) => {
  const path = join(folder(context), "lock");
  for (const line of [
    `const gone = (name, context, next) => {
        if (name === "fs-native-extensions") throw new Error("gone");
        return next(name, context);
      };
      const hook = encodeURIComponent("export const resolve = " + gone);
      require("node:module").register("data:text/javascript," + hook);`,
    'Object.defineProperty(process, "arch", { value: "arm" });',
  ]) {
    const child = spawn(process.execPath, [...before(context, line), driver, path, `${path}.log`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    const [status] = await once(child, "close");
    assert.notEqual(status, 0, line);
    assert.match(
      said,
      /UserError: (this program cannot lock files here \(\w+ on \w+\)|aws-as cannot run on linux on arm: )/,
    );
  }
  assert.ok(!existsSync(`${path}.log`));
});
