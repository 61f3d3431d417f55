import assert from "node:assert/strict";
import type { Machine } from "../../src/machine/machine.ts";
import type { AskMfaCode, People, WayToAsk } from "../../src/prompt/prompt.ts";
import type { GetFromSource } from "../../src/sources/source.ts";
import type { FileStore, StoreKind, StoreState } from "../../src/store/secret-store.ts";
import type { Environment } from "../../src/system/environment.ts";
import { memoryNotes } from "./memory-notes.ts";
import { type MemoryStore, memoryStore } from "./memory-store.ts";
import { type MovingClock, movingClock } from "./moving-clock.ts";
import { type ScriptedAws, scriptedAws } from "./scripted-aws.ts";
import { scriptedPrompt } from "./scripted-prompt.ts";

/** A machine with nothing real in it: files by path, a store and notes in memory, AWS by script. */
export interface FakeMachine extends Machine {
  readonly files: Map<string, string>;
  readonly memory: MemoryStore;
  /** What `storeOf` gives for each kind; `keychain` is `memory`. */
  readonly stores: Readonly<Record<StoreKind, MemoryStore>>;
  readonly scripted: ScriptedAws;
  readonly clock: MovingClock;
}

export interface FakeMachineOptions {
  readonly config?: string;
  readonly credentials?: string;
  readonly env?: Environment;
  readonly ask?: AskMfaCode;
  /** How a code would be asked for; absent: there is no way. */
  readonly way?: WayToAsk;
  /** Absent: there is nobody at the terminal. */
  readonly people?: People;
  /** What `fileStore` gives; absent: nobody is expected to want it. */
  readonly fileStore?: FileStore;
  /** What `storeState` tells; absent: ready. */
  readonly states?: Partial<Record<StoreKind, StoreState>>;
  /** What sources give; absent: nobody is expected to ask one. */
  readonly source?: GetFromSource;
  /** Standard input. */
  readonly input?: string;
}

const gone = async () => ({ kind: "cannot-ask", because: "there is no terminal" }) as const;
const nobody: People = { confirm: gone, line: gone, secret: gone, pick: gone };

export function fakeMachine(options: FakeMachineOptions = {}): FakeMachine {
  const clock = movingClock();
  const scripted = scriptedAws(clock);
  const memory = memoryStore();
  const stores = { keychain: memory, file: memoryStore("file"), pass: memoryStore("pass") };
  const files = new Map([
    ["/home/me/.aws/config", options.config ?? ""],
    ["/home/me/.aws/credentials", options.credentials ?? ""],
  ]);
  return {
    files,
    memory,
    stores,
    scripted,
    clock,
    env: options.env ?? {},
    home: "/home/me",
    userName: "me",
    platform: "linux",
    directory: "/home/me/.aws/aws-as",
    folder: () => "/home/me",
    program: { node: "/usr/bin/node", script: "/usr/local/bin/aws-as" },
    notes: memoryNotes(),
    terminal: () => "tty1",
    terminalSession: async () => "tty1 of this morning",
    parentProgram: async () => ({ file: "bash", words: ["-bash"] }),
    readFile: async (path) => {
      // On Windows the paths that the code joins have other separators.
      const text = files.get(path.replaceAll("\\", "/"));
      return text === undefined ? undefined : Buffer.from(text);
    },
    realPath: (path) => path,
    shortPath: async () => undefined,
    store: () => memory,
    storeOf: async (kind) => (kind === "file" ? (options.fileStore ?? stores.file) : stores[kind]),
    fileStore: async () => options.fileStore ?? assert.fail("nobody was expected to open the file store"),
    storeState: async (kind) => options.states?.[kind] ?? { kind: "ready" },
    aws: () => scripted,
    source: options.source ?? (async () => assert.fail("nobody was expected to ask a source")),
    signIn: async () => "signed in",
    ask: () => options.ask ?? scriptedPrompt(),
    wayToAsk: async () => options.way ?? { kind: "cannot-ask", because: "there is no terminal" },
    choose: async () => undefined,
    people: options.people ?? nobody,
    sayAfterQuestion: async () => undefined,
    callerIsGone: async () => false,
    whileWanted: async () => assert.fail("nobody was expected to go on"),
    notify: async () => assert.fail("nobody was expected to be told on the desktop"),
    readInput: async () => options.input ?? "",
    runInPlace: async () => assert.fail("no command was expected to be run"),
    runAttended: async () => assert.fail("no command was expected to be run"),
    listen: async () => assert.fail("nobody was expected to listen"),
    askSocket: async () => assert.fail("nobody was expected to ask on a socket"),
    appendLine: async () => assert.fail("no log was expected"),
    startedWith: async () => [],
    caller: async () => ({ pid: 1, program: "bash", terminal: "/dev/pts/1", folder: "/home/me" }),
    ending: async () => assert.fail("nobody was expected to wait for an end"),
    lock: async () => ({ release: () => undefined }),
    outlast: (work) => work(),
  };
}
