import { existsSync } from "node:fs";
import { childEnvironment } from "../../system/children/child-environment.ts";
import { type ChildResult, interrupt, isOnPath, runChild } from "../../system/children/run-child.ts";
import type { Clock } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import { inForeground, terminalPath } from "../../system/terminal/controlling-terminal.ts";
import { UserError } from "../../system/user-error.ts";
import {
  failure,
  notInstalled,
  openingError,
  PassEntryDamaged,
  type PassError,
  recipientError,
  tooLate,
} from "./pass-error.ts";
import { type PassPlace, pathOfEntry, syncEntry } from "./pass-place.ts";
import { gpgError, gpgStatusIn, type Pinentry } from "./pass-status.ts";

interface PassCommand extends Pick<VaultOptions, "environment" | "home" | "tell"> {
  /** Text for standard input; absent: nothing to read. */
  readonly input: string | undefined;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** pass shall not look for a git repository. */
  readonly withoutGit: boolean;
}

/** How pass ended, and whether the user was being asked for a passphrase then. */
interface PassResult {
  readonly ended: ChildResult;
  readonly asked: boolean;
}

/** Bytes of a document and characters of messages; more was not written by aws-as. */
const outputLimit = 4 * 1024 * 1024;
const complaintLimit = 64 * 1024;

/**
 * Functions that bash takes from its environment, in place of the programs that pass calls.
 *
 * gpg loses --quiet, which pass always gives, and without which gpg also says on its status lines why a key could not
 * be opened. git fails, so that pass finds no repository: pass sets GIT_CEILING_DIRECTORIES itself, and even adding a
 * file that git ignores takes the lock of the user's repository, which a kill would leave behind. A bash that takes no
 * functions (macOS has had one) still works: with vaguer errors, and with a .gitignore in place of the second.
 */
const unexported = "export -n -f git gpg gpg2 2>/dev/null";
function unquiet(gpg: string): string {
  return `() { ${unexported}; local word words=(); for word in "$@"; do [[ $word == --quiet ]] || words+=("$word"); done; command ${gpg} "\${words[@]}"; }`;
}
const noGit = "() { return 1; }";

/**
 * For gpg: status lines, no question but pinentry's, and no search for keys in the network. The user's own options
 * come first.
 */
const gpgOptions = "--batch --no-tty --status-fd 2 --no-auto-key-locate";

/**
 * Runs pass, in a session of its own; a question for a passphrase comes from the user's gpg-agent. Never rejects.
 */
async function runPass(words: readonly string[], command: PassCommand): Promise<PassResult> {
  let pinentry: Pinentry | undefined;
  const ended = await runChild({
    program: "pass",
    words,
    environment: environmentFor(command),
    input: command.input,
    timeLimit: command.timeLimit,
    outputLimit,
    complaintLimit,
    onComplaint: (complaint) => {
      const before = pinentry;
      pinentry = gpgStatusIn(complaint).pinentry;
      // A message would only disturb a question on this terminal.
      if (pinentry && !before && !/curses|tty/.test(pinentry.flavor)) {
        command.tell?.("gpg asks for the passphrase of your key, in a window of its own");
      }
    },
    // Else gpg-agent (before 2.3) leaves the question on the terminal, which the shell has again, and makes later
    // callers wait behind it. On SIGINT pinentry restores the terminal.
    onStop: () => pinentry?.isAsking && interrupt(pinentry.pid),
  });
  return { ended, asked: pinentry?.isAsking ?? false };
}

function environmentFor({ environment, home, withoutGit }: PassCommand): Record<string, string> {
  const env = childEnvironment(environment);
  const options = env["PASSWORD_STORE_GPG_OPTS"];
  // gpg-agent still gives what it remembers.
  const ours = environment["AWS_AS_PROMPT"] === "none" ? `${gpgOptions} --pinentry-mode error` : gpgOptions;
  const terminal = env["GPG_TTY"] || (inForeground() ? terminalPath() : undefined);
  return {
    ...env,
    HOME: env["HOME"] || home,
    PASSWORD_STORE_GPG_OPTS: options ? `${options} ${ours}` : ours,
    ...(terminal && { GPG_TTY: terminal }),
    "BASH_FUNC_gpg%%": unquiet("gpg"),
    "BASH_FUNC_gpg2%%": unquiet("gpg2"),
    ...(withoutGit && { "BASH_FUNC_git%%": noGit }),
  };
}

export interface VaultOptions {
  readonly place: PassPlace;
  readonly environment: Environment;
  /** HOME for a caller that has none. */
  readonly home: string;
  readonly clock: Clock;
  /** Milliseconds for a call, in which the user may be asked. */
  readonly timeLimitMs: number;
  /** Milliseconds of the monotonic clock after which the caller no longer waits. */
  readonly deadline?: number | undefined;
  /** Called when the user is being asked in a window. */
  readonly tell?: ((sentence: string) => void) | undefined;
}

