import type { AwsConfig } from "../config/aws-config.ts";
import { baseName } from "../config/resolve/effective-profile.ts";
import type { IdentityName } from "../config/resolve/identity-list.ts";
import { resolveIdentity } from "../config/resolve/resolve.ts";
import { actingAs } from "../credentials/acting.ts";
import {
  identitiesHere,
  itemsFor,
  planFromMemory,
  planWithoutDevice,
  signInsOnce,
} from "../credentials/plan-for.ts";
import type { Machine } from "../machine/machine.ts";
import { openStore, readConfig } from "../machine/open.ts";
import type { Choice } from "../prompt/prompt.ts";
import { isUsable } from "../session/decide.ts";
import { type Foreseen, foresee, itemsByName, lifeOf, outcomeOf } from "../session/foresee.ts";
import type { StoredItem } from "../store/secret-store.ts";
import { lifeLeft, timeLeft } from "../system/clock.ts";
import { UserError } from "../system/user-error.ts";

/**
 * Lets the person at the terminal pick an identity, those used last first. No file tells of use: a session is as old as its last
 * use but for the hour that it lasts, and its end is what the store lists.
 *
 * @param say hears of names that the project would have
 * @param typed part of a name, of an ARN or an account
 * @returns undefined where nobody can be asked, or nothing fits what was typed
 */
export async function pickIdentity(
  machine: Machine,
  say: (message: string) => void,
  typed = "",
): Promise<string | undefined> {
  const config = await readConfig(machine);
  const { identities, unused } = await identitiesHere(config, machine);
  const all = await usesOf(identities, config, machine);
  if (all.length === 0 && typed === "") {
    throw new UserError("there is no identity yet to act as", {
      hints: ["to set one up: aws-as init"],
    });
  }
  const word = typed.toLowerCase();
  const isMeant = ({ name, arn, account }: Use) =>
    [name, arn ?? "", account ?? ""].some((text) => text.toLowerCase().includes(word));
  if (!all.some(isMeant)) return undefined;
  if (unused !== undefined) say(unused);
  const ending = await machine.people.pick("Act as", choicesOf(all, machine.clock.now()), typed);
  if (ending.kind === "cancelled") throw new UserError("cancelled; nothing was chosen", { exitCode: 130 });
  return ending.kind === "answer" ? ending.value : undefined;
}

/** An identity and what is known of its use. Times are milliseconds since 1970. */
export interface Use {
  readonly name: string;
  readonly account?: string | undefined;
  readonly arn?: string | undefined;
  readonly isCurrent: boolean;
  /** The project's file that has the name. */
  readonly from?: string | undefined;
  /** When its last session was got; undefined: never, as far as the store remembers. */
  readonly usedAt?: number | undefined;
  /** The end of its session, where that is still good. */
  readonly until?: number | undefined;
  /** Getting a session takes a code. */
  readonly needsCode: boolean;
}

async function usesOf(
  identities: readonly IdentityName[],
  config: AwsConfig,
  machine: Machine,
): Promise<Use[]> {
  const items = itemsByName(await listed(config, machine));
  const signIns = signInsOnce(machine);
  const acting = actingAs(machine.env);
  const current = acting && baseName(acting);
  const uses: Use[] = [];
  for (const { name, position, ofProject } of identities) {
    try {
      const identity = resolveIdentity(config, name);
      const known = await planFromMemory(identity, config, machine);
      const plan = known ?? (await planWithoutDevice(identity, config, machine));
      const foreseen = foresee(plan, await itemsFor(plan, items, signIns), machine.clock.now());
      uses.push({
        name,
        account: plan.accountId,
        arn: identity.hops.at(-1)?.roleArn,
        isCurrent: identity.name === current,
        ...(ofProject && { from: position.file }),
        needsCode: outcomeOf(foreseen, known !== undefined) === "ask",
        ...timesOf(foreseen.at(-1), machine.clock.now()),
      });
    } catch (error) {
      // One that cannot be used cannot be picked; doctor tells of it.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return uses;
}

function timesOf(last: Foreseen | undefined, now: number): Pick<Use, "usedAt" | "until"> {
  if (last?.expiresAt === undefined) return {};
  const { step, expiresAt } = last;
  return {
    usedAt: expiresAt - lifeOf(step) * 1000,
    until: isUsable({ obtainedAt: 0, expiresAt }, now) ? expiresAt : undefined,
  };
}

/** A store that does not answer has no say in what there is to pick. */
async function listed(config: AwsConfig, machine: Machine): Promise<readonly StoredItem[]> {
  try {
    return await openStore(config, machine).list();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [];
  }
}

/** The list, the identities that were used last first. Pure. */
export function choicesOf(uses: readonly Use[], now: number): Choice[] {
  const ordered = [...uses].sort((a, b) => (b.usedAt ?? 0) - (a.usedAt ?? 0));
  const width = Math.min(40, Math.max(0, ...ordered.map(({ name }) => name.length)));
  return ordered.map((use) => ({
    name: use.name,
    shown: [use.name.padEnd(width), use.account ?? " ".repeat(12), stateOf(use, now)].join("  ").trimEnd(),
    words: use.arn ?? "",
  }));
}

function stateOf({ isCurrent, from, usedAt, until, needsCode }: Use, now: number): string {
  const state = [
    ...(isCurrent ? ["now"] : []),
    ...(until === undefined ? [] : [`${lifeLeft(until - now)} left`]),
    ...(until === undefined && needsCode ? ["needs a code"] : []),
    ...(usedAt === undefined ? [] : [`used ${ago(now - usedAt)}`]),
    ...(from === undefined ? [] : [`named in ${from}`]),
  ];
  return state.join(", ");
}

function ago(milliseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000);
  if (days > 1) return `${days} days ago`;
  if (days === 1) return "a day ago";
  return milliseconds < 60_000 ? "just now" : `${timeLeft(milliseconds)} ago`;
}
