import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { appendLine, filesOfLog, mostBytes } from "../../../src/system/files/log-file.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-log-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const unlocked = async () => undefined;
const locked = async () => ({ release: () => undefined });

test("100 writers have one log, which is put aside meanwhile: each line is there, once and whole", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "log.jsonl");
  const writers = 100;
  const each = 15;
  // To the kernel a thread with an open file of its own is as good as a process, and starts for less.
  const threads = process.env["AWS_AS_TEST_LONG"] === "1" ? 1 : 20;
  // Full soon, and twice.
  const filler = `${JSON.stringify({ filler: "x".repeat(1000) })}\n`;
  writeFileSync(path, filler.repeat(Math.ceil((mostBytes - 40_000) / filler.length)));
  const source = resolve(import.meta.dirname, "../../../src/system");
  const code = `
    import { once } from "node:events";
    import { Worker, isMainThread, workerData } from "node:worker_threads";
    import { appendLine } from ${JSON.stringify(`${source}/files/log-file.js`)};
    const lock = async (path) => {
      const { lockFile } = await import(${JSON.stringify(`${source}/files/lock.js`)});
      const { systemClock: clock } = await import(${JSON.stringify(`${source}/clock.js`)});
      return lockFile(path + ".lock", { clock, deadline: 0 });
    };
    const write = async ({ path, writer }) => {
      for (let line = 0; line < ${each}; line += 1) {
        const text = JSON.stringify({ writer, line, rest: "y".repeat((line * 997) % 9000) });
        await appendLine(path, text, () => lock(path));
      }
    };
    if (isMainThread) {
      const [file, path, first] = process.argv.slice(2);
      const all = Array.from({ length: ${threads - 1} }, (_, thread) =>
        new Worker(file, { workerData: { path, writer: Number(first) + 1 + thread } }));
      await Promise.all(all.map((worker) => once(worker, "message")));
      process.stdout.write("ready");
      await once(process.stdin, "data");
      const ends = all.map((worker) => once(worker, "exit"));
      for (const worker of all) worker.postMessage("go");
      await write({ path, writer: Number(first) });
      await Promise.all(ends);
      process.exit(0);
    }
    const { parentPort } = await import("node:worker_threads");
    parentPort.postMessage("ready");
    await once(parentPort, "message");
    await write(workerData);
    process.exit(0);`;
  const file = join(folder, "writer.mjs");
  writeFileSync(file, code);
  const all = Array.from({ length: writers / threads }, (_, index) =>
    spawn(process.execPath, [file, file, path, String(index * threads)], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  await Promise.all(all.map(({ stdout }) => once(stdout, "data")));
  const ends = all.map((child) => once(child, "exit"));
  for (const { stdin } of all) stdin.write("go");
  for (const end of await Promise.all(ends)) assert.deepEqual(end, [0, null]);

  const read = (file: string) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  };
  const files = filesOfLog(path).map(read);
  assert.ok(files.filter((text) => text !== "").length >= 3, "the log was put aside more than once");
  const entries = files
    .join("")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  const found = entries
    .filter(({ writer }) => writer !== undefined)
    .map(({ writer, line }) => `${writer} ${line}`);
  assert.equal(found.length, writers * each);
  assert.equal(new Set(found).size, writers * each);
});

test("a log and its folder are made for this user only, and old ones are kept and forgotten in turn", async (t) => {
  const folder = join(folderFor(t), "new", "folder");
  const path = join(folder, "log");
  const full = "z".repeat(mostBytes);
  for (const name of ["first", "second", "third", "fourth", "fifth"])
    await appendLine(path, name + full, locked);
  await appendLine(path, "sixth", unlocked);
  assert.deepEqual([statSync(folder).mode & 0o777, statSync(path).mode & 0o777], [0o700, 0o600]);
  assert.deepEqual(
    filesOfLog(path).map((file) => readFileSync(file, "utf8").slice(0, 5)),
    ["third", "fourt", "fifth", "sixth"],
  );
});

test("who cannot have the lock leaves a full log where it is", async (t) => {
  const path = join(folderFor(t), "log");
  await appendLine(path, "z".repeat(mostBytes), unlocked);
  await appendLine(path, "last", unlocked);
  assert.match(readFileSync(path, "utf8"), /z\nlast\n$/);
});

test("a log that cannot be written is an error that names it", async (t) => {
  const folder = folderFor(t);
  await assert.rejects(appendLine(folder, "x", unlocked), {
    message: `cannot write to the log ${folder}: it is a folder`,
  });
  await assert.rejects(appendLine("/dev/full", "x", unlocked), /no space left on the disk/);
  const closed = join(folder, "closed");
  await appendLine(closed, undefined, unlocked);
  assert.equal(statSync(closed).size, 0, "without a line it is only tried");
  chmodSync(closed, 0o400);
  if (process.getuid?.() !== 0) await assert.rejects(appendLine(closed, "x", unlocked), /permission denied/);
});
