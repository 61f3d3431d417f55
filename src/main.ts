import { writeSync } from "node:fs";
import { userInfo } from "node:os";
import { attempt, isDebug } from "./cli/attempt.ts";
import { warnOn } from "./cli/context.ts";
import type { Machine } from "./cli/machine.ts";
import { report } from "./cli/report.ts";
import { dialectNamed } from "./emit/dialect.ts";
import { systemMachine } from "./machine.ts";
import { processDocument } from "./process/run.ts";
import { failureOf } from "./switch/failure.ts";
import { changesFor, changesForFunctions } from "./switch/run.ts";
import { chosenDialect, rendered, renderedForFunctions } from "./switch/say.ts";
import { guardVariable } from "./system/child-environment.ts";
import { homeOfUser } from "./system/home.ts";
import { leaveNoTrace } from "./system/leave-no-trace.ts";
import { leaveTerminalModes } from "./system/leave-terminal-modes.ts";
import { standardError, standardOutput } from "./system/standard-output.ts";
import { UserError } from "./system/user-error.ts";

leaveNoTrace(process);
leaveTerminalModes(process);

// The plain forms of activation do not come here: the first file prints them itself (scripts/build.mjs).
const argv = wordsOf(process.argv.slice(2));
const failure = failureOf(argv);
const { env } = process;

const machine = systemMachine({
  env,
  home: homeOfUser(),
  userName: nameOfUser(),
  userId: process.getuid?.(),
  platform: process.platform,
  node: process.execPath,
  script: process.argv[1] ?? "",
  tell: (sentence) => standardError().write(`aws-as: ${sentence}\n`),
});

let lost = false;
const stdout = standardOutput((error) => {
  lost = true;
  process.exitCode = 1;
  const failure = new UserError(`could not write the result to standard output: ${error.code}`, {
    hints: ["run the same command again where the output can be written"],
  });
  standardError().write(report(failure, isDebug(env)).text);
});
const stderr = { write: (text: string) => standardError().write(text) };
const streams = { stdout, stderr };

const offSignals = failOnSignals();
void run().then(async (code) => {
  offSignals();
  process.exitCode = lost ? 1 : code;
  // On macOS and Windows a call of keytar that never comes back holds a thread, and Node waits for its threads even in
  // process.exit. On Linux there is none.
  if (!machine.isStuck()) return;
  await Promise.all(
    [stdout.stream(), standardError()].map((stream) => new Promise((done) => stream.write("", done))),
  );
  process.kill(process.pid, "SIGKILL");
});

async function run(): Promise<number> {
  const options = { debug: isDebug(env), failure };
  // The one that tells why nothing works has to run there too; it starts no command of the user's.
  if (env[guardVariable] !== undefined && argv[0] !== "doctor")
    return attempt(streams, options, () => Promise.reject(nested()));
  const quick = quickDoor(machine);
  if (quick !== undefined) return attempt(streams, options, quick);
  const [{ runCli }, { commands }] = await Promise.all([import("./cli/run.ts"), import("./commands.ts")]);
  const input = {
    machine,
    failure,
    stdout: stdout.stream(),
    stderr: standardError(),
    colorDepth: colorDepth(),
    columns: columns(),
  };
  return runCli(argv, commands, input);
}

/** `aws-as -s`, `-c` and `--shell X` are `aws-as activate …`, as with ssh-agent. */
function wordsOf(words: string[]): string[] {
  return /^(-[sc]|--shell(=.*)?)$/s.test(words[0] ?? "") ? ["activate", ...words] : words;
}

/** Bits of colour that the terminal shows; 1 where there is none, or where the person wants none (no-color.org). */
function colorDepth(): number {
  const { stdout, stderr } = process;
  return env["NO_COLOR"] || !stdout.isTTY || !stderr.isTTY ? 1 : stderr.getColorDepth();
}

/** Columns of the terminal that the result goes to; undefined where it goes to none. Some terminals tell 0. */
function columns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
}

/**
 * The two calls that happen a hundred times a day, in their plainest form, without the parser and the other doors.
 * Everything with an option goes the long way, to the same functions.
 */
function quickDoor(machine: Machine): (() => Promise<string>) | undefined {
  const [verb, ...words] = argv;
  if (verb === "switch") return quickSwitch(words, machine);
  const [name, ...rest] = words;
  if (name === undefined || rest.length > 0 || (name.startsWith("-") && name !== "-")) return undefined;
  if (verb === "process") return () => processDocument(name, machine);
  if (verb !== "env") return undefined;
  const dialect = chosenDialect(undefined, undefined);
  return async () => rendered(dialect, await changesFor({ name }, machine, warnOn(streams.stderr)));
}

/** What the shell functions ask for. */
function quickSwitch([shell, ...words]: string[], machine: Machine): (() => Promise<string>) | undefined {
  const [name = ""] = words;
  const dialect = dialectNamed("shell", shell ?? "");
  if (dialect === undefined || words.length !== 1 || (name.startsWith("-") && name !== "-")) return undefined;
  return async () =>
    renderedForFunctions(dialect, await changesForFunctions({ name }, machine, warnOn(streams.stderr)));
}

/** A command that we run ourselves must not end up here again, or it would do so for ever. */
function nested(): UserError {
  return new UserError("aws-as was started by a command that aws-as itself runs", {
    hints: [
      "a passphrase_process, mfa_process or credential_process must not use a profile that aws-as serves",
    ],
  });
}

/**
 * Makes `eval` fail when a signal ends us: an empty text would be a success, and the shell would go on as whoever it
 * was before. While a question is asked, whoever asks listens too, and ends it in good order.
 */
function failOnSignals(): () => void {
  if (failure === "") return () => undefined;
  const die = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    try {
      writeSync(1, failure);
    } catch {
      // Nobody reads.
    }
    process.off(signal, die);
    process.kill(process.pid, signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, die);
  return () => {
    for (const signal of signals) process.off(signal, die);
  };
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return env["USER"] ?? env["LOGNAME"] ?? "unknown";
  }
}
