import type { Environment } from "../../system/environment.ts";
import { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";

/**
 * Gives the passphrase of the file store; called only when an item is really opened or written. `create` means the first
 * one, `add` one beside another that is there. `attempt` counts from 1 and grows when the answer before was wrong. A
 * remark is a sentence that the user sees before the question. Never answers with an empty passphrase.
 */
export type GivePassphrase = (
  why: "unlock" | "create" | "add",
  attempt: number,
  remark?: string,
) => Promise<Secret>;

export interface PassphraseOptions {
  /** AWS_AS_PASSPHRASE and AWS_AS_NEW_PASSPHRASE are read here. */
  readonly environment: Environment;
  /** The setting `passphrase_process`: a command that prints the passphrase on its first line. */
  readonly passphraseProcess?: string | undefined;
  /** Shown before the user is asked for a new passphrase. */
  readonly preface?: string | undefined;
  /** Runs a command line and gives its standard output; rejects with UserError when it fails. */
  readonly runCommand: (command: string) => Promise<string>;
  /** Asks the user without showing what is typed; undefined when cancelled. Absent: the user cannot be asked. */
  readonly askHidden?: ((question: string) => Promise<Secret | undefined>) | undefined;
}

/** The passphrase does not fit the store's master key. */
export class WrongPassphrase extends UserError {
  constructor(message: string, hints: readonly string[] = []) {
    super(message, { hints });
    this.name = "WrongPassphrase";
  }
}

/** A passphrase is needed, was not given, and the user cannot be asked. */
export class NoPassphrase extends UserError {
  constructor(message: string, hints: readonly string[]) {
    super(message, { hints });
    this.name = "NoPassphrase";
  }
}

/** Where the user cannot be asked: the ways to give the passphrase. */
export function noPassphrase(because: string): NoPassphrase {
  return new NoPassphrase(`the file store needs its passphrase, and ${because}`, [
    "read -rs AWS_AS_PASSPHRASE && export AWS_AS_PASSPHRASE",
    "set passphrase_process in the [aws-as] section of ~/.aws/config to a command that prints it",
    "run the command in a terminal, where you will be asked",
  ]);
}

/** How often the user may try: to type it right once, and to type the same twice. */
export const passphraseTries = 3;

/** True when the passphrase is available without asking the user. */
export function passphraseIsGiven(
  options: Pick<PassphraseOptions, "environment" | "passphraseProcess">,
): boolean {
  return Boolean(options.environment["AWS_AS_PASSPHRASE"] || options.passphraseProcess);
}

/**
 * AWS_AS_PASSPHRASE, else `passphrase_process`, else a person; rejects with NoPassphrase naming all three. One to be added
 * beside another comes from AWS_AS_NEW_PASSPHRASE, else a person: the others give the one that is there.
 */
export function passphraseFrom(options: PassphraseOptions): GivePassphrase {
  const { environment, passphraseProcess, runCommand, askHidden } = options;

  const ask = async (question: string): Promise<Secret> => {
    const answer = await askHidden?.(question);
    if (!answer) throw new UserError("no passphrase given for the file store", { exitCode: 130 });
    return answer;
  };
  const askNew = async (): Promise<Secret> => {
    let remark = options.preface === undefined ? "" : `${options.preface}. `;
    for (let attempt = 1; attempt <= passphraseTries; attempt += 1) {
      const first = await ask(`${remark}New passphrase for the file store: `);
      if (first.reveal() === "") {
        remark = "It must not be empty. ";
        continue;
      }
      if ((await ask("The same again: ")).reveal() === first.reveal()) return first;
      remark = "They differ. ";
    }
    throw new UserError(`no passphrase for the file store after ${passphraseTries} tries`);
  };

  return async (why, attempt, remark) => {
    if (why === "add") {
      const added = environment["AWS_AS_NEW_PASSPHRASE"];
      if (added) return new Secret(added);
      if (askHidden) return await askNew();
      throw new NoPassphrase("there is no terminal to ask for the new passphrase on", [
        "read -rs AWS_AS_NEW_PASSPHRASE && export AWS_AS_NEW_PASSPHRASE",
        "run the command in a terminal, where you will be asked",
      ]);
    }
    const given = environment["AWS_AS_PASSPHRASE"];
    if (given) {
      if (attempt > 1) throw new WrongPassphrase("AWS_AS_PASSPHRASE does not open the file store");
      return new Secret(given);
    }
    if (passphraseProcess) {
      if (attempt > 1)
        throw new WrongPassphrase("what passphrase_process prints does not open the file store");
      const [line = ""] = (await runCommand(passphraseProcess)).split(/\r?\n/, 1);
      if (line === "") throw new UserError("passphrase_process printed no passphrase on its first line");
      return new Secret(line);
    }
    if (!askHidden) {
      throw noPassphrase("there is no terminal to ask on");
    }
    if (why === "create") return await askNew();
    const before = attempt > 1 ? "Wrong. " : remark === undefined ? "" : `${remark}. `;
    const answer = await ask(`${before}Passphrase of the file store: `);
    if (answer.reveal() === "")
      throw new UserError("no passphrase given for the file store", { exitCode: 130 });
    return answer;
  };
}
