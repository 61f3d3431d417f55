import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../../src/system/clock.ts";
import { lockFile } from "../../../src/system/files/lock.ts";

/**
 * Takes the lock of the file named first and writes begin and end into the log named second. A third word
 * `hold` keeps the lock until the process is killed; `child` does so too, with a child that outlives us.
 */
const [, , path = "", log = "", mode] = process.argv;
const lock = await lockFile(path, { clock: systemClock, onWait: () => process.stdout.write("waiting\n") });
if (!lock?.held) throw new Error("not locked");
appendFileSync(log, `begin ${process.pid}\n`);
if (mode === undefined) {
  await delay(10);
  appendFileSync(log, `end ${process.pid}\n`);
  lock.release();
} else {
  if (mode === "child") {
    const { spawn } = await import("node:child_process");
    const child = spawn("sleep", ["30"], { stdio: "ignore", detached: true });
    process.stdout.write(`child ${child.pid}\n`);
  }
  process.stdout.write("held\n");
  setInterval(() => {}, 1000);
}
