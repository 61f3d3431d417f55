import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Aws } from "../../aws/aws.ts";
import { readConfigFile } from "../../config/aws-config.ts";
import type { ConversationPorts, Turn } from "../../prompt/conversation.ts";
import { askInTurn } from "../../prompt/refusals.ts";
import {
  type GivePassphrase,
  noPassphrase,
  passphraseFrom,
  passphraseIsGiven,
} from "../../store/file/passphrase.ts";
import { type KeychainStore, keychainStore } from "../../store/keychain/keychain.ts";
import type { FileStore, SecretStore, StoreKind } from "../../store/secret-store.ts";
import type { SshAgentOptions } from "../../store/ssh-agent/ssh-agent.ts";
import { chooseStore } from "../../store/which-store.ts";
import { parentProgram } from "../../system/children/parent-program.ts";
import { systemClock as clock } from "../../system/clock.ts";
import { currentFolder, type Environment } from "../../system/environment.ts";
import type { Notes } from "../../system/files/notes.ts";
import { realPath } from "../../system/files/private-files.ts";
import { waitNoticeDelayMs } from "../../system/limits.ts";
import { printable } from "../../system/printable.ts";
import { controllingTerminal } from "../../system/proc-stat.ts";
import { standardError } from "../../system/standard-output.ts";
import { UserError } from "../../system/user-error.ts";
import type { Machine, StoreSettings } from "../machine.ts";

/** What main.ts knows of the process that it is. */
export interface Host {
  readonly env: Environment;
  readonly home: string;
  readonly userName: string;
  /** Absent on Windows. */
  readonly userId: number | undefined;
  readonly platform: NodeJS.Platform;
  readonly node: string;
  readonly script: string;
  /** Tells the person what is waited for. */
  tell(sentence: string): void;
}

/** Whether a call outlived its time limit and still holds a thread, so that the process cannot end by itself. */
interface Stuckable {
  isStuck(): boolean;
}

/**
 * The real machine: every port with its adapter. An adapter is loaded when it is first used, because each brings parts
 * of Node that take milliseconds to load (http, tty, child_process, crypto), and a cache hit needs none of them.
 */
