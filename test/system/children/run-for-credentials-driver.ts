import { runForCredentials } from "../../../src/system/children/run-command.ts";

/** Runs a command line with a time limit (milliseconds) on whatever terminal there is, and says how it ended. */
const [line = "", limit = "0"] = process.argv.slice(2);
const result = await runForCredentials(line, {
  environment: process.env,
  timeLimit: Number(limit),
  signal: new AbortController().signal,
  mayAsk: true,
});
process.stdout.write(`${JSON.stringify(result)}\n`);
