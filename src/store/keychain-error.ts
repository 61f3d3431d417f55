import { UserError } from "../system/user-error.ts";

/**
 * Why the OS keychain did not do as asked.
 *
 * There is none here:
 * - `no-addon`: keytar has no binary that this system can load
 * - `no-library`: libsecret is not installed
 * - `no-bus`: no D-Bus session, so no Secret Service (SSH, containers, CI)
 * - `no-service`: a bus, and no Secret Service on it
 * - `no-collection`: a keychain in which no default keyring was ever made
 * - `no-session`: Windows keeps no credentials for this kind of logon (SSH with a key)
 *
 * There is one:
 * - `locked`: nobody can be asked, or nobody answered
 * - `refused`: somebody was asked and said no, or the password was wrong
 * - `hanging`: no answer within the time limit
 * - `failed`: anything else, in the keychain's own words
 */
export type KeychainErrorKind =
  | "no-addon"
  | "no-library"
  | "no-bus"
  | "no-service"
  | "no-collection"
  | "no-session"
  | "locked"
  | "refused"
  | "hanging"
  | "failed";

/** A call that the keychain did not answer as wished. The message is fit to be shown as it is. */
export class KeychainError extends UserError {
  readonly kind: KeychainErrorKind;

  constructor(
    kind: KeychainErrorKind,
    message: string,
    details: { hints: readonly string[]; cause?: unknown },
  ) {
    super(message, details);
    this.name = "KeychainError";
    this.kind = kind;
  }

  /** True when nothing of ours can lie in a keychain here, so that another store may take its place. */
  get absent(): boolean {
    return this.kind.startsWith("no-");
  }
}

const elsewhere = "export AWS_AS_STORE=file";

/** The words of libsecret, GIO and the bus, which all reach us as bare text. */
const linuxCauses: readonly (readonly [RegExp, KeychainErrorKind])[] = [
  [
    /Cannot autolaunch D-Bus|Could not connect|unsupported transport|address is empty|dbus-launch|Cannot spawn a message bus|bus closed/i,
    "no-bus",
  ],
  [/not provided by any \.service|name is not activatable|StartServiceByName|ServiceUnknown/i, "no-service"],
  [/locked (collection|object|item)|IsLocked|is locked/i, "locked"],
  [/dismissed|cancell?ed/i, "refused"],
  [/Timeout was reached|NoReply|did not receive a reply/i, "hanging"],
];

/**
 * keytar passes on SecCopyErrorMessageString without the number, and the newer system libraries put the
 * number into the text. https://www.osstatus.com/search/results?platform=all&framework=Security
 */
const macCauses: readonly (readonly [RegExp, KeychainErrorKind])[] = [
  [/interaction is not allowed|-25308|no UI possible|-25320/i, "locked"],
  [/user ?name or passphrase .* not correct|-25293|authoriz?s?ation.*denied|-60005/i, "refused"],
  [/cancell?ed the operation|-128\b/i, "refused"],
  [/default keychain could not be found|-25307|keychain could not be found|-25294/i, "no-collection"],
];

/** keytar passes on FormatMessage's text, in the language of the system, hence only what is known in English. */
const windowsCauses: readonly (readonly [RegExp, KeychainErrorKind])[] = [
  [/logon session does not exist|\b1312\b/i, "no-session"],
];

const causesOn: Readonly<Record<string, typeof linuxCauses>> = {
  darwin: macCauses,
  win32: windowsCauses,
  linux: linuxCauses,
};

/** What a message of keytar means on a platform (as process.platform names it). */
export function kindOfKeychainFailure(platform: string, message: string): KeychainErrorKind {
  return causesOn[platform]?.find(([pattern]) => pattern.test(message))?.[1] ?? "failed";
}

const sentences: Readonly<Record<KeychainErrorKind, string>> = {
  "no-addon": "the keychain library keytar has no binary that this system can load",
  "no-library": "the keychain library libsecret is not installed",
  "no-bus": "no keychain in this session: there is no D-Bus session bus",
  "no-service": "no keychain in this session: no Secret Service on the D-Bus session bus",
  "no-collection": "the keychain has no default keyring yet",
  "no-session": "Windows keeps no credentials for this logon session",
  locked: "the keychain is locked",
  refused: "the keychain was not unlocked",
  hanging: "the keychain did not answer in time",
  failed: "the keychain failed",
};

/** Commands that help, per platform where they differ. */
function hintsFor(kind: KeychainErrorKind, platform: string): readonly string[] {
  if (kind === "no-library") return ["sudo apt install libsecret-1-0", elsewhere];
  if (kind === "no-service") return ["sudo apt install gnome-keyring", elsewhere];
  if (kind === "locked" || kind === "refused") {
    if (platform === "darwin") return ["security unlock-keychain", elsewhere];
    return platform === "linux"
      ? ["unlock the keyring on the desktop, and try again", elsewhere]
      : [elsewhere];
  }
  if (kind === "hanging" && platform === "darwin")
    return ["answer the keychain's question, and try again", elsewhere];
  return [elsewhere];
}

/** The error for a kind; `detail` (the system's own words, no secret) follows in parentheses. */
export function keychainError(
  kind: KeychainErrorKind,
  platform: string,
  detail?: string,
  cause?: unknown,
): KeychainError {
  const tail = detail ? ` (${detail.trim().replace(/\.$/, "").replace(/\s+/g, " ")})` : "";
  return new KeychainError(kind, `${sentences[kind]}${tail}`, { hints: hintsFor(kind, platform), cause });
}
