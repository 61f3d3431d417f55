import type { Root } from "../config/resolve/identity.ts";
import { onAbandoned } from "../system/children/abandoned.ts";
import {
  type CredentialCommandResult,
  programIn,
  runForCredentials,
} from "../system/children/run-command.ts";
import { answerReserveMs, credentialProcessTimeoutMs, waitNoticeDelayMs } from "../system/limits.ts";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";
import { parseProcessDocument } from "./process-document.ts";
import type { SourceCredentials, SourceHost, SourceRequest } from "./source.ts";

type ProcessRoot = Extract<Root, { kind: "process" }>;

/** How much of its standard error a message quotes: lines, and characters of each. */
const quotedMost = { lines: 4, length: 300 };

/** How output begins whose last line holds the reason: Python's traceback, a usage text. */
const preamble = /^(traceback \(most recent|usage:)/i;

/**
 * Credentials from another program's `credential_process`. Its standard output is never shown, since it holds secrets;
 * its standard error is.
 *
 * @throws UserError; with exit status 130 when a person cancelled it
 */
export async function getFromProcess(
  root: ProcessRoot,
  request: SourceRequest,
  host: SourceHost,
): Promise<SourceCredentials> {
  const { clock, env } = host;
  const { deadline } = request;
  const timeLimit =
    deadline === undefined ? credentialProcessTimeoutMs : deadline - clock.monotonic() - answerReserveMs;
  if (timeLimit <= 0) throw failure(root, "could not be run, there was no time left");
  const abandoned = new AbortController();
  const offAbandoned = onAbandoned(clock, () => abandoned.abort());
  const offWaiting = deadline === undefined ? tellSoon(root, host) : () => undefined;
  try {
    const result = await runForCredentials(root.command, {
      environment: env,
      timeLimit,
      signal: abandoned.signal,
      mayAsk: request.mayAsk && env["AWS_AS_PROMPT"] !== "none",
    });
    return credentialsOf(result, root, request, { timeLimit, now: clock.now() });
  } finally {
    offWaiting();
    offAbandoned();
  }
}

function tellSoon({ profile }: ProcessRoot, { clock, tell }: SourceHost): () => void {
  const waiting = new AbortController();
  clock.sleep(waitNoticeDelayMs, waiting.signal).then(
    () => tell(`waiting for the credential_process of profile "${profile}"`),
    () => undefined,
  );
  return () => waiting.abort();
}

function credentialsOf(
  result: CredentialCommandResult,
  root: ProcessRoot,
  { identity }: SourceRequest,
  { timeLimit, now }: { readonly timeLimit: number; readonly now: number },
): SourceCredentials {
  const inTerminal = result.onTerminal
    ? []
    : [`if it has to ask something, run in a terminal: aws-as login ${identity}`];
  switch (result.kind) {
    case "exited":
      if (result.status !== 0) throw failed(result.status, result, root, inTerminal);
      return printed(result, root, now);
    case "cancelled":
      throw failure(root, "was cancelled", { exitCode: 130 });
    case "killed":
      throw failure(root, `was ended by ${result.by}`, { said: result.complaint });
    case "timed-out":
      throw failure(root, `did not end within ${Math.round(timeLimit / 1000)} s`, { hints: inTerminal });
    case "too-long":
      throw failure(root, "printed far more than one document");
    case "not-started":
      throw failure(root, "could not be started", { said: result.because });
  }
}

function printed(
  { output, complaint }: Extract<CredentialCommandResult, { kind: "exited" }>,
  root: ProcessRoot,
  now: number,
): SourceCredentials {
  const parsed = parseProcessDocument(output);
  if (parsed.kind === "wrong") {
    throw failure(root, `printed ${parsed.what}`, {
      said: withoutSecrets(complaint, output),
      hints: [
        "what it must print: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html",
      ],
    });
  }
  const { sessionToken, expiresAt } = parsed.credentials;
  // For a session whose end has come there are words where sessions are kept.
  if (sessionToken === undefined && expiresAt !== undefined && expiresAt <= now) {
    throw failure(root, "printed a long-term key that has ended already");
  }
  return parsed.credentials;
}

function failed(
  status: number,
  { output, complaint }: Extract<CredentialCommandResult, { kind: "exited" }>,
  root: ProcessRoot,
  hints: readonly string[],
): UserError {
  const said = withoutSecrets(complaint, output);
  const program = programIn(root.command) ?? "";
  // What every shell says: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_08_02
  if (status === 127) {
    const hints = ["a program is searched on the PATH of the caller; its full path works for every client"];
    return failure(root, `did not find its program "${program}" (exit status 127)`, { said, hints });
  }
  if (status === 126) {
    const hints = [`make it executable: chmod +x ${program}`];
    return failure(root, `may not run its program "${program}" (exit status 126)`, { said, hints });
  }
  if (status === 130) return failure(root, "was cancelled", { exitCode: 130 });
  // What a shell says of a program that a signal ended.
  if (status > 128 && status < 192) {
    return failure(root, `was ended by a signal (exit status ${status})`, { said });
  }
  return failure(root, `failed with exit status ${status}`, { said, hints });
}

interface Details {
  /** What it said on standard error. */
  readonly said?: string;
  readonly hints?: readonly string[];
  readonly exitCode?: 130;
}

/** The first line says what and why; more of what was said follows on lines of its own. */
function failure({ profile, position }: ProcessRoot, what: string, details: Details = {}): UserError {
  const { said = "", hints = [], exitCode } = details;
  const [first, ...more] = quotedLines(said);
  const head = `the credential_process of profile "${profile}" (${position.file}:${position.line}) ${printable(what)}`;
  const message = [first === undefined ? head : `${head}: ${first}`, ...more].join("\n");
  return new UserError(message, {
    hints: hints.map(printable),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

function quotedLines(said: string): string[] {
  const lines = said
    .split(/[\r\n]+/)
    .map((line) => printable(line).trim().slice(0, quotedMost.length))
    .filter((line) => line !== "");
  const last = lines.at(-1);
  return preamble.test(lines[0] ?? "") && last !== undefined ? [last] : lines.slice(0, quotedMost.lines);
}

/** Programs that fail over a document tend to quote it: the Go SDKs do. */
function withoutSecrets(said: string, output: string): string {
  let text = said.replace(
    /((?:secret|token)[\w-]*["']?\s*[:=]\s*["']?)[^\s"',}]{8,}/gi,
    (_, name: string) => `${name}[secret]`,
  );
  for (const [, value = ""] of output.matchAll(/"([^"\s]{16,})"/g)) text = text.replaceAll(value, "[secret]");
  return text;
}
