import {
  type AwsConfig,
  configFiles,
  loadConfig,
  namesEndpoint,
  readBytes,
  tildePath,
} from "../config/aws-config.ts";
import { type Document, parseDocument } from "../config/files/document.ts";
import type { FileKind } from "../config/files/lines.ts";
import { settingOf } from "../config/settings.ts";
import type { SecretStore } from "../store/secret-store.ts";
import type { UserError } from "../system/user-error.ts";
import type { Machine, StoreSettings } from "./machine.ts";

/**
 * Reads the user's configuration.
 *
 * @param errors for what has to work with a broken configuration: they are noted there, and what can be read is the result
 */
export async function readConfig(machine: Machine, errors?: UserError[]): Promise<AwsConfig> {
  const config = await loadConfig(
    configFiles(machine.env, machine.home),
    machine.readFile,
    (path) => tildePath(path, machine.home),
    errors,
  );
  return Object.assign(config, { elsewhere: namesEndpoint(machine.env) });
}

/** One of the AWS files as it is: of no lines where there is none. */
export async function readDocument(machine: Machine, kind: FileKind): Promise<Document> {
  const path = configFiles(machine.env, machine.home)[kind];
  const shown = tildePath(path, machine.home);
  return parseDocument(await readBytes(path, machine.readFile, shown), shown, kind);
}

/** Edits one of the AWS files in one step; false when nothing had to change. */
export async function editAwsFile(
  kind: FileKind,
  machine: Machine,
  edit: (document: Document) => Document,
): Promise<boolean> {
  // Loaded here, because a cache hit comes through this file, and node:crypto behind it takes milliseconds to load.
  const { rewriteFile } = await import("../config/files/rewrite.ts");
  const path = configFiles(machine.env, machine.home)[kind];
  return rewriteFile({ path, kind, shown: tildePath(path, machine.home), edit });
}

/** How long and how the caller waits for the store. */
type Waiting = Pick<StoreSettings, "unattended" | "deadline">;

/** The store that the environment or the configuration asks for. */
export function openStore(config: AwsConfig, machine: Machine, waiting?: Waiting): SecretStore {
  return machine.store(storeSettings(config, machine, waiting));
}

/** What environment and configuration say about the store. */
export function storeSettings(
  config: AwsConfig,
  machine: Machine,
  waiting: Waiting = { unattended: false },
): StoreSettings {
  const inEnvironment = machine.env["AWS_AS_STORE"];
  const setting = config.settings?.properties.get("store");
  const wanted = inEnvironment
    ? { value: inEnvironment, from: "AWS_AS_STORE" }
    : setting?.value && { value: setting.value, from: `${setting.position.file}:${setting.position.line}` };
  const passphraseProcess = settingOf(config, "passphrase_process");
  const passPrefix = settingOf(config, "pass_prefix");
  return {
    unattended: waiting.unattended,
    deadline: waiting.deadline,
    wanted: wanted || undefined,
    passphraseProcess,
    passPrefix,
  };
}
