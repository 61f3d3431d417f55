import { createRequire } from "node:module";
import * as os from "node:os";
import { dirname, join } from "node:path";
import { type KeychainError, keychainError, kindOfKeychainFailure } from "./keychain-error.ts";
import {
  defaultPersonLimitMs,
  defaultTimeLimitMs,
  type KeychainItems,
  type KeychainItemsOptions,
  late,
  seconds,
  within,
} from "./keychain-items.ts";

/** Windows compares names without regard to case; ours differ in it. */
const accountName = (name: string, platform: string): string =>
  platform === "win32" ? name.replace(/[\p{Lu}^]/gu, (letter) => `^${letter.toLowerCase()}`) : name;

/** Items through keytar. Once it hung, later calls fail at once: nobody is made to wait twice. */
export function keytarItems(options: KeychainItemsOptions): KeychainItems {
  const { service, platform, timeLimitMs = defaultTimeLimitMs } = options;
  // macOS blocks a call only while it asks a person (and fails at once where it cannot); Windows never asks.
  const limitMs = platform === "darwin" ? (options.personLimitMs ?? defaultPersonLimitMs) : timeLimitMs;
  let keytar: Promise<Keytar> | undefined;
  let stuckCalls = 0;
  let givenUp: KeychainError | undefined;

  const call = async <T>(use: (loaded: Keytar) => Promise<T>): Promise<T> => {
    if (givenUp) throw givenUp;
    keytar ??= loadKeytar(platform, options.loadKeytar ?? (() => load(options, limitMs)));
    const work = use(await keytar);
    let answer: T | typeof late;
    try {
      // On Linux the limit is the process's own.
      answer = await within(platform === "linux" ? 2 * limitMs : limitMs, work);
    } catch (error) {
      const { message } = error as Error;
      throw keychainError(kindOfKeychainFailure(platform, message), platform, message, error);
    }
    if (answer !== late) return answer as T;
    stuckCalls += 1;
    const back = (): void => {
      stuckCalls -= 1;
    };
    work.then(back, back);
    givenUp = keychainError("hanging", platform, `no answer ${seconds(limitMs)}`);
    throw givenUp;
  };
  return {
    stuck: () => stuckCalls > 0,
    read: async (name) =>
      (await call((it) => it.getPassword(service, accountName(name, platform)))) ?? undefined,
    write: (name, text) => call((it) => it.setPassword(service, accountName(name, platform), text)),
    remove: (name) => call((it) => it.deletePassword(service, accountName(name, platform))),
  };
}

async function load(
  { platform, program, environment }: KeychainItemsOptions,
  limitMs: number,
): Promise<unknown> {
  if (platform !== "linux" || program === undefined) return import("keytar");
  const [{ execFile }, { realpathSync }] = await Promise.all([
    import("node:child_process"),
    import("node:fs"),
  ]);
  const path = createRequire(realpathSync(program.script)).resolve("keytar");
  return apart((input) => {
    const options = { env: { ...environment }, timeout: limitMs, killSignal: "SIGKILL" } as const;
    return new Promise((resolve, reject) => {
      const child = execFile(program.node, ["-e", callingKeytar, path], options, (error, stdout) => {
        if (stdout !== "") resolve(stdout);
        else
          reject(new Error(error?.killed ? `NoReply ${seconds(limitMs)}` : "keytar ended without an answer"));
      });
      child.stdin?.on("error", () => undefined).end(input);
    });
  });
}

const callingKeytar = `
const [method, ...words] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const say = (answer) => require("fs").writeSync(1, JSON.stringify(answer));
const { argv } = process;
require(argv[1])[method](...words).then((value) => say({ value }), ({ message }) => say({ message }));`;

/**
 * keytar in processes of their own. libsecret blocks a thread that Node cannot leave behind, and writes lines of its own
 * on standard error; a process can be ended, and its lines are not read.
 */
function apart(run: (input: string) => Promise<string>): Keytar {
  const call = async <T>(...words: readonly string[]): Promise<T> => {
    const { value, message } = JSON.parse(await run(JSON.stringify(words))) as { value: T; message?: string };
    if (message !== undefined) throw new Error(message);
    return value;
  };
  return {
    getPassword: (...words) => call("getPassword", ...words),
    setPassword: (...words) => call("setPassword", ...words),
    deletePassword: (...words) => call("deletePassword", ...words),
  };
}

/** The calls of keytar that are used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

const isKeytar = (value: unknown): value is Keytar =>
  typeof (value as Partial<Keytar> | undefined)?.getPassword === "function";

/**
 * Why the addon does not load. keytar swallows the loader's words, so its binary is loaded once more, from the
 * place that keytar's own error shows (a bundle knows no other way to it than its name).
 */
function loadFailure(platform: string, error: unknown): KeychainError {
  const [, script] = /\(?((?:\/|[A-Za-z]:)[^():]*keytar\.js):\d+/.exec((error as Error).stack ?? "") ?? [];
  let words = (error as Error).message;
  // Its install script copies one into the other; npm runs none that nobody allowed.
  for (const folder of ["build/Release", `prebuilds/${os.platform()}-${os.arch()}`]) {
    if (!script) break;
    try {
      createRequire(script)(join(dirname(script), "..", folder, "keytar.node"));
    } catch (cause) {
      const [said = ""] = (cause as Error).message.split("\n");
      if (!said.startsWith("Cannot find module")) words = said;
    }
  }
  const kind = /libsecret[^ ]*: cannot open shared object/.test(words) ? "no-library" : "no-addon";
  return keychainError(kind, platform, words, error);
}

/** Loads keytar, whose exports stand under `default` after an import and directly after a bundle's require. */
async function loadKeytar(platform: string, load: () => Promise<unknown>): Promise<Keytar> {
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (error) {
    throw loadFailure(platform, error);
  }
  const inner = (loaded as { default?: unknown }).default;
  if (isKeytar(inner)) return inner;
  if (isKeytar(loaded)) return loaded;
  throw new Error("keytar does not export what it should");
}
