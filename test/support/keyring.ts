/**
 * A real gnome-keyring on a D-Bus session of its own, for tests.
 *
 *     const keyring = await startKeyring();          // unlocked, with a default keyring, empty
 *     t.after(() => keyring.stop());
 *     spawn(node, [program], { env: keyring.environment });
 *
 * The bus has its own configuration, so nothing that the machine has installed is started on it: no prompter
 * (gnome-keyring then takes every question as dismissed), no other Secret Service. Everything lies in one
 * temporary folder: HOME, XDG_RUNTIME_DIR, the bus's socket, the keyring's files.
 *
 * keytar reads DBUS_SESSION_BUS_ADDRESS when it first connects, so tests run it in a child process that gets
 * `environment` (keyring-child.ts does, for the store itself).
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { connectDbus } from "../../src/store/keychain/dbus.ts";
import { type KeyringProgram, type KeyringState, programs } from "./keyring-programs.ts";
import type { Prompter } from "./keyring-prompter.ts";

export interface Keyring {
  /** All that a child process needs, built from nothing; it has no display. */
  readonly environment: Readonly<Record<string, string>>;
  /** HOME in it. */
  readonly home: string;
  /** Locks the default keyring, as a screen saver may. */
  lock(): Promise<void>;
  /**
   * From now on there is somebody to ask, who gives this answer each time: a password ("test password" is the
   * right one), "dismiss", or "ignore" (the window stays open). `when`: no sooner than this resolves.
   */
  answerQuestions(answer: string, when?: Promise<void>): Promise<void>;
  /** How many questions have been asked since answerQuestions. */
  questions(): number;
  /** The daemon stops answering (SIGSTOP) and goes on (SIGCONT). */
  freeze(): void;
  thaw(): void;
  /** True when the daemon ended by itself. */
  crashed(): boolean;
  /** Kills the daemon and leaves the bus; the keyring's files stay. */
  killDaemon(): Promise<void>;
  /** Starts the daemon anew after killDaemon, with its keyring still locked, or unlocked. */
  restartLocked(): Promise<void>;
  restartUnlocked(): Promise<void>;
  /** Kills the bus, and the daemon with it. */
  killBus(): Promise<void>;
  /** Resolves when a program has connected to the bus that the daemon, frozen meanwhile, does not know yet. */
  connected(): Promise<void>;
  /** Resolves when a question stands. */
  asked(): Promise<void>;
  /** Resolves when what was written is on the disk, which takes KWallet some seconds. */
  written(): Promise<void>;
  /** The labels of our items, as a keychain app shows them, in alphabetical order; of one name, or all. */
  labels(name?: string): Promise<string[]>;
  /** Sets the label of our item. */
  setLabel(name: string, label: string): Promise<void>;
  /** Ends everything and removes the folder. Must be called, also after a failure. */
  stop(): Promise<void>;
}

/** The commands that this needs and the machine lacks; empty when it can run. */
export function missingKeyringTools(name: KeyringProgram = "gnome-keyring"): string[] {
  return ["dbus-daemon", ...programs[name].tools].filter(
    (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
  );
}

/**
 * For `test(name, { skip: keyringSkip() }, …)`: false where a keyring can run, else a loud reason.
 * With AWS_AS_TEST_ALL=1 a machine that lacks it is a failure.
 */
export function keyringSkip(name?: KeyringProgram): string | false {
  const missing = missingKeyringTools(name);
  if (missing.length === 0) return false;
  const reason = `NOT TESTED: no ${missing.join(", no ")} (Debian: apt install dbus gnome-keyring libsecret-1-0)`;
  if (process.env["AWS_AS_TEST_ALL"] === "1") throw new Error(reason);
  return reason;
}

const configuration = (folder: string): string => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

const driver = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
};

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/**
 * Starts bus and daemon. `daemon`: "unlocked" has an empty default keyring, "new" has none yet (as on a machine
 * where nobody ever logged in to a desktop), "none" is a bus without a Secret Service.
 */
