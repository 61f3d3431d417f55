import type { Aws } from "../aws/aws.ts";
import type { AwsConfig } from "../config/aws-config.ts";
import type { AskMfaCode, People, WayToAsk } from "../prompt/prompt.ts";
import type { HeldLock } from "../session/context.ts";
import type { GetFromSource, SignInRoot } from "../sources/source.ts";
import type { FileStore, SecretStore, StoreKind, StoreState } from "../store/secret-store.ts";
import type { Caller, Started } from "../system/children/caller.ts";
import type { ParentProgram } from "../system/children/parent-program.ts";
import type { OwnCommand } from "../system/children/run-in-place.ts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Notes } from "../system/files/notes.ts";
import type { HttpQuestion, HttpReply, Listening, ServingPlace } from "../system/listen.ts";

/** What the configuration says about the store. */
export interface StoreSettings {
  /** `keychain`, `file` or `pass`, and where that is set; undefined: the keychain, else the file store. */
  readonly wanted?: { readonly value: string; readonly from: string } | undefined;
  /** A command that prints the file store's passphrase. */
  readonly passphraseProcess?: string | undefined;
  /** The folder of our entries in pass; undefined: `aws-as`. */
  readonly passPrefix?: string | undefined;
  /** A program calls: nothing is written to standard error while it waits. */
  readonly unattended: boolean;
  /** Milliseconds of the monotonic clock after which a passphrase, or an answer to pass, comes too late. */
  readonly deadline?: number | undefined;
}

/** How to get a code without asking a person. */
export interface CodeSettings {
  /** From `--code`. */
  readonly given?: string | undefined;
  /** A command that prints a code. */
  readonly mfaProcess?: string | undefined;
}

