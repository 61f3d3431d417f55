import { join } from "node:path";
import { awsSdk } from "./aws/sdk.ts";
import type { Machine } from "./cli/machine.ts";
import { readConfigFile } from "./config/config-files.ts";
import { askMfaCode } from "./prompt/ask.ts";
import { askHidden } from "./prompt/ask-hidden.ts";
import { choose } from "./prompt/choose.ts";
import { chooseStore } from "./store/choose.ts";
import { fileStore } from "./store/file.ts";
import { keychainStore } from "./store/keychain.ts";
import { passphraseFrom, passphraseIsGiven } from "./store/passphrase.ts";
import { onAbandoned } from "./system/abandoned.ts";
import { systemClock as clock } from "./system/clock.ts";
import { controllingTerminal } from "./system/controlling-terminal.ts";
import type { Environment } from "./system/environment.ts";
import { lockFile } from "./system/lock.ts";
import { fileNotes } from "./system/notes.ts";
import { realPath } from "./system/real-path.ts";
import { runCommand } from "./system/run-command.ts";
import { systemTerminal } from "./system/system-terminal.ts";
import { UserError } from "./system/user-error.ts";

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

/** The real machine: every port with its adapter, each opened when it is first used. */
export function systemMachine(host: Host): Machine {
  const { env, home, platform, userId } = host;
  const directory = env["AWS_AS_DIR"] || join(home, ".aws", "aws-as");
  const terminal = systemTerminal();
  const conversation = { clock, terminal, onAbandoned };
  return {
    env,
    home,
    platform,
    directory,
    clock,
    userName: host.userName,
    program: { node: host.node, script: host.script },
    notes: fileNotes(join(directory, "notes")),
    terminal: controllingTerminal,
    readFile: readConfigFile,
    realPath,
    aws: (deadline) => awsSdk({ env, clock, platform, ...(deadline === undefined ? {} : { deadline }) }),
    ask: ({ given, mfaProcess }) =>
      askMfaCode({
        ...conversation,
        environment: env,
        run: runCommand,
        given: given ?? env["AWS_AS_MFA_CODE"],
        mfaProcess: () => mfaProcess,
        wanted: env["AWS_AS_PROMPT"],
      }),
    choose: async (question, texts) => {
      const ending = await choose(conversation, question, texts);
      return ending.kind === "answer" ? ending.value : undefined;
    },
    lock: (name, deadline) =>
      lockFile(join(directory, "locks", name), { clock, ...(deadline === undefined ? {} : { deadline }) }),
    store: ({ wanted, passphraseProcess, unattended }) => {
      const passphrase = {
        environment: env,
        passphraseProcess,
        runCommand: (command: string) => outputOf(command, env),
        ...(terminal.state() === "foreground"
          ? { askHidden: (question: string) => hidden(conversation, question) }
          : {}),
      };
      return chooseStore({
        wanted,
        canSetUpFile: passphraseIsGiven(passphrase) || terminal.state() === "foreground",
        keychain: keychainStore({
          service: "aws-as",
          folder: join(directory, "index"),
          platform,
          environment: env,
          userId,
          clock,
          ...(unattended ? {} : { tell: host.tell }),
        }),
        file: fileStore({
          folder: join(directory, "store"),
          userId,
          clock,
          passphrase: passphraseFrom(passphrase),
        }),
      });
    },
  };
}

type Conversation = Parameters<typeof askHidden>[0];

async function hidden(conversation: Conversation, question: string) {
  const ending = await askHidden(conversation, question.trimEnd());
  return ending.kind === "answer" ? ending.value : undefined;
}

/** Milliseconds that a passphrase_process may take: a password manager may ask a person first. */
const patience = 45_000;

async function outputOf(command: string, env: Environment): Promise<string> {
  const result = await runCommand(command, { environment: env, timeLimit: patience });
  if (result.kind === "exited" && result.status === 0) return result.output;
  const how =
    result.kind === "exited"
      ? `failed with exit status ${result.status}`
      : `did not end well (${result.kind})`;
  throw new UserError(`passphrase_process ${how}`, {
    hints: ["see [aws-as] passphrase_process in ~/.aws/config"],
  });
}
