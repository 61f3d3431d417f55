import type { Context } from "../../cli/context.ts";
import { warning } from "../../cli/report.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { configFiles, tildePath } from "../../config/files/config-files.ts";
import type { Document } from "../../config/files/document.ts";
import { rewriteFile } from "../../config/files/rewrite.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig } from "../../machine/open.ts";
import type { SecretStore } from "../../store/secret-store.ts";
import { sweepLeftovers } from "../../system/files/atomic-write.ts";
import { printable } from "../../system/printable.ts";

/** What a key command works with. */
export interface Place {
  readonly machine: Machine;
  /** As it was when the lock was had; `reread` gives the one of now. */
  readonly config: AwsConfig;
  readonly store: SecretStore;
  reread(): Promise<AwsConfig>;
  /** Tells the person how things go. */
  say(sentence: string): void;
  warn(sentence: string): void;
  /** Edits one of the AWS files in one step; false when nothing had to change. */
  edit(file: "config" | "credentials", edit: (document: Document) => Document): Promise<boolean>;
}

/**
 * Runs what changes keys, one at a time. Whatever a killed run left of the AWS files is removed first: it may hold a key
 * in plain text.
 *
 * @throws UserError when another process is at it
 */
export async function withKeys<T>(context: Context, work: (place: Place) => Promise<T>): Promise<T> {
  return await withKeysLock(context.machine, async () => {
    const { config, credentials } = configFiles(context.machine.env, context.machine.home);
    await sweepLeftovers(credentials, { alone: true });
    // Other commands write there without this lock.
    await sweepLeftovers(config, { alone: config === credentials });
    return await work(await placeOf(context));
  });
}

/** The same for commands that only look. */
export async function placeOf({ machine, stderr }: Context): Promise<Place> {
  const config = await readConfig(machine);
  const files = configFiles(machine.env, machine.home);
  return {
    machine,
    config,
    store: openStore(config, machine),
    reread: () => readConfig(machine),
    say: (sentence) => void stderr.write(`aws-as: ${printable(sentence)}\n`),
    warn: (sentence) => void stderr.write(warning(sentence)),
    edit: (file, edit) =>
      rewriteFile({ path: files[file], kind: file, shown: tildePath(files[file], machine.home), edit }),
  };
}
