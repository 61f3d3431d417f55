import { writeSync } from "node:fs";
import { userInfo } from "node:os";
import { asCommand, type CliRoute, type Route } from "./argv.ts";
import { attempt, isDebug, tellOn, warnOn } from "./cli/attempt.ts";
import { report } from "./cli/report.ts";
import { version } from "./cli/version.ts";
import type { Machine } from "./machine/machine.ts";
import { systemMachine } from "./machine/real/system-machine.ts";
import { guardVariable } from "./system/children/child-environment.ts";
import { parentProgram } from "./system/children/parent-program.ts";
import { homeOfUser } from "./system/environment.ts";
import { leaveNoTrace } from "./system/leave-no-trace.ts";
import {
  allWritten,
  outputIsTerminal,
  outputWasClosed,
  type StandardOutput,
  standardError,
  standardOutput,
  wasWritten,
} from "./system/standard-output.ts";
import { UserError } from "./system/user-error.ts";

const { env } = process;

/** What first.ts leaves to this file. */
type MainRoute = Exclude<Route, { kind: "complete" | "activate" }>;

/** Does what the command line asks for, and sets the exit status. */
export async function main(route: MainRoute): Promise<void> {
  leaveNoTrace(process);
  const failure = await failureOf(route);
  const offSignals = failure === "" ? () => undefined : failOnSignals(failure);
  const machine = systemMachine({
    // What a prompt does shows no question, whichever part of us would have one.
    env: route.kind === "due" ? { ...env, AWS_AS_PROMPT: "none" } : env,
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

  const code = await run(route, machine, failure, stdout);
  offSignals();
  process.exitCode = lost ? 1 : code;
  await allWritten();
  // On macOS and Windows a call of keytar that never comes back holds a thread, and Node waits for its threads even in
  // process.exit. On Linux there is none.
  if (machine.isStuck()) process.kill(process.pid, "SIGKILL");
  // The answer is out. A timer or a connection that some library left must not hold up a client that waits for our end, and to
  // take everything down in good order costs Node a tenth of a start.
  process.exit();
}

async function run(
  route: MainRoute,
  machine: Machine,
  failure: string,
  stdout: StandardOutput,
): Promise<number> {
  const stderr = {
    write: (text: string) => standardError().write(text),
    get columns() {
      return standardError().isTTY ? standardError().columns : undefined;
    },
  };
  const attempted = (work: () => Promise<string>) =>
    attempt({ stdout, stderr }, { debug: isDebug(env), failure, parentProgram: machine.parentProgram }, work);
  // doctor, which finds out why nothing works, has to run there too; it starts no command of the user's.
  const isDoctor = route.kind === "command" && route.name === "doctor";
  if (env[guardVariable] !== undefined && !isDoctor) return attempted(() => Promise.reject(nested()));

  const isRead = route.kind === "process" || ("evaluatedBy" in route && route.evaluatedBy !== undefined);
  if (isRead && env["NODE_OPTIONS"] && wasWritten()) return attempted(() => Promise.reject(noisy(route)));

  const isEnv = route.kind === "env" || (route.kind === "command" && route.name === "env");
  if (isEnv && outputWasClosed()) return attempted(() => Promise.reject(closed()));

  const display = () => ({ machine, stderr, colorDepth: colorDepth(), columns: columns() });
  // The command explains itself to a person.
  const plain = route.kind === "env" && outputIsTerminal() ? asCommand(route) : route;
  switch (plain.kind) {
    case "version":
      return attempted(async () => `${version}\n`);
    case "status":
      return attempted(async () =>
        (await import("./commands/status/status.ts")).statusText(display(), plain),
      );
    case "list":
      return attempted(async () => (await import("./commands/list/list.ts")).listText(display(), plain));
    case "process":
      return attempted(async () => (await import("./process/run.ts")).processDocument(plain.name, machine));
    case "env":
      return attempted(async () =>
        (await import("./switch/run.ts")).envCode(plain.name, machine, tellOn(stderr)),
      );
    case "switch":
      return attempted(async () =>
        (await import("./switch/run.ts")).switchCode(plain.shell, plain.name, machine, tellOn(stderr)),
      );
    case "exec": {
      let status = 0;
      const failed = await attempted(async () => {
        const { exec } = await import("./commands/exec/run.ts");
        status = await exec(plain, machine, warnOn(stderr));
        return "";
      });
      return failed || status;
    }
    case "due":
      return attempted(async () =>
        (await import("./switch/renewal.ts")).renewalCode(plain.shell, machine, tellOn(stderr)),
      );
  }
  const [{ runCli }, { commands }] = await Promise.all([
    import("./cli/run.ts"),
    import("./commands/commands.ts"),
  ]);
  return runCli(isBare(plain) ? await bareRoute(plain) : plain, commands, {
    machine,
    failure,
    stdout: stdout.stream(),
    stderr: standardError(),
    colorDepth: colorDepth(),
    columns: columns(),
  });
}

/** `aws-as` alone, by itself or from the functions of a shell. */
function isBare(route: CliRoute): boolean {
  if (route.kind === "help") return route.topic === undefined && !route.isAsked;
  return route.kind === "command" && route.name === "switch" && route.words.length === 1;
}

/** Where a person can pick an identity that is what it does, elsewhere it helps. */
async function bareRoute(route: CliRoute): Promise<CliRoute> {
  const { isAtTerminal } = await import("./cli/at-terminal.ts");
  const canPick = (route.kind === "command" || outputIsTerminal()) && (await isAtTerminal(env));
  if (!canPick) return { kind: "help", topic: undefined, isAsked: false };
  return route.kind === "command"
    ? route
    : { kind: "command", name: "use", words: [], evaluatedBy: undefined };
}

/** Code that fails in the shell that evaluates the result; empty where none does. */
async function failureOf(route: MainRoute): Promise<string> {
  if (!("evaluatedBy" in route) || route.evaluatedBy === undefined) return "";
  // On a terminal nothing is evaluated.
  if (outputIsTerminal()) return "";
  const { failureIn } = await import("./switch/say.ts");
  return failureIn(route.evaluatedBy, () => parentProgram(process.platform));
}

/** Bits of colour that the terminal shows; 1 where there is none, or where the person wants none (no-color.org). */
function colorDepth(): number {
  const { stderr } = process;
  return env["NO_COLOR"] || !outputIsTerminal() || !stderr.isTTY ? 1 : stderr.getColorDepth();
}

/** Columns of the terminal that the result goes to; undefined where it goes to none. Some terminals tell 0. */
function columns(): number | undefined {
  return outputIsTerminal() ? process.stdout.columns || 80 : undefined;
}

/** What NODE_OPTIONS preloads has printed before us: a client would show it together with our secrets. */
function noisy(route: MainRoute): UserError {
  const hint =
    route.kind === "env"
      ? `the functions go without it, and so does: eval "$(env -u NODE_OPTIONS aws-as env ${route.name})"`
      : "unset NODE_OPTIONS";
  return new UserError("NODE_OPTIONS loads code that prints on standard output, where the result belongs", {
    hints: [
      route.kind === "process" ? "to have profiles written that start aws-as without it: aws-as init" : hint,
    ],
  });
}

function closed(): UserError {
  return new UserError("standard output is closed, so that nothing can be said to a shell", {
    hints: ["to see whether NAME works, without its credentials: aws-as login NAME"],
  });
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
 * Makes `eval` fail when a signal ends us: an empty text would be a success, and the shell would go on as the
 * identity that it was before. While a question is asked, the code that asks listens too, and ends it in good order.
 */
function failOnSignals(failure: string): () => void {
  const die = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    try {
      writeSync(1, failure);
    } catch {
      // The reader has gone.
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
