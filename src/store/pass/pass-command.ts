import { childEnvironment } from "../../system/children/child-environment.ts";
import type { ChildResult } from "../../system/children/run-child.ts";
import { interrupt, runProgram } from "../../system/children/run-program.ts";
import type { Environment } from "../../system/environment.ts";
import { inForeground } from "../../system/terminal/foreground.ts";
import { terminalPath } from "../../system/terminal/terminal-path.ts";
import { gpgStatusIn, type Pinentry } from "./pass-status.ts";

export interface PassCommand {
  readonly environment: Environment;
  /** HOME for a caller that has none. */
  readonly home: string;
  /** Text for standard input; absent: nothing to read. */
  readonly input?: string;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** pass shall not look for a git repository. */
  readonly withoutGit: boolean;
  /** Told when a person is being asked in a window. */
  readonly tell?: ((sentence: string) => void) | undefined;
}

/** How pass ended, and whether somebody was being asked for a passphrase by then. */
export interface PassResult {
  readonly ended: ChildResult;
  readonly asked: boolean;
}

/** Bytes of a document and characters of words; more is no document of ours. */
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
 * For gpg: status lines, no question but pinentry's, and no search for keys in the network. The person's own options
 * come first.
 */
const gpgOptions = "--batch --no-tty --status-fd 2 --no-auto-key-locate";

/**
 * Runs pass, in a session of its own; a question for a passphrase comes from the person's gpg-agent. Never rejects.
 */
export async function runPass(words: readonly string[], command: PassCommand): Promise<PassResult> {
  let pinentry: Pinentry | undefined;
  const ended = await runProgram("pass", words, {
    environment: environmentFor(command),
    ...(command.input === undefined ? {} : { input: command.input }),
    timeLimit: command.timeLimit,
    outputLimit,
    complaintLimit,
    onComplaint: (complaint) => {
      const before = pinentry;
      pinentry = gpgStatusIn(complaint).pinentry;
      // Words would only disturb a question on this terminal.
      if (pinentry && !before && !/curses|tty/.test(pinentry.flavor)) {
        command.tell?.("gpg asks for the passphrase of your key, in a window of its own");
      }
    },
    // Else gpg-agent (before 2.3) leaves the question standing, on the terminal that the shell has again, and lets
    // later callers wait behind it. On SIGINT pinentry restores the terminal.
    onStop: () => pinentry?.isAsking && interrupt(pinentry.pid),
  });
  return { ended, asked: pinentry?.isAsking ?? false };
}

function environmentFor({ environment, home, withoutGit }: PassCommand): Record<string, string> {
  const env = childEnvironment(environment);
  const options = env["PASSWORD_STORE_GPG_OPTS"];
  const terminal = env["GPG_TTY"] || (inForeground() ? terminalPath() : undefined);
  return {
    ...env,
    HOME: env["HOME"] || home,
    PASSWORD_STORE_GPG_OPTS: options ? `${options} ${gpgOptions}` : gpgOptions,
    ...(terminal && { GPG_TTY: terminal }),
    "BASH_FUNC_gpg%%": unquiet("gpg"),
    "BASH_FUNC_gpg2%%": unquiet("gpg2"),
    ...(withoutGit && { "BASH_FUNC_git%%": noGit }),
  };
}
