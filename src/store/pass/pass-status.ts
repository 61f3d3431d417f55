/**
 * What gpg says to programs on its status lines (`[GNUPG:] …`, doc/DETAILS of GnuPG), as far as it tells why something
 * failed. Its words for people are in the person's language, so they are not read.
 */
export interface GpgStatus {
  /** The low 16 bits of the error that opening the secret key ended with (gpg-error.h). */
  readonly openingFailed: number | undefined;
  /** The key that an entry is encrypted for, when its secret part is not here. */
  readonly noSecretKey: string | undefined;
  /** Who could not be encrypted for, and the reason's number. */
  readonly badRecipient:
    | { readonly id: string; readonly reason: number; readonly expired: boolean }
    | undefined;
  /** A key that was looked at last, by its fingerprint. */
  readonly fingerprint: string | undefined;
  /** The secret key was opened, so that what failed later is the fault of the entry. */
  readonly opened: boolean;
  /** gpg found something else than an encrypted message, or one that was changed. */
  readonly broken: boolean;
  /** The program that asks the person, and whether it is still to answer. */
  readonly pinentry: Pinentry | undefined;
}

export interface Pinentry {
  readonly pid: number;
  /** `gnome3`, `curses`, `gnome3:curses`, … */
  readonly flavor: string;
  /** Nothing else was said since. */
  readonly isAsking: boolean;
  /** It can only ask on a terminal, and was given none. */
  readonly hasNoTerminal: boolean;
}

/** Errors of libgpg-error, by their numbers. Those of the system have bit 15 set. */
export const gpgError = {
  checksum: 10,
  badPassphrase: 11,
  cipherAlgorithm: 12,
  invalidPacket: 14,
  noSecretKey: 17,
  wrongSecretKey: 18,
  timeout: 62,
  noPinentry: 85,
  badData: 89,
  cancelled: 99,
  decryptionFailed: 152,
  fullyCancelled: 198,
  endOfFile: 16_383,
  noSuchFile: 32_849,
  notATerminal: 32_870,
  noMemory: 32_854,
} as const;

/** Reads all status lines in what a child said on standard error. */
export function gpgStatusIn(complaint: string): GpgStatus {
  const lines = complaint.split("\n").filter((line) => line.startsWith("[GNUPG:] "));
  const words = lines.map((line) => line.slice("[GNUPG:] ".length).split(" "));
  const last = (key: string) => words.findLast(([first]) => first === key);
  const first = (key: string) => words.find(([word]) => word === key);
  const failed = words.find(([key, where]) => key === "ERROR" && where === "pkdecrypt_failed");
  const recipient = first("INV_RECP");
  const pinentry = last("PINENTRY_LAUNCHED");
  return {
    opened: last("DECRYPTION_KEY") !== undefined || last("DECRYPTION_INFO") !== undefined,
    broken: ["NODATA", "BADMDC", "UNEXPECTED"].some((key) => first(key) !== undefined),
    openingFailed: failed && Number.parseInt(failed[2] ?? "", 10) & 0xffff,
    noSecretKey: first("NO_SECKEY")?.[1],
    badRecipient: recipient && {
      reason: Number(recipient[1]),
      id: recipient.slice(2).join(" "),
      expired: first("KEYEXPIRED") !== undefined,
    },
    fingerprint: last("KEY_CONSIDERED")?.[1],
    pinentry: pinentry && pinentryFrom(pinentry, words.at(-1) === pinentry),
  };
}

/** `PINENTRY_LAUNCHED PID FLAVOR VERSION TTYNAME …`; pass writes "not a tty" for a terminal that is not there. */
function pinentryFrom([, pid, flavor = "", , ...rest]: readonly string[], isAsking: boolean): Pinentry {
  const terminal = rest.join(" ");
  return {
    pid: Number(pid),
    flavor,
    isAsking,
    hasNoTerminal: /^(curses|tty)$/.test(flavor) && /^(not a tty|- |-$|$)/.test(terminal),
  };
}
