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
import { type Prompter, startPrompter } from "./keyring-prompter.ts";

export interface Keyring {
  /** All that a child process needs, built from nothing; it has no display. */
  readonly environment: Readonly<Record<string, string>>;
  /** HOME in it. */
  readonly home: string;
  /** Locks the default keyring, as a screen saver may. */
  lock(): Promise<void>;
  /**
   * From now on there is somebody to ask, who gives this answer each time: a password ("test password" is the
   * right one), "dismiss", or "ignore" (the window stays open).
   */
  answerQuestions(answer: string): Promise<void>;
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
  /** The labels of our items, as a keychain app shows them, in alphabetical order. */
  labels(): Promise<string[]>;
  /** Ends everything and removes the folder. Must be called, also after a failure. */
  stop(): Promise<void>;
}

/** The commands that this needs and the machine lacks; empty when it can run. */
export function missingKeyringTools(): string[] {
  return ["dbus-daemon", "gnome-keyring-daemon"].filter(
    (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
  );
}

/**
 * For `test(name, { skip: keyringSkip() }, …)`: false where a keyring can run, else a loud reason.
 * With AWS_AS_TEST_ALL=1 a machine that lacks it is a failure.
 */
export function keyringSkip(): string | false {
  const missing = missingKeyringTools();
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
export async function startKeyring(daemon: "unlocked" | "new" | "none" = "unlocked"): Promise<Keyring> {
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

  let keyringDaemon: ChildProcess | undefined;
  let prompter: Prompter | undefined;
  const start = async (unlocked: boolean): Promise<void> => {
    keyringDaemon = spawn(
      "gnome-keyring-daemon",
      ["--foreground", "--components=secrets", ...(unlocked ? ["--unlock"] : [])],
      { env: environment, stdio: ["pipe", "ignore", "ignore"] },
    );
    keyringDaemon.stdin?.end("test password");
    for (;;) {
      const [there] = await bus.call({
        ...driver,
        member: "NameHasOwner",
        signature: "s",
        body: ["org.freedesktop.secrets"],
      });
      if (there) return;
      if (keyringDaemon.exitCode !== null) throw new Error("gnome-keyring-daemon does not start");
      await delay(20);
    }
  };
  const killDaemon = async (): Promise<void> => {
    if (!keyringDaemon) return;
    keyringDaemon.kill("SIGKILL");
    await ended(keyringDaemon);
    keyringDaemon = undefined;
  };
  if (daemon !== "none") await start(daemon === "unlocked");

  return {
    environment,
    home,
    lock: async () => {
      const service = { destination: "org.freedesktop.secrets", path: "/org/freedesktop/secrets" };
      await bus.call({
        ...service,
        interface: "org.freedesktop.Secret.Service",
        member: "Lock",
        signature: "ao",
        body: [["/org/freedesktop/secrets/aliases/default"]],
      });
    },
    answerQuestions: async (answer) => {
      prompter = await startPrompter(join(folder, "bus"), answer);
    },
    questions: () => prompter?.questions() ?? 0,
    freeze: () => keyringDaemon?.kill("SIGSTOP"),
    thaw: () => keyringDaemon?.kill("SIGCONT"),
    crashed: () =>
      keyringDaemon !== undefined && (keyringDaemon.exitCode ?? keyringDaemon.signalCode) !== null,
    killDaemon,
    restartLocked: () => start(false),
    restartUnlocked: () => start(true),
    killBus: async () => {
      busDaemon.kill("SIGKILL");
      await ended(busDaemon);
    },
    labels: async () => {
      const destination = "org.freedesktop.secrets";
      const found = (await bus.call({
        destination,
        path: "/org/freedesktop/secrets",
        interface: "org.freedesktop.Secret.Service",
        member: "SearchItems",
        signature: "a{ss}",
        body: [[["service", "aws-as"]]],
      })) as string[][];
      const labels = found.flat().map(async (path) => {
        const body = ["org.freedesktop.Secret.Item", "Label"];
        const properties = "org.freedesktop.DBus.Properties";
        const call = { destination, path, interface: properties, member: "Get", signature: "ss", body };
        const [[, label]] = (await bus.call(call)) as [[string, string]];
        return label;
      });
      return (await Promise.all(labels)).toSorted();
    },
    stop: async () => {
      prompter?.close();
      bus.close();
      await killDaemon();
      busDaemon.kill();
      await ended(busDaemon);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
