import { printable, quoted } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import { ItemDamaged } from "../secret-store.ts";
import { type GpgStatus, gpgError } from "./pass-status.ts";

/**
 * Why pass did not do as asked.
 *
 * - `not-installed`, `no-gpg`: a program is missing
 * - `not-initialised`: no `pass init` yet, or not for the folder
 * - `key-missing`, `key-expired`, `key-unusable`: nothing can be encrypted for a key of `pass init`
 * - `no-secret-key`: an entry is encrypted for keys whose secret part is not here
 * - `no-pinentry`, `no-terminal`: the user cannot be asked for the passphrase
 * - `cancelled`, `wrong-passphrase`, `time-limit`: the user was asked
 * - `failed`: anything else, in the words of pass or gpg
 */
export type PassErrorKind =
  | "not-installed"
  | "no-gpg"
  | "not-initialised"
  | "key-missing"
  | "key-expired"
  | "key-unusable"
  | "no-secret-key"
  | "no-pinentry"
  | "no-terminal"
  | "cancelled"
  | "wrong-passphrase"
  | "time-limit"
  | "failed";

/** A failed call of pass. The message can be shown as it is. */
export class PassError extends UserError {
  readonly kind: PassErrorKind;

  constructor(kind: PassErrorKind, message: string, hints: readonly string[], exitCode: 1 | 130 = 1) {
    super(message, { hints, exitCode });
    this.name = "PassError";
    this.kind = kind;
  }
}

/** An entry whose text is lost: cut short, changed, or put under another name. */
export class PassEntryDamaged extends ItemDamaged {
  constructor(entry: string, what: string) {
    super(`the entry "${printable(entry)}" of pass is damaged: ${what}`, {
      hints: [`pass rm ${quoted(entry)}`],
    });
    this.name = "PassEntryDamaged";
  }
}

const ids = "# your keys: gpg --list-secret-keys";

/** Gives the passphrase to gpg-agent, which keeps it for a while. */
function unlock(entry: string): string {
  return `pass show ${quoted(entry)} > /dev/null  # in a terminal, to unlock your key`;
}

export function notInstalled(program: "pass" | "gpg"): PassError {
  const [kind, name] =
    program === "pass" ? (["not-installed", "pass"] as const) : (["no-gpg", "gnupg"] as const);
  return new PassError(kind, `${program} is not installed, or not on the PATH`, [
    `sudo apt-get install ${name}  # on macOS: brew install ${name}`,
    "another store: aws-as store setup",
  ]);
}

export function notInitialised(store: string): PassError {
  return new PassError("not-initialised", `the password store "${printable(store)}" is not initialised`, [
    `pass init YOUR-GPG-KEY  ${ids}`,
  ]);
}

/** @param seconds how long was waited */
export function tooLate(entry: string, seconds: number, asked: boolean): PassError {
  const limit = `within ${Math.max(1, Math.round(seconds))} s`;
  return new PassError(
    "time-limit",
    asked
      ? `nobody answered the question for the passphrase of your gpg key ${limit}`
      : `pass did not answer ${limit}`,
    [unlock(entry)],
  );
}

/** Why the secret key could not be used; undefined when the cause is another one. */
export function openingError(entry: string, status: GpgStatus): PassError | undefined {
  const { openingFailed: code, noSecretKey, pinentry } = status;
  if (noSecretKey !== undefined && code === undefined) {
    const key = printable(noSecretKey);
    const what = `the entry "${printable(entry)}" of pass is encrypted for the gpg key ${key}, whose secret part is not here`;
    return new PassError("no-secret-key", what, [
      "gpg --import SECRET-KEY-FILE  # what `gpg --export-secret-keys` wrote where the key is",
      `pass init YOUR-GPG-KEY  # where the key is: encrypts all entries for another one`,
    ]);
  }
  if (code === undefined) return undefined;
  if (code === gpgError.noPinentry) {
    return new PassError("no-pinentry", "gpg has no pinentry that could ask for the passphrase of your key", [
      "sudo apt-get install pinentry-curses && gpgconf --kill gpg-agent",
      unlock(entry),
    ]);
  }
  if (pinentry?.hasNoTerminal || code === gpgError.notATerminal || code === gpgError.noSuchFile) {
    const what =
      "gpg could not ask for the passphrase of your key: its pinentry has neither terminal nor display";
    return new PassError("no-terminal", what, [
      unlock(entry),
      "export GPG_TTY=$(tty)  # in the file that your shell starts with",
    ]);
  }
  const question = "the question for the passphrase of your gpg key";
  switch (code) {
    case gpgError.badPassphrase:
      return new PassError("wrong-passphrase", "the passphrase of your gpg key was wrong", [unlock(entry)]);
    case gpgError.timeout:
      return new PassError("time-limit", `nobody answered ${question} in time`, [unlock(entry)]);
    case gpgError.cancelled:
    case gpgError.fullyCancelled:
    case gpgError.endOfFile:
      return new PassError("cancelled", `${question} was cancelled`, [unlock(entry)], 130);
    default:
      return undefined;
  }
}

/** Why nothing could be encrypted for a key of the password store; undefined when the cause is another one. */
export function recipientError({ badRecipient, fingerprint }: GpgStatus): PassError | undefined {
  if (badRecipient === undefined) return undefined;
  const id = printable(badRecipient.id);
  const cannot = `pass cannot encrypt for the gpg key "${id}"`;
  const another = `pass init YOUR-GPG-KEY  # another one; ${ids.slice(2)}`;
  if (badRecipient.expired || badRecipient.reason === 5) {
    const key = fingerprint ?? quoted(id);
    return new PassError("key-expired", `${cannot}: it has expired`, [
      `gpg --quick-set-expire ${key} 1y && gpg --quick-set-expire ${key} 1y '*'`,
      another,
    ]);
  }
  if (badRecipient.reason === 1) {
    return new PassError("key-missing", `${cannot}: it is not here`, [`gpg --import KEY-FILE`, another]);
  }
  if (badRecipient.reason === 10) {
    const hint = `gpg --edit-key ${quoted(id)} trust quit  # when you are sure whose it is`;
    return new PassError("key-unusable", `${cannot}: gpg does not know whose it is`, [hint, another]);
  }
  const why: Readonly<Record<number, string>> = {
    2: "the name fits several keys",
    4: "it was revoked",
    13: "it is disabled",
  };
  const reason = why[badRecipient.reason] ?? "it is not fit for encryption";
  return new PassError("key-unusable", `${cannot}: ${reason}`, [`gpg --list-keys ${quoted(id)}`, another]);
}

/**
 * Any other failure, with the message of pass or gpg, which never holds what an entry holds.
 *
 * @param entry what could not be opened, for the hint
 */
export function failure(what: string, complaint: string, how: string, entry?: string): PassError {
  const words = complaint
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("[GNUPG:]"))
    .at(-1);
  const because =
    words === undefined ? how : printable(words.trim().replace(/^(gpg|Error): /, "")).slice(0, 300);
  const byHand = entry === undefined ? "pass ls  # shows whether pass works by itself" : unlock(entry);
  return new PassError("failed", `${what}: ${because.replace(/\.$/, "")}`, [byHand]);
}
