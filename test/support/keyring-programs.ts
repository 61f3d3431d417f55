/**
 * The programs that serve secrets on Linux, each started with a keyring whose password is "test password", empty. Their
 * files come from keyring-templates: a wallet as KDE's sign-in makes it, and a database as `keepassxc-cli import` does,
 * with a group that is given to the Secret Service.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Dbus } from "../../src/store/keychain/dbus.ts";
import { type Prompter, startPrompter } from "./keyring-prompter.ts";

export const keyringPrograms = ["gnome-keyring", "kwallet", "keepassxc"] as const;
export type KeyringProgram = (typeof keyringPrograms)[number];

/** Unlocked, locked, or without any keyring. */
export type KeyringState = "unlocked" | "locked" | "new";

/** A bus and a home for the program, and how it is set up. */
export interface KeyringPlace {
  readonly environment: Readonly<Record<string, string>>;
  readonly home: string;
  /** The socket of the bus. */
  readonly bus: string;
  /** KeePassXC: asks for each access, and before each removal, which is how it comes. */
  readonly confirms?: boolean;
}

interface Program {
  readonly tools: readonly string[];
  start(place: KeyringPlace, state: KeyringState): Promise<ChildProcess>;
  /** Resolves when what was written is on the disk. */
  write(place: KeyringPlace, bus: Dbus): Promise<void>;
  /** Has somebody give this answer to each question; see Keyring.answerQuestions. */
  answer(place: KeyringPlace, answer: string, when: Promise<void>): Promise<Prompter>;
}

const template = (name: string): string =>
  resolve(import.meta.dirname, "../../../test/support/keyring-templates", name);
const password = "test password";

const gnomeKeyring: Program = {
  tools: ["gnome-keyring-daemon"],
  start: async ({ environment }, state) => {
    const unlock = state === "unlocked" ? ["--unlock"] : [];
    const daemon = spawn("gnome-keyring-daemon", ["--foreground", "--components=secrets", ...unlock], {
      env: environment,
      stdio: ["pipe", "ignore", "ignore"],
    });
    daemon.stdin?.end(password);
    return daemon;
  },
  write: async () => undefined,
  answer: ({ bus }, answer, when) => startPrompter(bus, answer, when),
};

/** What KDE's sign-in does: the key through a pipe, variables through a socket. https://invent.kde.org/plasma/kwallet-pam */
const signIn = `
import hashlib, os, socket, sys
password, folder = sys.argv[1:]
salt = open(folder + "/kdewallet.salt", "rb").read()
r, w = os.pipe()
os.write(w, hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 50000, 56))
os.close(w)
server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
server.bind(folder + "/sign-in")
server.listen(1)
client.connect(folder + "/sign-in")
client.send(b"LANG=C.UTF-8\\n")
client.close()
os.unlink(folder + "/sign-in")
for fd in (r, server.fileno()): os.set_inheritable(fd, True)
os.execvp("kwalletd5", ["kwalletd5", "--pam-login", str(r), str(server.fileno())])
`;

const kwallet: Program = {
  tools: ["kwalletd5", "python3", "Xvfb", "xdotool"],
  start: async ({ environment, home }, state) => {
    const env = { ...environment, DISPLAY: await display() };
    const folder = join(home, ".local/share/kwalletd");
    mkdirSync(folder, { recursive: true });
    mkdirSync(join(home, ".config"), { recursive: true });
    const setting = (name: string, ...lines: string[]) => [`[${name}]`, ...lines, ""].join("\n");
    writeFileSync(
      join(home, ".config/kwalletrc"),
      setting(
        "Wallet",
        `First Use=${state === "new"}`,
        "Enabled=true",
        "Default Wallet=kdewallet",
        "Prompt on Open=false",
      ) + setting("org.freedesktop.secrets", "apiEnabled=true"),
    );
    if (state !== "new" && !existsSync(join(folder, "kdewallet.kwl"))) {
      for (const file of ["kdewallet.kwl", "kdewallet.salt"])
        copyFileSync(template(file), join(folder, file));
    }
    // Both come with sign-in at a session that is there: the wallet is open, and its Secret Service says that it is locked.
    return state === "unlocked"
      ? spawn("python3", ["-c", signIn, password, folder], {
          env: { ...env, PAM_KWALLET5_LOGIN: "1" },
          stdio: "ignore",
        })
      : spawn("kwalletd5", [], { env, stdio: "ignore" });
  },
  // By itself it writes five seconds after a change.
  write: async (_place, bus) => {
    const wallet = {
      destination: "org.kde.kwalletd5",
      path: "/modules/kwalletd5",
      interface: "org.kde.KWallet",
    };
    await bus.call({ ...wallet, member: "close", signature: "sb", body: ["kdewallet", true] });
  },
  answer: (_place, answer, when) => personAt(/KDE Wallet|KWallet/, answer, when),
};