export function systemMachine(host: Host): Machine & Stuckable {
  const { env, home, platform } = host;
  const directory = env["AWS_AS_DIR"] || join(home, ".aws", "aws-as");
  const hasFile = () => existsSync(join(directory, "store"));
  // One for all callers: what was unlocked for one of them is open for the others.
  let keychain: KeychainStore | undefined;
  const openKeychain = (settings: StoreSettings): KeychainStore => {
    keychain ??= keychainOf(settings, directory, host, () => settings.wanted !== undefined || !hasFile());
    return keychain;
  };
  let file: Promise<FileStore> | undefined;
  const loadFile = (settings: StoreSettings): Promise<FileStore> => {
    file ??= fileStoreOf(settings, directory, host, { notes, lock, openConversation });
    return file;
  };
  const lock: Machine["lock"] = async (name, deadline) => {
    // The second module notes the caller when it loads: a caller that goes away over the wait is noticed.
    const [{ lockFile }] = await Promise.all([
      import("../../system/files/lock.ts"),
      import("../../system/children/abandoned.ts"),
    ]);
    const path = join(directory, "locks", name);
    const waiting = new AbortController();
    const watch = async () => {
      for (let first = true; ; first = false) {
        await clock.sleep(waitNoticeDelayMs, waiting.signal);
        const stopped = await stoppedHolder(path);
        if (stopped !== undefined) return waiting.abort(stopped);
        if (first && deadline === undefined)
          host.tell("another aws-as is busy with this user, perhaps with a question on another terminal");
      }
    };
    const options = { clock, signal: waiting.signal, ...(deadline !== undefined && { deadline }) };
    const onWait = () => void watch().catch(() => undefined);
    return lockFile(path, { ...options, onWait }).finally(() => waiting.abort());
  };
  const notes = lazyNotes(join(directory, "notes"));
  let hasAsked = false;
  const openConversation = async (): Promise<ConversationPorts> => {
    const [{ systemTerminal }, { onAbandoned }, { terminalName }, { lockFile }] = await Promise.all([
      import("../../system/terminal/terminal.ts"),
      import("../../system/children/abandoned.ts"),
      import("../../system/terminal/controlling-terminal.ts"),
      import("../../system/files/lock.ts"),
    ]);
    const turn = async (signal: AbortSignal): Promise<Turn> => {
      let waited = false;
      const onWait = () => {
        waited = true;
      };
      const path = join(directory, "locks", `terminal-${terminalName()}`);
      const lock = await lockFile(path, { clock, signal, onWait });
      hasAsked = true;
      return { waited, release: () => lock?.release() };
    };
    return { clock, terminal: systemTerminal(), onAbandoned, turn };
  };
  return {
    env,
    home,
    platform,
    directory,
    clock,
    userName: host.userName,
    folder: currentFolder,
    program: { node: host.node, script: host.script },
    notes,
    terminal: controllingTerminal,
    terminalSession: async () =>
      (await import("../../system/terminal/controlling-terminal.ts")).terminalSession(),
    parentProgram: () => parentProgram(platform),
    readFile: readConfigFile,
    realPath,
    shortPath: async (path) => (await import("../../system/children/short-path.ts")).shortPath(path, env),
    aws: (deadline) => lazyAws(host, deadline),
    source: async (request) =>
      (await import("../../sources/source.ts")).getFromSource(request, {
        ...host,
        clock,
        notes,
        lock,
        aws: lazyAws(host, request.deadline),
      }),
    signIn: async (root) =>
      (await import("../../sources/token-files.ts")).signInOf(root, { env, home, clock }),
    ask: ({ given, mfaProcess }) => {
      let ask: ReturnType<typeof import("../../prompt/ask.ts").askMfaCode> | undefined;
      return async (question) => {
        const [{ askMfaCode }, { runCommand }, conversation] = await Promise.all([
          import("../../prompt/ask.ts"),
          import("../../system/children/run-command.ts"),
          openWindows(host, openConversation),
        ]);
        ask ??= askMfaCode({
          ...conversation,
          run: runCommand,
          given: given ?? env["AWS_AS_MFA_CODE"],
          mfaProcess: () => mfaProcess,
        });
        return ask(question);
      };
    },
    wayToAsk: async ({ given, mfaProcess }) => {
      const [{ promptChoice, waysToCode }, { terminal, desktop, wanted }] = await Promise.all([
        import("../../prompt/choose-way.ts"),
        openWindows(host, openConversation),
      ]);
      const [way] = waysToCode({
        given: (given ?? env["AWS_AS_MFA_CODE"]) || undefined,
        mfaProcess,
        wanted: promptChoice(wanted),
        terminal: terminal.state(),
        desktop,
      });
      if (way === undefined) throw new Error("no way to a code, and no reason");
      return { kind: way.kind, because: way.because, window: way.kind === "window" ? way.window : undefined };
    },
    choose: async (question, texts, deadline) => {
      const { choose } = await import("../../prompt/questions.ts");
      const ending = await choose(await openConversation(), question, texts, deadline);
      if (ending.kind === "cancelled")
        throw new UserError("cancelled; nothing was chosen", { exitCode: 130 });
      return ending.kind === "answer" ? ending.value : undefined;
    },
    people: {
      confirm: async (question, preface) =>
        (await import("../../prompt/questions.ts")).confirm(
          await openConversation(),
          question,
          undefined,
          preface,
        ),
      line: async (...asked) =>
        (await import("../../prompt/questions.ts")).askLine(await openConversation(), ...asked),
      secret: async (question) =>
        (await import("../../prompt/questions.ts")).askHidden(await openConversation(), question),
      pick: async (...list) => (await import("../../prompt/pick.ts")).pick(await openConversation(), ...list),
    },
    sayAfterQuestion: async (sentence) => {
      if (!hasAsked || standardError().isTTY) return;
      const terminal = (await openConversation()).terminal.open();
      if (typeof terminal === "string") return;
      await terminal.write(`aws-as: ${printable(sentence)}\n`);
      terminal.close();
    },
    callerIsGone: async () => (await import("../../system/children/abandoned.ts")).callerIsGone(),
    whileWanted: async (work) => {
      const { onAbandoned } = await import("../../system/children/abandoned.ts");
      const over = new AbortController();
      const stop = onAbandoned(clock, () => over.abort());
      await work(over.signal).finally(stop);
    },
    notify: async (text) => (await import("../../prompt/notify.ts")).notify(text, env, platform),
    readInput: async () => (await import("../../system/standard-input.ts")).readStandardInput(),
    runInPlace: async (command) =>
      (await import("../../system/children/run-in-place.ts")).runInPlace(command),
    runAttended: async (command) =>
      (await import("../../system/children/run-in-place.ts")).runAttended(command),
    listen: async (place, answer) => (await import("../../system/listen.ts")).listen(place, answer),
    askSocket: async (...asked) => (await import("../../system/ask-socket.ts")).askSocket(...asked),
    appendLine: async (...line) => (await import("../../system/files/log-file.ts")).appendLine(...line),
    caller: async () => (await import("../../system/children/caller.ts")).caller(),
    startedWith: async (pid) => (await import("../../system/children/caller.ts")).startedWith(pid),
    ending: async (milliseconds) => (await import("../../system/ending.ts")).ending(milliseconds),
    lock,
    outlast: async (work) => (await import("../../system/children/signals.ts")).outlast(work),
    store: (settings) =>
      chooseStore({
        wanted: settings.wanted,
        keychain: openKeychain(settings),
        hasFile,
        // A passphrase may also be typed; whether somebody is there to type shows when it is asked for.
        canSetUpFile: () =>
          passphraseIsGiven({ environment: env, passphraseProcess: settings.passphraseProcess }) ||
          controllingTerminal() !== "",
        loadFile: () => loadFile(settings),
        loadPass: () => passStoreOf(settings, directory, host),
      }),
    storeOf: async (kind, settings) => {
      switch (kind) {
        case "keychain":
          return openKeychain(settings);
        case "file":
          return loadFile(exactly(kind, settings));
        case "pass":
          return passStoreOf(settings, directory, host);
      }
    },
    fileStore: (settings) => loadFile(exactly("file", settings)),
    storeState: async (kind, settings) => {
      const { stateOfFile, stateOfKeychain, stateOfPass } = await import("../../store/store-state.ts");
      const where = { ...host, environment: env, passPrefix: settings.passPrefix };
      switch (kind) {
        case "keychain":
          return stateOfKeychain(where);
        case "file":
          return stateOfFile(() => loadFile(exactly(kind, settings)));
        case "pass":
          return stateOfPass(where);
      }
    },
    isStuck: () => keychain?.stuck ?? false,
  };
}

