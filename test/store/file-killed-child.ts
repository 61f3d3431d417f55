/**
 * Uses a file store until it is killed: `FOLDER PASSPHRASE RUN`. Says each step when it is done.
 */
import { writeSync } from "node:fs";
import { fileStore } from "../../src/store/file/file.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";
import { fileKillSteps } from "../support/file-kill-steps.ts";

const [, , folder = "", passphrase = "", run = ""] = process.argv;
const store = fileStore({
  folder,
  userId: process.getuid?.(),
  clock: systemClock,
  passphrase: async () => new Secret(passphrase),
  cost: { N: 16, r: 8, p: 1 },
});
for (const [number, { item, value }] of fileKillSteps(run).entries()) {
  if (value === undefined) await store.remove(item.name);
  else await store.write(item, value);
  writeSync(1, `${number + 1}\n`);
}