/** Single entries, through the command pass. All reject with PassError. */
export interface PassVault {
  /** Throws unless the programs are there. */
  checkInstalled(): void;
  /** The text of an entry; undefined when another process removed it. Rejects with PassEntryDamaged too. */
  show(entry: string): Promise<string | undefined>;
  /** Encrypts a text as an entry, in plain sight of readers; it is on the disk when this resolves. */
  insert(entry: string, text: string): Promise<void>;
  /** Removes an entry, from the git repository too where there is one. */
  remove(entry: string): Promise<void>;
  /** Milliseconds that are left for a call now. */
  timeLeft(): number;
}

/** Milliseconds after which a gpg-agent that was out of memory is asked again, about. */
const breathMs = 200;

/** What gpg finds wrong with the part of an entry that the secret key opens. */
const damages: readonly number[] = [
  gpgError.checksum,
  gpgError.cipherAlgorithm,
  gpgError.invalidPacket,
  gpgError.wrongSecretKey,
  gpgError.badData,
  gpgError.decryptionFailed,
];

/** Once the user refused, or did not answer, later calls fail at once: the user is not asked twice. */
export function passVault(options: VaultOptions): PassVault {
  const { place, environment, home, clock, timeLimitMs, deadline = Number.POSITIVE_INFINITY, tell } = options;
  let givenUp: PassError | undefined;
  const giveUp = (error: PassError): PassError => {
    givenUp = error;
    return error;
  };

  const timeLeft = (): number => Math.min(timeLimitMs, deadline - clock.monotonic());
  const hasGpg = (): boolean => isOnPath("gpg", environment) || isOnPath("gpg2", environment);
  const isThere = (entry: string): boolean => existsSync(pathOfEntry(place, entry));

  /** Runs pass to its end; throws where it did not end by itself. */
  const run = async (words: readonly string[], entry: string, withoutGit: boolean, input?: string) => {
    const timeLimit = timeLeft();
    if (timeLimit <= 0) throw tooLate(entry, 0, false);
    const { ended, asked } = await runPass([...words, "--", entry], {
      environment,
      home,
      timeLimit,
      withoutGit,
      tell,
      input,
    });
    switch (ended.kind) {
      case "exited":
        return ended;
      case "killed":
        throw failure(`pass ${words[0]} failed`, ended.complaint, `it was ended by ${ended.by}`);
      case "timed-out":
        throw giveUp(tooLate(entry, timeLimit / 1000, asked));
      case "cancelled":
        throw new UserError("pass was cancelled", { exitCode: 130 });
      case "too-long":
        throw new PassEntryDamaged(entry, "it holds far more than aws-as ever writes");
      case "not-started":
        if (!isOnPath("pass", environment)) throw notInstalled("pass");
        throw failure("pass could not be started", "", ended.because);
    }
  };

  return {
    timeLeft,
    checkInstalled: () => {
      if (!isOnPath("pass", environment)) throw notInstalled("pass");
      if (!hasGpg()) throw notInstalled("gpg");
    },
    show: async (entry) => {
      if (givenUp) throw givenUp;
      for (const until = clock.monotonic() + timeLeft(); ; ) {
        const { status, output, complaint } = await run(["show"], entry, true);
        if (status === 0) return output;
        if (!isThere(entry)) return undefined;
        const found = gpgStatusIn(complaint);
        const code = found.openingFailed;
        if (code === gpgError.noMemory && clock.monotonic() < until - breathMs) {
          // Many callers at once use up the locked memory of gpg-agent.
          await clock.sleep(breathMs * (0.5 + Math.random()));
          continue;
        }
        const error = openingError(entry, found);
        if (error) throw giveUp(error);
        if (code === undefined ? found.broken || found.opened : damages.includes(code)) {
          throw new PassEntryDamaged(entry, "it is cut short, or was changed after it was written");
        }
        if (!hasGpg()) throw notInstalled("gpg");
        throw failure(`pass could not open the entry "${entry}"`, complaint, `exit status ${status}`, entry);
      }
    },
    insert: async (entry, text) => {
      const { status, complaint } = await run(["insert", "--multiline", "--force"], entry, true, text);
      if (status !== 0) {
        const error = recipientError(gpgStatusIn(complaint));
        if (error) throw error;
        if (!hasGpg()) throw notInstalled("gpg");
        throw failure("pass could not write", complaint, `exit status ${status}`);
      }
      if (!syncEntry(place, entry)) {
        throw failure("pass could not write", "", `it made no file "${pathOfEntry(place, entry)}"`);
      }
    },
    remove: async (entry) => {
      const { status, complaint } = await run(["rm", "--force"], entry, false);
      // The result of git does not matter: only whether the entry is gone.
      if (isThere(entry)) {
        throw failure(`pass could not remove the entry "${entry}"`, complaint, `exit status ${status}`);
      }
    },
  };
}
