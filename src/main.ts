import { homedir, userInfo } from "node:os";
import { attempt, failureOf, isDebug, type Streams } from "./cli/attempt.ts";
import { warnOn } from "./cli/context.ts";
import type { Machine } from "./cli/machine.ts";
import { systemMachine } from "./machine.ts";
import { processDocument } from "./process/run.ts";
import { changesFor, chosenDialect, rendered } from "./switch/run.ts";
import { guardVariable } from "./system/child-environment.ts";
import { standardOutput, standardStream } from "./system/standard-output.ts";
import { UserError } from "./system/user-error.ts";

const argv = process.argv.slice(2);
const { env } = process;

const machine = systemMachine({
  env,
  home: homedir(),
  userName: nameOfUser(),
  userId: process.getuid?.(),
  platform: process.platform,
  node: process.execPath,
  script: process.argv[1] ?? "",
  tell: (sentence) => process.stderr.write(`aws-as: ${sentence}\n`),
});

/** Standard error is made when something is said on it. */
const streams: Streams = {
  stdout: standardOutput,
  stderr: { write: (text) => process.stderr.write(text) },
};

void run().then(async (code) => {
  process.exitCode = code;
  // A call that never comes back holds a thread, and Node waits for its threads even in process.exit.
  if (!machine.isStuck()) return;
  await Promise.all(
    [standardStream(), process.stderr].map((stream) => new Promise((done) => stream.write("", done))),
  );
  process.kill(process.pid, "SIGKILL");
});

async function run(): Promise<number> {
  const options = { debug: isDebug(env), failure: failureOf(argv) };
  if (env[guardVariable] !== undefined) return attempt(streams, options, () => Promise.reject(nested()));
  const quick = quickDoor(machine);
  if (quick !== undefined) return attempt(streams, options, quick);
  const [{ runCli }, { commands }] = await Promise.all([import("./cli/run.ts"), import("./commands.ts")]);
  const stdout = standardStream();
  return runCli(argv, commands, { machine, stdout, stderr: process.stderr, colorDepth: colorDepth() });
}

/** Bits of colour that the terminal shows; 1 where there is none, or where the person wants none (no-color.org). */
function colorDepth(): number {
  const { stdout, stderr } = process;
  return env["NO_COLOR"] || !stdout.isTTY || !stderr.isTTY ? 1 : stderr.getColorDepth();
}

/**
 * The two calls that happen a hundred times a day, in their plainest form, without the parser and the other doors.
 * Everything with an option goes the long way, to the same functions.
 */
function quickDoor(machine: Machine): (() => Promise<string>) | undefined {
  const [verb, name, ...rest] = argv;
  if (name === undefined || rest.length > 0 || (name.startsWith("-") && name !== "-")) return undefined;
  if (verb === "process") return () => processDocument(name, machine);
  if (verb !== "env") return undefined;
  const dialect = chosenDialect(undefined, undefined);
  return async () => rendered(dialect, await changesFor({ name }, machine, warnOn(streams.stderr)));
}

/** A command that we run ourselves must not end up here again, or it would do so for ever. */
function nested(): UserError {
  return new UserError("aws-as was started by a command that aws-as itself runs", {
    hints: [
      "a passphrase_process, mfa_process or credential_process must not use a profile that aws-as serves",
    ],
  });
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return env["USER"] ?? env["LOGNAME"] ?? "unknown";
  }
}
