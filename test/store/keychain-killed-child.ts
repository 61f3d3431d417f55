/**
 * Writes a key in several parts to a keychain until it is killed: `FOLDER RUN`. Says each step when it is done.
 */
import { writeSync } from "node:fs";
import { keychainStore } from "../../src/store/keychain/keychain.ts";
import { systemClock } from "../../src/system/clock.ts";
import { keychainKillSteps, killedKey } from "../support/keychain-kill-steps.ts";

const [, , folder = "", run = ""] = process.argv;
const store = keychainStore({
  service: "aws-as",
  folder,
  platform: process.platform,
  environment: process.env,
  userId: process.getuid?.(),
  clock: systemClock,
  timeLimitMs: 20_000,
  partLimit: 200,
});
for (const [number, value] of keychainKillSteps(run).entries()) {
  await store.write(killedKey, value);
  writeSync(1, `${number + 1}\n`);
}
process.exit(0);
