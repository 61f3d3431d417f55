/**
 * The time limits that a person can feel, in milliseconds. docs/protocol.md quotes this table, and a test holds the two
 * equal. A limit that only one file and no person knows of stands in that file.
 */

/** A whole `aws-as process` call. The Go SDKs give up after 60 s and discard a later answer. */
export const processTimeoutMs = 50_000;

/** Kept free before that deadline for the call to AWS; a code that arrives later could not be sent in time. */
export const codeCallReserveMs = 5000;

/** Kept free behind a foreign credential_process, for a role on top of what it gives. */
export const answerReserveMs = 3000;

/** A foreign credential_process in a terminal: it may have sent the person to a browser. */
export const credentialProcessTimeoutMs = 300_000;

/** One run of mfa_process: time to find a security key and touch it. */
export const mfaProcessTimeoutMs = 60_000;

/** One run of passphrase_process: a password manager may ask the person first. */
export const passphraseProcessTimeoutMs = 45_000;

/** A window with a question, where the caller sets no deadline. */
export const windowTimeoutMs = 600_000;

/** The sign-in of aws-cli: as long as AWS waits for a device to be authorized. */
export const signInTimeoutMs = 600_000;

/** A browser that was started for the console: a cold start on a busy machine takes long. */
export const browserTimeoutMs = 60_000;

/** `logout` and the commands that change keys wait this long for a call under way, which may be asking a person. */
export const busyLockTimeoutMs = 3000;

/** After this long a person is told what is being waited for. */
export const waitNoticeDelayMs = 2000;

/** A refused or unanswered question is not asked again for this long: the JavaScript SDK calls again at once. */
export const refusalMemoryMs = 10_000;

/** Work that must not be lost, such as a code already sent, goes on for this long after SIGHUP or SIGTERM. */
export const outlastTimeoutMs = 10_000;

/** `keys rotate` waits this long for AWS to accept the new key. */
export const newKeyTimeoutMs = 90_000;

/** A store and the ssh-agent, where their state is only being shown. */
export const storeProbeTimeoutMs = 5000;
export const agentProbeTimeoutMs = 3000;
