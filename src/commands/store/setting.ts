import { configFiles, tildePath } from "../../config/aws-config.ts";
import { setOwn } from "../../config/files/own-section.ts";
import type { Machine } from "../../machine/machine.ts";
import { editAwsFile, readConfig } from "../../machine/open.ts";
import type { StoreKind } from "../../store/secret-store.ts";
import { FileChanged } from "../../system/files/atomic-write.ts";
import { UserError } from "../../system/user-error.ts";

/** Below the header of an `[aws-as]` section that was not there before. */
const comment = "written by aws-as store";

const tries = 20;

/** The setting that says which store is used. */
export interface Setting {
  readonly value: string;
  /** `file:line` */
  readonly from: string;
}

/** What the files say, whatever the environment does. */
export async function readSetting(machine: Machine): Promise<Setting | undefined> {
  const setting = (await readConfig(machine)).settings?.properties.get("store");
  if (setting === undefined || setting.value === "") return undefined;
  return { value: setting.value, from: `${setting.position.file}:${setting.position.line}` };
}

/**
 * Makes a store the one that is used, by `store = KIND` in `[aws-as]` of the config file; everything else in the file
 * stays as it is. Other programs that change the file at the same time are given way to.
 *
 * @throws UserError when the file cannot be written, or the credentials file says otherwise and wins
 */
export async function writeSetting(kind: StoreKind, machine: Machine): Promise<Setting> {
  const shown = tildePath(configFiles(machine.env, machine.home).config, machine.home);
  for (let left = tries; (await readSetting(machine))?.value !== kind; left -= 1) {
    try {
      await editAwsFile("config", machine, (document) => setOwn(document, undefined, "store", kind, comment));
      break;
    } catch (error) {
      if (!(error instanceof UserError && error.cause instanceof FileChanged) || left === 0) throw error;
      await machine.clock.sleep(20);
    }
  }
  const now = await readSetting(machine);
  if (now?.value === kind) return now;
  throw new UserError(`${now?.from ?? shown} says store = ${now?.value ?? ""}, and wins over ${shown}`, {
    hints: ["take that line out, and run the same command again"],
  });
}

/** The variable that wins over the setting, when it names another store; undefined when it does not. */
export function overruling(kind: StoreKind, machine: Machine): string | undefined {
  const value = machine.env["AWS_AS_STORE"];
  if (!value || value === kind) return undefined;
  return `AWS_AS_STORE is set to "${value}" here, and wins over the setting: unset AWS_AS_STORE`;
}
