import type { Aws } from "../aws/aws.ts";
import type { AskMfaCode, People, WayToAsk } from "../prompt/prompt.ts";
import type { HeldLock } from "../session/obtain.ts";
import type { GetFromSource } from "../sources/source.ts";
import type { SecretStore, StoreKind, StoreState } from "../store/secret-store.ts";
import type { FileStore } from "../store/unlock.ts";
import type { ParentProgram } from "../system/children/parent-program.ts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Notes } from "../system/files/notes.ts";

/** What the configuration says about where secrets rest. */
export interface StoreSettings {
  /** `keychain`, `file` or `pass`, with where that is said; absent: the keychain, else the file store. */
  readonly wanted?: { readonly value: string; readonly from: string };
  /** A command that prints the file store's passphrase. */
  readonly passphraseProcess?: string;
  /** The folder of our entries in pass; absent: `aws-as`. */
  readonly passPrefix?: string;
  /** A program calls: nothing is said on standard error while it waits. */
  readonly unattended: boolean;
  /** Milliseconds since 1970 after which nobody waits for a passphrase, or for whoever answers pass, any more. */
  readonly deadline?: number;
}

/** How a code may be had without asking a person. */
export interface CodeSettings {
  /** From `--code`. */
  readonly given?: string;
  /** A command that prints a code. */
  readonly mfaProcess?: string;
}

/** Everything of the world that a command may touch. main.ts makes the real one; nothing in it is opened before it is used. */
export interface Machine {
  readonly env: Environment;
  readonly home: string;
  /** The local user's name. */
  readonly userName: string;
  readonly platform: NodeJS.Platform;
  /** Where everything of ours on disk lies: AWS_AS_DIR, or ~/.aws/aws-as. */
  readonly directory: string;
  /** Node's path, and the program file as it was called. */
  readonly program: { readonly node: string; readonly script: string };
  readonly clock: Clock;
  readonly notes: Notes;
  /** The program that started this one; undefined when the system does not tell. */
  parentProgram(): Promise<ParentProgram | undefined>;
  /** Names the terminal we run on; empty when there is none. */
  terminal(): string;
  /** The bytes of a file, or undefined when there is none. */
  readFile(path: string): Promise<Buffer | undefined>;
  /** A path with all links resolved; undefined when nothing is there. */
  realPath(path: string): string | undefined;
  store(settings: StoreSettings): SecretStore;
  /**
   * This store and no other, whatever the settings wish; that nothing of it is there yet shows on the first call. The
   * stores of one kind share what was unlocked: a passphrase is asked for once.
   */
  storeOf(kind: StoreKind, settings: StoreSettings): Promise<SecretStore>;
  /** As `storeOf("file", …)`, with its lock. */
  fileStore(settings: StoreSettings): Promise<FileStore>;
  /** Whether a store can be used. Asks nobody, reads no secret, and never rejects. */
  storeState(kind: StoreKind, settings: StoreSettings): Promise<StoreState>;
  /** @param deadline milliseconds since 1970 after which no answer is waited for */
  aws(deadline?: number): Aws;
  /** Credentials from what is no key of ours. */
  readonly source: GetFromSource;
  ask(settings: CodeSettings): AskMfaCode;
  /** How `ask` would get a code now. Asks nobody. Rejects with a UserError where `AWS_AS_PROMPT` names no way. */
  wayToAsk(settings: CodeSettings): Promise<WayToAsk>;
  /**
   * Lets a person on the terminal choose one of the texts; undefined when there is nobody to ask, or no answer in time.
   * Rejects with a UserError of status 130 when the person cancels.
   *
   * @param deadline milliseconds since 1970 after which nobody waits for the answer any more
   */
  choose(question: string, texts: readonly string[], deadline?: number): Promise<string | undefined>;
  /** Whoever sits at the terminal. */
  readonly people: People;
  /** All of standard input as text; rejects with UserError where it cannot be had. */
  readInput(): Promise<string>;
  lock(name: string, deadline: number | undefined): Promise<HeldLock | undefined>;
  /** Does the work to its end also when the caller goes away or ends us meanwhile. */
  outlast<T>(work: () => Promise<T>): Promise<T>;
}
