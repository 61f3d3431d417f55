import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { configOfFive } from "../support/aws/world-of-five.ts";
import { ended, type Home, makeHome, type Run } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { killPointsOf, ofHome, runKilledAt } from "../support/killed.ts";
import { withoutLong } from "../support/long.ts";

const init = ["init", "--offline"];
const isRoot = process.getuid?.() === 0;
/** Somebody who does not exist: only root can give files to them. */
const stranger = { uid: 4242, gid: 4343 };

/** A home whose config is a link into a folder of dotfiles, with what `init` makes of it. */
async function linkedHome(t: TestContext, args: readonly string[] = init) {
  const home = makeHome();
  t.after(() => home.remove());
  const dotfiles = join(home.path, "dotfiles");
  const target = join(dotfiles, "aws-config");
  mkdirSync(dotfiles);
  const before = `# mine\r\n${configOfFive()}\n[plugins]\nodd = 1 `;
  writeFileSync(target, before);
  chmodSync(target, 0o640);
  if (isRoot) chownSync(target, stranger.uid, stranger.gid);
  rmSync(home.configFile);
  symlinkSync("../dotfiles/aws-config", home.configFile);

  const done = await home.run(args);
  assert.deepEqual([done.status, done.stdout], [0, ""], done.stderr);
  const after = readFileSync(target, "utf8");
  assert.notEqual(after, before);
  writeFileSync(target, before);

  /** Asserts that the file is the old or the new one, and what it was; then puts the old one back. */
  const settle = (what: string): "old" | "new" => {
    const now = readFileSync(target, "utf8");
    assert.ok(now === before || now === after, `${what} left this config:\n${now}`);
    assert.ok(lstatSync(home.configFile).isSymbolicLink(), `${what} replaced the link`);
    assert.equal(readlinkSync(home.configFile), "../dotfiles/aws-config");
    const about = statSync(target);
    assert.equal(about.mode & 0o7777, 0o640, what);
    if (isRoot) assert.deepEqual({ uid: about.uid, gid: about.gid }, stranger, what);
    writeFileSync(target, before);
    // Each one is looked at by the next run, whose calls would then be more with every kill.
    removeLeftovers(dotfiles);
    return now === after ? "new" : "old";
  };
  return { home, dotfiles, before, after, settle };
}

/** Removes what killed runs left, but for the last, with which the next run has to live. */
function removeLeftovers(folder: string): void {
  const left = readdirSync(folder).filter((name) => name.endsWith(".tmp"));
  for (const name of left.slice(1)) rmSync(join(folder, name));
}

/** Asserts that the next run finishes the work, and that a run ten minutes later leaves nothing else behind. */
async function assertMended(home: Home, folder: string, left: readonly string[], after: string) {
  const next = await home.run(init);
  assert.equal(next.status, 0, next.stderr);
  assert.equal(home.config(), after);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1);
  const undone = await home.run(["init", "--remove"]);
  assert.equal(undone.status, 0, undone.stderr);
  assert.deepEqual(readdirSync(folder).sort(), [...left].sort());
}

test("init killed at any of its system calls leaves the old config or the new one", async (t) => {
  if (!installed("strace", t)) return;
  const { home, dotfiles, before, after, settle } = await linkedHome(t);
  const victim = ofHome(home, init);
  const points = await killPointsOf(victim, { unseen: true });
  settle("a whole run");
  const found = new Set<string>();
  for (const point of points) {
    const { signal } = await runKilledAt(victim, point);
    assert.equal(signal, "SIGKILL", `it was not killed after ${point.after}`);
    const state = settle(`a kill after ${point.after}`);
    found.add(`${/^\w+/.exec(point.after)?.[0]}: ${state}`);
  }
  t.diagnostic([...found].join(", "));
  // Without these the kills were not where they should have been.
  const kinds = ["openat: old", "write: old", "fchmod: old", "rename: new"];
  for (const key of [...kinds, ...(isRoot ? ["fchown: old"] : [])]) {
    assert.ok(found.has(key), `no kill gave "${key}"`);
  }
  await assertMended(home, dotfiles, ["aws-config"], after);
  assert.equal(home.config(), before);
});

