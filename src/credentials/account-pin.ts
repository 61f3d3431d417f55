import type { AccessKey } from "../aws/aws.ts";
import type { Identity } from "../config/resolve/identity.ts";
import { quote, at as shownAt } from "../config/shown.ts";
import type { Machine } from "../machine/machine.ts";
import { fingerprint } from "../session/item.ts";
import type { Plan } from "../session/plan.ts";
import { UserError } from "../system/user-error.ts";

/**
 * Refuses what is of another account than `[aws-as NAME] account` says. Where no ARN tells the account, AWS is asked once
 * for each session (GetCallerIdentity, which needs no permission). Without credentials: as far as ARNs tell.
 *
 * @throws UserError where it is another account
 */
export async function checkAccount(
  { account: pinned }: Identity,
  plan: Plan,
  { aws, notes }: Pick<Machine, "aws" | "notes">,
  got?: { readonly credentials: AccessKey; readonly deadline?: number | undefined },
): Promise<void> {
  if (pinned === undefined) return;
  const ask = async () => {
    if (got === undefined) return undefined;
    const { accessKeyId } = got.credentials;
    // One note for each identity, which its next session overwrites.
    const name = `accounts/${fingerprint([plan.steps.at(-1)?.item.name])}`;
    const known = (await notes.read(name)) as { accessKeyId?: unknown; account?: unknown } | undefined;
    if (known?.accessKeyId === accessKeyId && typeof known.account === "string") return known.account;
    const { account } = await aws(got.deadline).getCallerIdentity(plan.endpoint, got.credentials);
    await notes.write(name, { accessKeyId, account });
    return account;
  };
  const account = plan.accountId ?? (await ask());
  if (account === undefined || account === pinned.value) return;
  throw new UserError(
    `${quote(plan.identity)} is to be in account ${pinned.value} only, and its credentials are of account ${account}`,
    {
      at: pinned.position,
      hints: [
        `where they come from (${shownAt(plan.root.position)}): aws-as explain ${plan.identity}`,
        `if it is the right account: account = ${account} in [aws-as ${plan.identity}]`,
      ],
    },
  );
}