/** The error for who waits for a process that was put aside by Ctrl-Z: it would wait as long as that is forgotten. */
async function stoppedHolder(path: string): Promise<UserError | undefined> {
  const { stoppedProcess } = await import("../../system/terminal/controlling-terminal.ts");
  const pid = Number((await readConfigFile(path))?.toString());
  const stopped = pid > 0 ? stoppedProcess(pid) : undefined;
  if (stopped === undefined) return undefined;
  const { terminal, isHere } = stopped;
  const where = isHere ? "on this terminal" : terminal === undefined ? "elsewhere" : `on ${terminal}`;
  return new UserError(`another aws-as that is busy with this user, process ${pid} ${where}, is stopped`, {
    hints: isHere
      ? ["fg"]
      : [`${terminal === undefined ? "" : `on ${terminal}: `}fg`, `or end it: kill -KILL ${pid}`],
  });
}

/** A hit reads no note, so what keeps them is loaded with the first one. */
function lazyNotes(folder: string): Notes {
  const open = async () => (await import("../../system/files/notes.ts")).fileNotes(folder);
  return {
    read: async (name) => (await open()).read(name),
    write: async (name, value) => (await open()).write(name, value),
    remove: async (name) => (await open()).remove(name),
  };
}

function lazyAws({ env, platform }: Host, deadline: number | undefined): Aws {
  let loaded: Promise<Aws> | undefined;
  const aws = () => {
    loaded ??= import("../../aws/sdk.ts").then(({ awsSdk }) => awsSdk({ env, clock, platform, deadline }));
    return loaded;
  };
  return {
    getSessionToken: async (...call) => (await aws()).getSessionToken(...call),
    assumeRole: async (...call) => (await aws()).assumeRole(...call),
    assumeRoleWithWebIdentity: async (...call) => (await aws()).assumeRoleWithWebIdentity(...call),
    getScopedCredentials: async (...call) => (await aws()).getScopedCredentials(...call),
    getFederationToken: async (...call) => (await aws()).getFederationToken(...call),
    getSignInToken: async (...call) => (await aws()).getSignInToken(...call),
    getCallerIdentity: async (...call) => (await aws()).getCallerIdentity(...call),
    listMfaDevices: async (...call) => (await aws()).listMfaDevices(...call),
    listAccessKeys: async (...call) => (await aws()).listAccessKeys(...call),
    createAccessKey: async (...call) => (await aws()).createAccessKey(...call),
    setAccessKeyActive: async (...call) => (await aws()).setAccessKeyActive(...call),
    deleteAccessKey: async (...call) => (await aws()).deleteAccessKey(...call),
    accessKeyLastUsed: async (...call) => (await aws()).accessKeyLastUsed(...call),
  };
}

