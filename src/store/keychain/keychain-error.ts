import { UserError } from "../../system/user-error.ts";

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
 * - `cancelled`: somebody was asked, and closed the question (gnome-keyring says the same after wrong passwords)
 * - `denied`: the password was wrong, somebody chose Deny, or a policy keeps us out
 * - `hanging`: no answer within the time limit
 * - `ended`: it died while it was asked
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
  | "cancelled"
  | "denied"
  | "hanging"
  | "ended"
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

const elsewhere =
  "an encrypted file instead, opened by your ssh-agent or a passphrase: aws-as store setup file";

/** The words of libsecret, GIO and the bus, which all reach us as bare text. */
const linuxCauses: readonly (readonly [RegExp, KeychainErrorKind])[] = [
  [
    /Cannot autolaunch D-Bus|Could not connect|unsupported transport|address is empty|dbus-launch|Cannot spawn a message bus|bus closed/i,
    "no-bus",
  ],
  [/not provided by any \.service|name is not activatable|StartServiceByName|ServiceUnknown/i, "no-service"],
  [/locked (collection|object|item)|IsLocked|is locked/i, "locked"],
  [/dismissed|cancell?ed/i, "cancelled"],
  [/AccessDenied|policy prevents|rejected send message/i, "denied"],
  // Both come as NoReply.
  [/disconnected from message bus without replying|connection is closed/i, "ended"],
  [/Timeout was reached|NoReply|did not receive a reply/i, "hanging"],
];

/**
 * keytar passes on SecCopyErrorMessageString without the number, and newer system libraries put the number into the
 * text. errSecInteractionNotAllowed, errSecInteractionRequired, errSecInDarkWake and errAuthorizationInteractionNotAllowed;
 * errSecAuthFailed, errAuthorizationDenied and errSecNoAccessForItem; errSecUserCanceled and errAuthorizationCanceled;
 * errSecNoDefaultKeychain and errSecNoSuchKeychain. errSecNotAvailable (-25291) stays `failed`: the items are there, and
 * its own words say what helps, a restart. https://developer.apple.com/documentation/security/security-framework-result-codes
 */
const macCauses: readonly (readonly [RegExp, KeychainErrorKind])[] = [
  [
    /interaction is (not allowed|required)|-25308|-25315|no UI possible|-25320|no user interaction was possible|-60007/i,
    "locked",
  ],
  [
    /user ?name or passphrase .* not correct|-25293|authori[sz]ation.*denied|-60005|has no access control|-25243/i,
    "denied",
  ],
  [/cancell?ed (the operation|by the user)|-128\b|-60006/i, "cancelled"],
  [/default keychain could not be found|-25307|keychain could not be found|-25294/i, "no-collection"],
];

/**
 * keytar passes on FormatMessage's text, in the language of the system, hence only what is known in English.
 * ERROR_NO_SUCH_LOGON_SESSION also comes where a policy forbids keeping passwords. What is too long comes as
 * ERROR_INVALID_PARAMETER or RPC_X_BAD_STUB_DATA, depending on the version; it is split before, so that those are `failed`.
 * https://learn.microsoft.com/windows/win32/api/wincred/nf-wincred-credwritew
 */
const windowsCauses: readonly (readonly [RegExp, KeychainErrorKind])[] = [
  [/logon session does not exist|\b1312\b/i, "no-session"],
  [/access is denied|\bERROR_ACCESS_DENIED\b/i, "denied"],
  [/operation was cancell?ed by the user/i, "cancelled"],
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
  cancelled: "the keychain's question was cancelled",
  denied: "the keychain denied access",
  hanging: "the keychain did not answer in time",
  ended: "the keychain ended while it was asked",
  failed: "the keychain failed",
};

/** The programs that serve secrets on Linux and are told apart, as each has its own way to be opened. */
export type LinuxKeychain = "gnome-keyring" | "kwallet" | "keepassxc";

/** What opens each of them. */
export const unlockings: Readonly<Record<LinuxKeychain, string>> = {
  "gnome-keyring": "unlock the keyring on the desktop (seahorse)",
  kwallet: "open the wallet on the desktop (kwalletmanager5)",
  keepassxc: "unlock the database in KeePassXC, and allow what it asks",
};

const starts: Readonly<Partial<Record<LinuxKeychain, string>>> = {
  kwallet:
    "kwriteconfig5 --file kwalletrc --group org.freedesktop.secrets --key apiEnabled true  # then sign in anew",
  keepassxc: "turn on the Secret Service Integration in KeePassXC's settings",
};

/** Commands that help, per platform where they differ, and on Linux per keychain where it is known. */
export function hintsFor(
  kind: KeychainErrorKind,
  platform: string,
  keychain?: LinuxKeychain,
): readonly string[] {
  if (kind === "no-library") return ["sudo apt install libsecret-1-0", elsewhere];
  if (kind === "no-service") {
    const start = keychain && starts[keychain];
    return [
      start ?? "start the keychain that you use (KeePassXC), or: sudo apt install gnome-keyring",
      elsewhere,
    ];
  }
  if (kind === "locked" || kind === "cancelled" || kind === "denied") {
    if (platform === "darwin") return ["security unlock-keychain", elsewhere];
    if (platform !== "linux") return [elsewhere];
    return [
      `${keychain === undefined ? "unlock the keyring on the desktop" : unlockings[keychain]}, and try again`,
      elsewhere,
    ];
  }
  if (kind === "ended" && platform === "linux") return ["run the same command again", elsewhere];
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
