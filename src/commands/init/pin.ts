import type { Document } from "../../config/files/document.ts";
import { sectionName } from "../../config/files/lines.ts";
import { setOwn } from "../../config/files/own-section.ts";
import type { IdentityName } from "../../config/resolve/identity-list.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { quote } from "../../config/shown.ts";
import { actAs } from "../../credentials/act-as.ts";
import { planWithoutDevice } from "../../credentials/plan-for.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile, readConfig, readDocument } from "../../machine/open.ts";
import { UserError } from "../../system/user-error.ts";

const comment = "pinned by aws-as init --pin: credentials of another account are refused";

/** An identity and the account that it is in now. */
interface Pin {
  readonly name: string;
  readonly account: string;
}

/**
 * Writes into `[aws-as NAME]` which account each identity is in: what the configuration tells, else what AWS says of its
 * credentials.
 *
 * @param show tells what the config file would become, in place of writing it
 */
export async function pinAccounts(
  names: readonly string[],
  task: Task,
  show: ((before: Document, after: Document) => string) | undefined,
): Promise<string> {
  if (names.length === 0) {
    throw new UserError("say which identities: init --pin NAME", { hints: ["aws-as list"], exitCode: 2 });
  }
  const pins: Pin[] = [];
  for (const name of names) pins.push(await pinOf(name, task));
  const edit = (document: Document) =>
    pins.reduce((so, { name, account }) => setOwn(so, name, "account", account, comment), document);
  if (show !== undefined) {
    const before = await readDocument(task.machine, "config");
    return show(before, edit(before));
  }
  await withKeysLock(task.machine, () => editAwsFile("config", task.machine, edit));
  const { config } = task.config.files;
  for (const { name, account } of pins) task.say(`pinned ${name} to account ${account} in ${config}`);
  return "";
}

async function pinOf(asked: string, { machine, warn }: Task): Promise<Pin> {
  const config = await readConfig(machine);
  const identity = resolveIdentity(config, asked);
  const { name } = identity;
  if (!sectionName.test(name)) {
    throw new UserError(`${quote(name)} has no section of its own, and its name tells what it is`, {
      exitCode: 2,
    });
  }
  const told = (await planWithoutDevice(identity, config, machine)).accountId;
  if (told !== undefined) return { name, account: told };
  const { session, plan } = await actAs({ name, way: "keep", unattended: false }, machine, warn);
  const { account } = await machine.aws().getCallerIdentity(plan.endpoint, session.credentials);
  return { name, account };
}

/** The identities whose credentials come from elsewhere and are not pinned: what they are in is others' to change. */
export async function unpinned(names: readonly string[], { machine }: Task): Promise<string[]> {
  const config = await readConfig(machine);
  const isMeant = ({ name, kind }: IdentityName) =>
    kind === "external" &&
    (names.length === 0 || names.includes(name)) &&
    config.ours.get(name)?.properties.get("account") === undefined;
  return identityNames(config)
    .filter(isMeant)
    .map(({ name }) => name);
}
