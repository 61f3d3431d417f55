import { onAbandoned } from "../system/children/abandoned.ts";
import { childEnvironment } from "../system/children/child-environment.ts";
import { type ChildResult, failureOf, placesOnPath, runChild } from "../system/children/run-child.ts";
import { signInTimeoutMs } from "../system/limits.ts";
import { quoted } from "../system/printable.ts";
import { systemTerminal } from "../system/terminal/terminal.ts";
import { UserError } from "../system/user-error.ts";
import type { SourceHost, SourceRequest } from "./source.ts";

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

/** Milliseconds. With less than this left, no page is opened: it could not be confirmed in time. */
const leastTime = 5_000;

/** A sign-in with the words that a person types, quoted where a shell needs it. */
export function loginOf(session: string, words: readonly string[], since: Login["since"]): Login {
  const shown = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word)));
  return { session, words, command: ["aws", ...shown].join(" "), since };
}

/**
 * Has a person sign in by aws-cli version 2, on the terminal and in the browser that aws-cli opens.
 *
 * @param fate what is wrong with the session, in words
 * @param remember called with a failure that was a person's doing, or not doing
 * @throws UserError when there is no person to ask, no aws-cli that can do it, or no success; of status 130 when it was cancelled
 */
export async function login(
  how: Login,
  reason: string,
  request: SourceRequest,
  host: SourceHost,
  remember: (error: UserError) => Promise<void>,
): Promise<void> {
  const hints = [`sign in: ${how.command}`];
  const obstacle = whyNobodyCan(request, host);
  if (obstacle !== undefined) {
    throw new UserError(`"${request.identity}" needs a sign-in: ${reason}, and ${obstacle}`, { hints });
  }
  const result = await withAwsCli(how, reason, request, host);
  if (result.kind === "exited" && result.status === 0) return;
  const failure = new UserError(...outcome(result, how, request.identity, hints));
  await remember(failure);
  throw failure;
}

/** Undefined: there is somebody at the terminal. */
function whyNobodyCan({ mayAsk, deadline }: SourceRequest, { env, clock }: SourceHost): string | undefined {
  if (!mayAsk) return "nobody is asked for a renewal ahead of time";
  if (deadline !== undefined && deadline - clock.monotonic() < leastTime)
    return "there is no time left for it";
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

async function withAwsCli(
  how: Login,
  reason: string,
  { identity, deadline, endpoint }: SourceRequest,
  host: SourceHost,
): Promise<ChildResult> {
  const { clock } = host;
  const abandoned = new AbortController();
  const { signal } = abandoned;
  const offAbandoned = onAbandoned(clock, () => abandoned.abort());
  const environment = {
    ...childEnvironment(host.env),
    // A ca_bundle of the profile is not seen by a login that names a session.
    ...(endpoint.caBundle === undefined ? {} : { AWS_CA_BUNDLE: endpoint.caBundle }),
  };
  try {
    const found = await findAwsCli(how, host, { environment, signal });
    if (signal.aborted) return { kind: "cancelled" };
    if (found.program === undefined) {
      throw noAwsCli(how, `"${identity}" needs a sign-in: ${reason}`, found.tooOld);
    }
    return await runChild({
      program: found.program,
      words: how.words,
      environment,
      // None of our streams, for our standard output may be read by a program.
      onTerminal: [0, 1, 2],
      outputLimit: 0,
      complaintLimit: 0,
      timeLimit: deadline === undefined ? signInTimeoutMs : Math.max(0, deadline - clock.monotonic()),
      signal,
      preface: `aws-as: ${reason}; signing in: ${how.command}`,
    });
  } finally {
    offAbandoned();
  }
}

interface FoundAwsCli {
  readonly program?: string;
  /** The versions that cannot do it. */
  readonly tooOld: readonly string[];
}

/** The first aws-cli on the PATH that is new enough: many machines have version 1 before version 2. */
async function findAwsCli(
  { since }: Login,
  { env, platform }: SourceHost,
  how: VersionCallOptions,
): Promise<FoundAwsCli> {
  const tooOld: string[] = [];
  for (const program of placesOnPath(platform === "win32" ? "aws.exe" : "aws", env)) {
    const version = await versionOf(program, how);
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > since[0] || (major === since[0] && minor >= since[1])) return { program, tooOld };
    if (version !== "") tooOld.push(version);
  }
  return { tooOld };
}

function noAwsCli(how: Login, need: string, tooOld: readonly string[]): UserError {
  const wanted = `aws-cli ${how.since.join(".")} or later`;
  const there = tooOld.length === 0 ? "there is no aws-cli" : `aws-cli ${tooOld.join(" and ")} is too old`;
  return new UserError(`${need}; that takes ${wanted}, and ${there} on the PATH`, {
    hints: [
      "install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
      `sign in: ${how.command}`,
    ],
  });
}

interface VersionCallOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Such as `2.9.19`; empty for a program that does not say. */
async function versionOf(program: string, how: VersionCallOptions): Promise<string> {
  // Its first start after a boot takes long.
  const limits = { timeLimit: 15_000, outputLimit: 4096, complaintLimit: 4096 };
  const result = await runChild({ program, words: ["--version"], ...how, ...limits });
  const said = result.kind === "exited" ? `${result.output} ${result.complaint}` : "";
  return /\baws-cli\/(\d+\.\d+(\.\d+)?)/.exec(said)?.[1] ?? "";
}

function outcome(
  result: ChildResult,
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
    default: {
      // aws-cli's own status after Ctrl-C.
      if (result.kind === "exited" && result.status === 130) return cancelled;
      const what = failureOf(result, signInTimeoutMs, "expected");
      return [`\`${how.command}\`, for "${identity}", ${what}`, { hints }];
    }
  }
}
