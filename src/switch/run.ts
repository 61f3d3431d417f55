import type { Wish } from "../cli/act-as.ts";
import { actAs } from "../cli/act-as.ts";
import type { Machine } from "../cli/machine.ts";
import { type Change, UnsayableValue } from "../emit/change.ts";
import { type Dialect, dialectNamed, dialects } from "../emit/dialect.ts";
import { timestamp } from "../session/expiry.ts";
import { UserError } from "../system/user-error.ts";
import { changedByHand, changesTo, changesToNothing } from "./changes.ts";

/** The changes that make the calling shell act as NAME; `-` is nobody. */
export async function changesFor(
  wish: Omit<Wish, "unattended">,
  machine: Machine,
  warn: (message: string) => void,
): Promise<Change[]> {
  if (wish.name === "-") {
    if (changedByHand(machine.env)) warn("the credentials here are not the ones aws-as set; they stay");
    return changesToNothing(machine.env);
  }
  const { identity, session } = await actAs({ ...wish, unattended: false }, machine, warn);
  const region = identity.settings.get("region")?.value;
  const target = {
    identity: identity.name,
    accessKeyId: session.credentials.accessKeyId,
    secretAccessKey: session.credentials.secretAccessKey.reveal(),
    sessionToken: session.credentials.sessionToken.reveal(),
    expiration: timestamp(session.expiresAt),
    ...(region === undefined ? {} : { region }),
  };
  return changesTo(target, machine.env);
}

/** The dialect that the options name; without any, what every Bourne-family shell reads. */
export function chosenDialect(shell: string | undefined, format: string | undefined): Dialect {
  if (shell !== undefined && format !== undefined) {
    throw new UserError("--shell and --format exclude each other", {
      hints: ["--shell prints code for eval, --format prints data; leave one out"],
      exitCode: 2,
    });
  }
  const kind = format === undefined ? "shell" : "format";
  const name = format ?? shell ?? "sh";
  const dialect = dialectNamed(kind, name);
  if (dialect !== undefined) return dialect;
  const known = dialects.filter((each) => each.kind === kind).flatMap((each) => each.names);
  throw new UserError(`unknown ${kind} "${name}"`, { hints: [`known: ${known.join(", ")}`], exitCode: 2 });
}

/** The text of the changes in that dialect. */
export function rendered(dialect: Dialect, changes: readonly Change[]): string {
  try {
    return dialect.render(changes);
  } catch (error) {
    if (!(error instanceof UnsayableValue)) throw error;
    throw new UserError(`${error.message}, which "${dialect.names[0]}" cannot carry`, {
      hints: ["use another --shell or --format"],
      cause: error,
    });
  }
}
