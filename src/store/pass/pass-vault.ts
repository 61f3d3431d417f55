import { existsSync } from "node:fs";
import { isOnPath } from "../../system/children/run-program.ts";
import type { Clock } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import { UserError } from "../../system/user-error.ts";
import { runPass } from "./pass-command.ts";
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
import { gpgError, gpgStatusIn } from "./pass-status.ts";

export interface VaultOptions {
  readonly place: PassPlace;
  readonly environment: Environment;
  readonly home: string;
  readonly clock: Clock;
  /** Milliseconds for a call, in which a person may be asked. */
  readonly timeLimitMs: number;
  /** Milliseconds since 1970 after which nobody waits for an answer any more. */
  readonly deadline?: number | undefined;
  /** Told when a person is being asked in a window. */
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

/** Once a person refused, or did not answer, later calls fail at once: nobody is asked or made to wait twice. */
export function passVault(options: VaultOptions): PassVault {
  const { place, environment, home, clock, timeLimitMs, deadline = Number.POSITIVE_INFINITY, tell } = options;
  let givenUp: PassError | undefined;
  const giveUp = (error: PassError): PassError => {
    givenUp = error;
    return error;
  };

  const timeLeft = (): number => Math.min(timeLimitMs, deadline - clock.now());
  const hasGpg = (): boolean => isOnPath("gpg", environment) || isOnPath("gpg2", environment);
  const isThere = (entry: string): boolean => existsSync(pathOfEntry(place, entry));

  /** Runs pass to its end; throws where it did not come to one by itself. */
  const run = async (words: readonly string[], entry: string, withoutGit: boolean, input?: string) => {
    const timeLimit = timeLeft();
    if (timeLimit <= 0) throw tooLate(entry, 0, false);
    const { ended, asked } = await runPass([...words, "--", entry], {
      environment,
      home,
      timeLimit,
      withoutGit,
      tell,
      ...(input === undefined ? {} : { input }),
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
      for (const until = clock.now() + timeLeft(); ; ) {
        const { status, output, complaint } = await run(["show"], entry, true);
        if (status === 0) return output;
        if (!isThere(entry)) return undefined;
        const found = gpgStatusIn(complaint);
        const code = found.openingFailed;
        if (code === gpgError.noMemory && clock.now() < until - breathMs) {
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
      // Whatever git said: the entry is gone, or it is not.
      if (isThere(entry)) {
        throw failure(`pass could not remove the entry "${entry}"`, complaint, `exit status ${status}`);
      }
    },
  };
}