const keepassxc: Program = {
  tools: ["keepassxc", "Xvfb", "xdotool"],
  start: async ({ environment, home, confirms = false }, state) => {
    // It runs once for each user and folder of temporary files.
    const env = { ...environment, DISPLAY: await display(), TMPDIR: home };
    const folder = join(home, ".config/keepassxc");
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "keepassxc.ini"),
      [
        "[General]",
        "ConfigVersion=2",
        "UpdateCheckMessageShown=true",
        "[GUI]",
        "CheckForUpdates=false",
        "[Security]",
        "LockDatabaseIdle=false",
        "[FdoSecrets]",
        "Enabled=true",
        "ShowNotification=false",
        ...(confirms ? [] : ["ConfirmAccessItem=false", "ConfirmDeleteItem=false"]),
        "",
      ].join("\n"),
    );
    const database = join(home, "test.kdbx");
    if (state !== "new" && !existsSync(database)) copyFileSync(template("test.kdbx"), database);
    const words = state === "new" ? [] : state === "locked" ? [database] : ["--pw-stdin", database];
    const daemon = spawn("keepassxc", words, { env, stdio: ["pipe", "ignore", "ignore"] });
    daemon.stdin?.end(`${password}\n`);
    return daemon;
  },
  write: async () => undefined,
  answer: (_place, answer, when) =>
    personAt(/Unlock Database|Access Request|KeePassXC - |Delete/, answer, when),
};

export const programs: Readonly<Record<KeyringProgram, Program>> = {
  "gnome-keyring": gnomeKeyring,
  kwallet,
  keepassxc,
};

let shared: Promise<string> | undefined;

/** The one screen of this process, on which nobody looks. It ends with the process. */
export function display(): Promise<string> {
  shared ??= startDisplay();
  return shared;
}

async function startDisplay(): Promise<string> {
  const server = spawn(
    "Xvfb",
    ["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  process.on("exit", () => server.kill());
  server.unref();
  const [number] = await once(createInterface(server.stdout), "line");
  server.stdout.destroy();
  return `:${number}`;
}

/** A person who sees windows of these titles, and types or presses Escape; "ignore": only looks. */
async function personAt(titles: RegExp, answer: string, when: Promise<void>): Promise<Prompter> {
  const env = { PATH: process.env["PATH"] ?? "", DISPLAY: await display() };
  const tool = (...words: string[]) =>
    promisify(execFile)("xdotool", words, { env }).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    );
  let seen: string[] = [];
  let questions = 0;
  let isThere = true;
  const windows = async () =>
    (await tool("search", "--onlyvisible", "--name", titles.source)).split("\n").filter(Boolean);
  const look = async () => {
    for (; isThere; await delay(200)) {
      const now = await windows();
      questions += now.filter((window) => !seen.includes(window)).length;
      seen = now;
      for (const window of now) {
        if (answer !== "ignore") await when;
        if (answer === "ignore" || !isThere) continue;
        // A window that has just come up may not take keys yet; one that did not is asked again.
        await tool("windowfocus", window);
        await delay(300);
        if (answer === "dismiss") await tool("key", "Escape");
        else {
          await tool("key", "ctrl+a");
          await tool("type", "--delay", "20", answer);
          await tool("key", "Return");
        }
        for (let tries = 0; tries < 20 && (await windows()).includes(window); tries += 1) await delay(100);
      }
    }
  };
  const looking = look();
  return {
    questions: () => questions,
    close: () => {
      isThere = false;
      void looking;
    },
  };
}
