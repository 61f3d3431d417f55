import { type AwsConfig, loadConfig } from "../config/aws-config.ts";
import { configFiles, tildePath } from "../config/files/config-files.ts";
import { settingOf } from "../config/settings.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { followingStore } from "./following-store.ts";
import type { Machine, StoreSettings } from "./machine.ts";

/** Reads the user's configuration. */
export function readConfig(machine: Machine): Promise<AwsConfig> {
  return loadConfig(configFiles(machine.env, machine.home), machine.readFile, (path) =>
    tildePath(path, machine.home),
  );
}

/** How long and how the caller waits for the store. */
type Waiting = Pick<StoreSettings, "unattended" | "deadline">;

/** The store that the environment or the configuration asks for, also when the latter changes its mind meanwhile. */
export function openStore(
  config: AwsConfig,
  machine: Machine,
  waiting: Waiting = { unattended: false },
): SecretStore {
  const settings = storeSettings(config, machine, waiting);
  const store = machine.store(settings);
  // A variable stays as it is as long as we run.
  if (machine.env["AWS_AS_STORE"]) return store;
  let known = settings.wanted?.value;
  return followingStore(store, async () => {
    try {
      const now = storeSettings(await readConfig(machine), machine, waiting);
      if (now.wanted?.value === known) return undefined;
      const next = machine.store(now);
      known = now.wanted?.value;
      return next;
    } catch {
      // A file that cannot be read at the moment: what was read before counts.
      return undefined;
    }
  });
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
