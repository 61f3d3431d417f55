import { childEnvironment } from "../../../src/system/children/child-environment.ts";
import { runChild } from "../../../src/system/children/run-child.ts";
import { onInterruption } from "../../../src/system/children/signals.ts";

/** Runs a script of `sh` on the terminal for so many milliseconds at most, and prints how it ended. */
const [script = "", timeLimit = ""] = process.argv.slice(2);
// Before the start, as whoever runs a program does: Ctrl-C may come while it is being started.
const interrupted = new AbortController();
onInterruption(() => interrupted.abort());
const result = await runChild({
  program: "sh",
  words: ["-c", script],
  onTerminal: [0, 1, 2],
  outputLimit: 0,
  complaintLimit: 0,
  environment: childEnvironment(process.env),
  timeLimit: Number(timeLimit),
  signal: interrupted.signal,
  preface: "here it goes",
});
process.stdout.write(`ended: ${JSON.stringify(result)}\n`);
process.exit();
