import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A real ssh-agent with keys of its own, made for the test. */
export interface RunningAgent {
  /** For SSH_AUTH_SOCK. */
  readonly socket: string;
  /** Where the keys lie, as files of their names. */
  readonly folder: string;
  /** Makes a key by ssh-keygen; its name is its comment and its file's name. */
  makeKey(name: string, ...options: string[]): string;
  /** Runs ssh-add with these arguments, which are files below the folder or options. Gives what it printed. */
  add(...args: string[]): string;
  /** It stops answering, and goes on. */
  freeze(): void;
  thaw(): void;
  /** Ends it; the keys stay. */
  kill(): Promise<void>;
  /** Ends it and removes its keys. */
  stop(): Promise<void>;
}

/** The reason to skip tests with an ssh-agent, or false. With AWS_AS_TEST_ALL=1 it is a failure. */
export function withoutSshAgent(): string | false {
  const missing = ["ssh-agent", "ssh-add", "ssh-keygen"].filter(
    (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0,
  );
  if (missing.length === 0) return false;
  const reason = `NOT TESTED: ${missing.join(", ")} not installed`;
  if (process.env["AWS_AS_TEST_ALL"] === "1") throw new Error(reason);
  return reason;
}

/** Starts an agent; `env` may name the program that asks for consent (SSH_ASKPASS). */
export async function startSshAgent(
  env: Readonly<Record<string, string>> = {},
  folder = mkdtempSync(join(tmpdir(), "aws-as-agent-")),
): Promise<RunningAgent> {
  const socket = join(folder, "socket");
  rmSync(socket, { force: true });
  const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, ...env };
  const child = spawn("ssh-agent", ["-D", "-a", socket], { env: environment, stdio: "ignore" });
  const exited = once(child, "exit");
  while (!existsSync(socket)) await delay(5);
  const kill = async (): Promise<void> => {
    child.kill();
    await exited;
  };
  return {
    socket,
    folder,
    makeKey: (name, ...options) => {
      const type = options.length > 0 ? options : ["-t", "ed25519"];
      execFileSync("ssh-keygen", ["-q", ...type, "-N", "", "-C", name, "-f", join(folder, name)]);
      return name;
    },
    add: (...args) =>
      execFileSync("ssh-add", args, {
        cwd: folder,
        env: { ...environment, SSH_AUTH_SOCK: socket },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      }),
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    kill,
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
