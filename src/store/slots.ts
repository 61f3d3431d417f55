import { UserError } from "../system/user-error.ts";
import type { MasterKeyHolder } from "./master-key.ts";
import type { Unlocking } from "./unlock.ts";

/** The lock of the file store. `isThere` says whether the store's folder is, and is safe to use. */
export function unlockingOf(masterKey: MasterKeyHolder, isThere: () => boolean): Unlocking {
  const later = () =>
    Promise.reject(new UserError("this version cannot change how the file store is opened"));
  return {
    isSetUp: () => isThere() && masterKey.exists(),
    slots: later,
    add: later,
    remove: later,
    agentKeys: later,
  };
}
