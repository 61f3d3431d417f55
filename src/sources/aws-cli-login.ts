import { onAbandoned } from "../system/abandoned.ts";
import { childEnvironment } from "../system/child-environment.ts";
import type { CommandResult } from "../system/child-outcome.ts";
import { runOnTerminal } from "../system/run-on-terminal.ts";
import { placesOnPath, runProgram } from "../system/run-program.ts";
import { systemTerminal } from "../system/system-terminal.ts";
import { UserError } from "../system/user-error.ts";
import type { SourceHost } from "./get-from-source.ts";
import type { SourceRequest } from "./source.ts";

/** A sign-in that aws-cli does, in the browser. */
export interface Login {
  /** What is signed in to, for messages: `the SSO session "corp"`. */
  readonly session: string;
  /** The arguments of `aws`. */
  readonly words: readonly string[];
  /** The same as a person types it. */
  readonly command: string;
  /** The first version of aws-cli that can do it. */
  readonly since: readonly [major: number, minor: number];
}

/** Milliseconds that a person has, where nobody else waits: as long as AWS waits for a device to be authorized. */
const patience = 600_000;

/** A sign-in with the words that a person types, quoted where a shell needs it. */
export function loginOf(session: string, words: readonly string[], since: Login["since"]): Login {
  const shown = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return { session, words, command: ["aws", ...shown].join(" "), since };
}

/**
 * Has a person sign in by aws-cli version 2, on the terminal and in the browser that aws-cli opens.
 *
 * @param fate what is wrong with the session, in words
 * @param remember called with a failure that was a person's doing, or not doing
 * @throws UserError when there is nobody, no aws-cli that can do it, or no success; of status 130 when it was cancelled
 */
export async function login(
  how: Login,
  fate: string,
  request: SourceRequest,
  host: SourceHost,
  remember: (error: UserError) => Promise<void>,
): Promise<void> {
  const hints = [`sign in: ${how.command}`];
  const obstacle = whyNobodyCan(request, host);
  if (obstacle !== undefined) {
    throw new UserError(`"${request.identity}" needs a sign-in: ${fate}, and ${obstacle}`, { hints });
  }
  const program = await awsCliFor(how, `"${request.identity}" needs a sign-in: ${fate}`, host);
  const result = await run(program, how, `aws-as: ${fate}; signing in: ${how.command}`, request, host);
  if (result.kind === "exited" && result.status === 0) return;
  const failure = new UserError(...outcome(result, how, request.identity, hints));
  await remember(failure);
  throw failure;
}

/** Undefined: there is somebody at the terminal. */
function whyNobodyCan({ mayAsk }: SourceRequest, { env }: SourceHost): string | undefined {
  if (!mayAsk) return "nobody is asked for a renewal ahead of time";
  if (env["AWS_AS_PROMPT"] === "none") return 'AWS_AS_PROMPT is "none"';
  switch (systemTerminal().state()) {
    case "foreground":
      return undefined;
    case "background":
      return "this is a background job";
    case "none":
      return "there is no terminal to do it on";
  }
}

/** The first aws-cli on the PATH that is new enough: many machines have version 1 before version 2. */
async function awsCliFor(how: Login, need: string, host: SourceHost): Promise<string> {
  const found: string[] = [];
  for (const path of placesOnPath(host.platform === "win32" ? "aws.exe" : "aws", host.env)) {
    const version = await versionOf(path, host);
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > how.since[0] || (major === how.since[0] && minor >= how.since[1])) return path;
    if (version !== "") found.push(version);
  }
  const wanted = `aws-cli ${how.since.join(".")} or later`;
  const there = found.length === 0 ? "there is no aws-cli" : `aws-cli ${found.join(" and ")} is too old`;
  throw new UserError(`${need}; that takes ${wanted}, and ${there} on the PATH`, {
    hints: [
      "install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
      `sign in: ${how.command}`,
    ],
  });
}

/** Such as `2.9.19`; empty for a program that does not say. */
async function versionOf(path: string, host: SourceHost): Promise<string> {
  const result = await runProgram(path, ["--version"], {
    environment: childEnvironment(host.env),
    timeLimit: 10_000,
    outputLimit: 4096,
    complaintLimit: 4096,
  });
  const said = result.kind === "exited" ? `${result.output} ${result.complaint}` : "";
  return /\baws-cli\/(\d+\.\d+(\.\d+)?)/.exec(said)?.[1] ?? "";
}

async function run(
  program: string,
  how: Login,
  preface: string,
  { deadline, endpoint }: SourceRequest,
  { env, clock }: SourceHost,
): Promise<CommandResult> {
  const abandoned = new AbortController();
  const offAbandoned = onAbandoned(clock, () => abandoned.abort());
  try {
    return await runOnTerminal(program, how.words, {
      environment: {
        ...childEnvironment(env),
        // A ca_bundle of the profile is not seen by a login that names a session.
        ...(endpoint.caBundle === undefined ? {} : { AWS_CA_BUNDLE: endpoint.caBundle }),
      },
      timeLimit: deadline === undefined ? patience : Math.max(0, deadline - clock.now()),
      signal: abandoned.signal,
      preface,
    });
  } finally {
    offAbandoned();
  }
}

function outcome(
  result: CommandResult,
  how: Login,
  identity: string,
  hints: readonly string[],
): ConstructorParameters<typeof UserError> {
  const cancelled: ConstructorParameters<typeof UserError> = [
    `the sign-in for "${identity}" was cancelled`,
    { exitCode: 130, hints },
  ];
  switch (result.kind) {
    case "cancelled":
      return cancelled;
    case "timed-out":
      return [`nobody signed in to ${how.session} in time, which "${identity}" needs`, { hints }];
    case "exited":
      // aws-cli's own status after Ctrl-C.
      if (result.status === 130) return cancelled;
      return [`\`${how.command}\`, for "${identity}", failed with exit status ${result.status}`, { hints }];
    case "killed":
      return [`\`${how.command}\`, for "${identity}", was ended by ${result.by}`, { hints }];
    case "not-started":
      return [`\`${how.command}\`, for "${identity}", could not be started: ${result.because}`, { hints }];
    case "too-long":
      throw new Error("nothing of it is read");
  }
}