/** What a question on the terminal needs, with what there is to ask in windows. */
async function openWindows(
  { env, platform, home }: Host,
  openConversation: () => Promise<ConversationPorts>,
) {
  const [conversation, { desktopOf }, { callerName }] = await Promise.all([
    openConversation(),
    import("../../prompt/desktop.ts"),
    import("../../system/children/caller.ts"),
  ]);
  let seen: ReturnType<typeof desktopOf> | undefined;
  const desktop = () => {
    seen ??= desktopOf(env, platform, home);
    return seen;
  };
  return { ...conversation, environment: env, desktop, wantedBy: callerName, wanted: env["AWS_AS_PROMPT"] };
}

function keychainOf(
  { unattended }: StoreSettings,
  directory: string,
  host: Host,
  mayMakeKeyring: () => boolean,
): KeychainStore {
  return keychainStore({
    service: "aws-as",
    folder: join(directory, "index"),
    platform: host.platform,
    environment: host.env,
    userId: host.userId,
    clock,
    hasTerminal: () => controllingTerminal() !== "",
    mayMakeKeyring,
    program: host,
    ...(unattended ? {} : { tell: host.tell }),
  });
}

/** As if this store was asked for: then no message explains why it is this one. */
function exactly(kind: StoreKind, settings: StoreSettings): StoreSettings {
  return {
    ...settings,
    wanted: { value: kind, from: settings.wanted?.from ?? "" },
  };
}

async function fileStoreOf(
  settings: StoreSettings,
  directory: string,
  host: Host,
  tools: Shared,
): Promise<FileStore> {
  const { userId } = host;
  const { fileStore } = await import("../../store/file/file.ts");
  // What asks for a passphrase is loaded when it is asked for, which a key in the ssh-agent makes needless.
  let asking: ReturnType<typeof passphraseFor> | undefined;
  const passphrase: GivePassphrase = async (...question) => {
    asking ??= passphraseFor(settings, host, tools);
    return (await asking)(...question);
  };
  return fileStore({
    folder: join(directory, "store"),
    userId,
    clock,
    passphrase,
    deadline: settings.deadline,
    agent: agentFor(settings, host),
  });
}

async function passStoreOf(settings: StoreSettings, directory: string, host: Host): Promise<SecretStore> {
  const { passStore } = await import("../../store/pass/pass.ts");
  const { unattended, deadline, passPrefix } = settings;
  return passStore({
    folder: join(directory, "pass-index"),
    environment: host.env,
    home: host.home,
    userId: host.userId,
    clock,
    prefix: passPrefix,
    deadline,
    tell: unattended ? undefined : host.tell,
  });
}

function agentFor({ deadline, unattended }: StoreSettings, { env, platform, tell }: Host): SshAgentOptions {
  return {
    socket: env["SSH_AUTH_SOCK"],
    platform,
    deadline: deadline === undefined ? undefined : { at: deadline, now: () => clock.monotonic() },
    onWait: unattended
      ? undefined
      : () => tell("waiting for the ssh-agent, which may be asking for your consent"),
  };
}

/** What asking for a passphrase shares with all other questions. */
type Shared = Pick<Machine, "notes" | "lock"> & {
  readonly openConversation: () => Promise<ConversationPorts>;
};

async function passphraseFor(settings: StoreSettings, host: Host, tools: Shared) {
  const { env } = host;
  const [{ askSecret, canAskSecret }, ports] = await Promise.all([
    import("../../prompt/ask-secret.ts"),
    openWindows(host, tools.openConversation),
  ]);
  const askHidden = async (question: string) => {
    const result = await askInTurn({
      clock,
      notes: tools.notes,
      lock: () => tools.lock("passphrase", settings.deadline),
      key: `passphrase-${controllingTerminal()}`,
      unattended: settings.unattended,
      refusal: "no passphrase given for the file store",
      ask: () => askSecret(ports, question.trimEnd(), settings.deadline),
    });
    if (result.kind === "answer") return result.value;
    const because =
      result.kind === "cannot-ask"
        ? `there is no way to ask for it: ${result.because}`
        : "nobody gave it in time";
    throw noPassphrase(because);
  };
  return passphraseFrom({
    environment: env,
    passphraseProcess: settings.passphraseProcess,
    // A user who did not choose the file store does not know what the passphrase is for.
    preface:
      settings.wanted === undefined
        ? "There is no keychain here, so sessions go into an encrypted file"
        : undefined,
    runCommand: async (command) => {
      const { outputOf } = await import("../../system/children/run-command.ts");
      return await outputOf("passphrase_process", command, env);
    },
    askHidden: canAskSecret(ports) ? askHidden : undefined,
  });
}