export async function startKeyring(
  daemon: KeyringState | "none" = "unlocked",
  name: KeyringProgram = "gnome-keyring",
  { confirms = false } = {},
): Promise<Keyring> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-keyring-"));
  const home = join(folder, "home");
  const runtime = join(folder, "run");
  for (const each of [home, runtime]) mkdirSync(each, { mode: 0o700 });
  writeFileSync(join(folder, "bus.conf"), configuration(folder));
  const environment = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus`,
    LANG: "C.UTF-8",
  };
  const busDaemon = spawn(
    "dbus-daemon",
    [`--config-file=${join(folder, "bus.conf")}`, "--nofork", "--print-address=1"],
    { env: environment, stdio: ["ignore", "pipe", "ignore"] },
  );
  await once(createInterface(busDaemon.stdout), "line");
  const bus = connectDbus(join(folder, "bus"), userInfo().uid);

  const program = programs[name];
  const place = { environment, home, bus: join(folder, "bus"), ...(confirms && { confirms }) };
  const service = { destination: "org.freedesktop.secrets", path: "/org/freedesktop/secrets" };
  let keyringDaemon: ChildProcess | undefined;
  let prompter: Prompter | undefined;
  const start = async (state: KeyringState): Promise<void> => {
    const started = await program.start(place, state);
    keyringDaemon = started;
    for (;;) {
      const [there] = await bus.call({
        ...driver,
        member: "NameHasOwner",
        signature: "s",
        body: ["org.freedesktop.secrets"],
      });
      if (there && (state !== "unlocked" || (await isOpen()))) return;
      if (started.exitCode !== null) throw new Error(`${name} does not start`);
      await delay(20);
    }
  };
  /** A database or wallet is opened after the name is taken. KWallet says that one is locked until somebody asks for it. */
  const isOpen = async (): Promise<boolean> => {
    const path = await defaultKeyring();
    // KeePassXC names a database for a moment before it is there.
    return path !== "/" && (name === "kwallet" || !(await isLocked(path).catch(() => true)));
  };
  const defaultKeyring = async (): Promise<string> => {
    const type = "org.freedesktop.Secret.Service";
    const alias = { ...service, interface: type, member: "ReadAlias", signature: "s", body: ["default"] };
    const [path] = (await bus.call(alias)) as [string];
    return path;
  };
  /** Our items, wherever they are; parts of a document begin with its name. */
  const pathsOf = async (name?: string): Promise<string[]> => {
    const type = "org.freedesktop.Secret.Service";
    const search = { ...service, interface: type, member: "SearchItems", signature: "a{ss}" };
    const found = (await bus.call({ ...search, body: [[["service", "aws-as"]]] })) as string[][];
    const paths = found.flat();
    if (name === undefined) return paths;
    const accounts = await Promise.all(
      paths.map(async (path) => {
        const body = ["org.freedesktop.Secret.Item", "Attributes"];
        const call = { ...service, path, interface: "org.freedesktop.DBus.Properties", member: "Get" };
        const [[, pairs]] = (await bus.call({ ...call, signature: "ss", body })) as [[string, string[][]]];
        return pairs.find(([key]) => key === "account")?.[1] ?? "";
      }),
    );
    return paths.filter((_, at) => accounts[at] === name || accounts[at]?.startsWith(`${name}#`));
  };
  const property = (path: string, member: string, signature: string, ...value: unknown[]) =>
    bus.call({
      ...service,
      path,
      interface: "org.freedesktop.DBus.Properties",
      member,
      signature,
      body: ["org.freedesktop.Secret.Item", "Label", ...value],
    });
  const isLocked = async (path: string): Promise<boolean> => {
    const body = ["org.freedesktop.Secret.Collection", "Locked"];
    const call = { ...service, path, interface: "org.freedesktop.DBus.Properties", member: "Get" };
    const [[, locked]] = (await bus.call({ ...call, signature: "ss", body })) as [[string, boolean]];
    return locked;
  };
  const killDaemon = async (): Promise<void> => {
    if (!keyringDaemon) return;
    keyringDaemon.kill("SIGKILL");
    await ended(keyringDaemon);
    keyringDaemon = undefined;
  };
  if (daemon !== "none") await start(daemon);

  return {
    environment,
    home,
    lock: async () => {
      const path = await defaultKeyring();
      if (await isLocked(path)) return;
      const type = "org.freedesktop.Secret.Service";
      const call = { ...service, interface: type, member: "Lock", signature: "ao", body: [[path]] };
      const [, prompt] = (await bus.call(call)) as [string[], string];
      // KeePassXC's asks nobody unless something is unsaved.
      if (prompt === "/") return;
      const asked = {
        ...service,
        path: prompt,
        interface: "org.freedesktop.Secret.Prompt",
        member: "Prompt",
      };
      await bus.call({ ...asked, signature: "s", body: [""] });
      while (!(await isLocked(path))) await delay(20);
    },
    answerQuestions: async (answer, when = Promise.resolve()) => {
      prompter?.close();
      prompter = await program.answer(place, answer, when);
    },
    questions: () => prompter?.questions() ?? 0,
    freeze: () => keyringDaemon?.kill("SIGSTOP"),
    thaw: () => keyringDaemon?.kill("SIGCONT"),
    crashed: () =>
      keyringDaemon !== undefined && (keyringDaemon.exitCode ?? keyringDaemon.signalCode) !== null,
    killDaemon,
    restartLocked: () => start("locked"),
    restartUnlocked: () => start("unlocked"),
    killBus: async () => {
      busDaemon.kill("SIGKILL");
      await ended(busDaemon);
    },
    connected: async () => {
      const names = async () => ((await bus.call({ ...driver, member: "ListNames" })) as [string[]])[0];
      const known = await names();
      while ((await names()).every((each) => known.includes(each))) await delay(20);
    },
    asked: async () => {
      while ((prompter?.questions() ?? 0) === 0) await delay(20);
    },
    written: () => program.write(place, bus),
    labels: async (name) => {
      const labels = (await pathsOf(name)).map(async (path) => {
        const [[, label]] = (await property(path, "Get", "ss")) as [[string, string]];
        return label;
      });
      return (await Promise.all(labels)).toSorted();
    },
    setLabel: async (name, label) => {
      for (const path of await pathsOf(name)) await property(path, "Set", "ssv", ["s", label]);
    },
    stop: async () => {
      prompter?.close();
      bus.close();
      await killDaemon();
      busDaemon.kill();
      await ended(busDaemon);
      // What the daemon had started may still write there.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
