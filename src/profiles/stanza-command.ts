import { stanzaIdentity } from "../config/resolve/stanza.ts";
import { UserError } from "../system/user-error.ts";

/** The `credential_process` that asks for an identity, for a program that is started by `command`. */
export function processCommand(command: string, identity: string): string {
  const dash = identity.startsWith("-") ? "-- " : "";
  return `${command} process ${dash}${identity}`;
}

/**
 * Throws a UserError for a program whose stanzas we would not know again as ours: they would be listed as identities
 * of their own, and never be removed.
 *
 * @param script the program file as it was called
 */
export function checkRecognised(command: string, script: string): void {
  if (stanzaIdentity(processCommand(command, "some-name")) === "some-name") return;
  throw new UserError(
    `profiles that start ${script} would not be known as ours again: the program has to be called aws-as or aws-as.cjs; nothing was written`,
    { hints: ["install it: npm install --global aws-as"] },
  );
}