test("adoption and its undoing killed while they write leave the old config or the new one", async (t) => {
  if (!installed("strace", t)) return;
  const adopt = [...init, "--adopt"];
  const { home, dotfiles, before, after, settle } = await linkedHome(t, adopt);
  const target = join(dotfiles, "aws-config");
  const found = new Set<string>();
  for (const [args, start, end] of [
    [adopt, before, after],
    [["init", "--remove"], after, before],
  ] as const) {
    const victim = ofHome(home, args);
    writeFileSync(target, start);
    const points = await killPointsOf(victim, { unseen: true });
    settle(`a whole run of ${args.join(" ")}`);
    for (const point of points) {
      writeFileSync(target, start);
      const { signal } = await runKilledAt(victim, point);
      const what = `a kill of ${args.join(" ")} after ${point.after}`;
      assert.equal(signal, "SIGKILL", what);
      const state = settle(what) === "new" ? after : before;
      found.add(`${args.at(-1)} ${/^\w+/.exec(point.after)?.[0]} ${state === end ? "done" : "not yet"}`);
    }
  }
  for (const args of ["--adopt", "--remove"]) {
    for (const key of ["openat not yet", "write not yet", "rename done"])
      assert.ok(found.has(`${args} ${key}`), `no kill gave "${args} ${key}"`);
  }
});

test("init killed after any time leaves the old config or the new one", {
  skip: withoutLong(),
}, async (t) => {
  const { home, dotfiles, after, settle } = await linkedHome(t);
  const began = performance.now();
  assert.equal((await home.run(init)).status, 0);
  const usual = performance.now() - began;
  settle("a whole run");
  const kills = 150;
  let killed = 0;
  let late = 0;
  for (let turn = 0; turn < kills || killed < kills; turn += 1) {
    assert.ok(turn < 10 * kills, `only ${killed} of ${turn} runs could be killed`);
    const child = home.start(init);
    const end = ended(child);
    // Spread evenly, with the second half, in which the writing happens, twice as dense.
    const part = (turn % kills) / kills;
    await Promise.race([delay(usual * (part < 1 / 3 ? part * 1.5 : 0.25 + part * 0.75)), end]);
    child.kill("SIGKILL");
    const run: Run = await end;
    const state = settle(`a kill after ${Math.round(part * 100)} %`);
    if (run.signal === "SIGKILL") killed += 1;
    else assert.deepEqual([run.status, state], [0, "new"], run.stderr);
    if (state === "new") late += 1;
  }
  t.diagnostic(
    `${killed} runs of about ${Math.round(usual)} ms killed; ${late} times the new config was there`,
  );
  await assertMended(home, dotfiles, ["aws-config"], after);
});

test("init killed while it writes the very first config leaves none, or all of it", async (t) => {
  if (!installed("strace", t)) return;
  const home = makeHome();
  t.after(() => home.remove());
  const folder = join(home.path, ".aws");
  rmSync(home.configFile);
  assert.equal((await home.run(init)).status, 0);
  const whole = home.config();
  rmSync(home.configFile);
  const victim = ofHome(home, init);
  const points = await killPointsOf(victim, { unseen: true });
  assert.ok(points.length > 3, `${points.length} states`);
  for (const point of points) {
    rmSync(home.configFile, { force: true });
    assert.equal((await runKilledAt(victim, point)).signal, "SIGKILL");
    if (existsSync(home.configFile)) {
      assert.equal(home.config(), whole);
      assert.equal(statSync(home.configFile).mode & 0o7777, 0o600);
    }
    removeLeftovers(folder);
  }
  // Beside them, the file that is locked while init writes.
  await assertMended(home, folder, ["aws-as", "config", "credentials"], whole);
});