/** All that a command may touch outside itself. main.ts makes the real one; each part is opened on first use. */
export interface Machine {
  readonly env: Environment;
  readonly home: string;
  /** The local user's name. */
  readonly userName: string;
  readonly platform: NodeJS.Platform;
  /** The folder of all our files: AWS_AS_DIR, or ~/.aws/aws-as. */
  readonly directory: string;
  /** The folder that the program was started in; empty where it is gone. */
  folder(): string;
  /** Node's path, and the program file as it was called. */
  readonly program: { readonly node: string; readonly script: string };
  readonly clock: Clock;
  readonly notes: Notes;
  /** The program that started this one; undefined where the system does not say. */
  parentProgram(): Promise<ParentProgram | undefined>;
  /** The name of our terminal; empty where there is none. */
  terminal(): string;
  /** Names what was begun at our terminal, and ends with it; empty where there is none, or nothing to tell it by. */
  terminalSession(): Promise<string>;
  /** The bytes of a file, or undefined when there is none. */
  readFile(path: string): Promise<Buffer | undefined>;
  /** A path with all links resolved; undefined when nothing is there. */
  realPath(path: string): string | undefined;
  /** On Windows, the path by short names, which hold no blanks; undefined where the disk gives none. */
  shortPath(path: string): Promise<string | undefined>;
  store(settings: StoreSettings): SecretStore;
  /**
   * This kind of store, whatever the settings say. Whether it is set up shows on the first call. Stores of one kind
   * share what was unlocked: a passphrase is asked for once.
   */
  storeOf(kind: StoreKind, settings: StoreSettings): Promise<SecretStore>;
  /** As `storeOf("file", …)`, with its lock. */
  fileStore(settings: StoreSettings): Promise<FileStore>;
  /** Whether a store can be used. Asks no person, reads no secret, and never rejects. */
  storeState(kind: StoreKind, settings: StoreSettings): Promise<StoreState>;
  /** @param deadline milliseconds of the monotonic clock after which an answer comes too late */
  aws(deadline?: number): Aws;
  /** Credentials from a source that is not a key we hold. */
  readonly source: GetFromSource;
  /** Names the sign-in that is there now; undefined: nobody is signed in. */
  signIn(root: SignInRoot): Promise<string | undefined>;
  ask(settings: CodeSettings): AskMfaCode;
  /** How `ask` would get a code now, without asking. Rejects with a UserError for a wrong `AWS_AS_PROMPT`. */
  wayToAsk(settings: CodeSettings): Promise<WayToAsk>;
  /**
   * Lets a person on the terminal choose one of the texts; undefined where there is no person, or no answer in time.
   * Rejects with a UserError of status 130 when the person cancels.
   *
   * @param deadline milliseconds of the monotonic clock after which the answer comes too late
   */
  choose(question: string, texts: readonly string[], deadline?: number): Promise<string | undefined>;
  /** The person at the terminal. */
  readonly people: People;
  /**
   * Our last word to a person who was asked on the terminal: many clients show nothing of our standard error. Said only
   * where a question was put there, and standard error is no terminal itself.
   */
  sayAfterQuestion(sentence: string): Promise<void>;
  /** Whether the process that started this one has gone, as far as it was watched: since a question or a lock. */
  callerIsGone(): Promise<boolean>;
  /** Does work that has no end of its own until nobody wants it: Ctrl-C, or the caller has gone or ends us. */
  whileWanted(work: (over: AbortSignal) => Promise<void>): Promise<void>;
  /** Shows a text on the person's desktop, where there is one; never rejects. */
  notify(text: string): Promise<void>;
  /** All of standard input as text; rejects with UserError where it cannot be had. */
  readInput(): Promise<string>;
  /**
   * Becomes a command of the user, where the system lets a process do that; else runs it to its end, and resolves to its exit
   * status. Rejects with a UserError of status 126 or 127 where it cannot be started.
   */
  runInPlace(command: OwnCommand): Promise<number>;
  /** Runs a command of the user to its end beside us, as if we were not there. Otherwise as `runInPlace`. */
  runAttended(command: OwnCommand): Promise<number>;
  /** Answers over HTTP, on a port of this machine alone or on a socket, until it is closed. */
  listen(place: ServingPlace, answer: (question: HttpQuestion) => Promise<HttpReply>): Promise<Listening>;
  /** Asks over HTTP on a Unix socket; rejects with a UserError where nothing answers within so many milliseconds. */
  askSocket(socket: string, path: string, timeLimit: number): Promise<HttpReply>;
  /**
   * Puts a line to the end of a log that is for this user only, and puts a full one aside; rejects with a UserError where the
   * line is not in the log. Without a line it is only seen whether one could be put there.
   */
  appendLine(
    path: string,
    line: string | undefined,
    lock: () => Promise<HeldLock | undefined>,
  ): Promise<void>;
  /** The process that asks us for something: the nearest above us that is no `sh -c`. */
  caller(): Promise<Caller>;
  /** What a process and those that it descends from were started with, the nearest first; without a number: those above us. */
  startedWith(pid?: number): Promise<readonly Started[]>;
  /**
   * Resolves, with the reason, when somebody ends this process, when who started it is gone, or after so many milliseconds.
   * Signals do not end it by themselves from here on.
   */
  ending(milliseconds: number | undefined): Promise<string>;
  lock(name: string, deadline: number | undefined): Promise<HeldLock | undefined>;
  /** Finishes the work even when the caller goes away or sends a signal meanwhile. */
  outlast<T>(work: () => Promise<T>): Promise<T>;
}

/** What a command works with. */
export interface Task {
  readonly machine: Machine;
  /** As it was when the command began; `readConfig` gives the one of now. */
  readonly config: AwsConfig;
  readonly settings: StoreSettings;
  /** The store in use. Throws a UserError where the settings name none. */
  readonly store: SecretStore;
  /** Tells the person about progress, on standard error. */
  say(sentence: string): void;
  /** Tells the person about something that did not stop the command. */
  warn(sentence: string): void;
}

export type { Listening, ServingPlace };
