import { warn } from "../../cli/report.ts";
import { type Display, onScreen, screenOf } from "../../cli/screen.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { planFromMemory, signInsOnce } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig } from "../../machine/open.ts";
import { keyIdOfItem } from "../../session/long-term-key.ts";
import { isSignInRoot } from "../../session/plan.ts";
import type { StoredItem } from "../../store/secret-store.ts";
import { timeLeft, timestamp } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";

/** What `aws-as status` prints. */
export async function statusText(display: Display, { json }: { json: boolean }): Promise<string> {
  const errors: UserError[] = [];
  const status = await statusOf(display.machine, errors);
  for (const { message } of errors) warn(display.stderr, message);
  return json ? inJson(status) : inWords(status, display);
}

/** How things stand. */
interface Status {
  readonly shell: ShellStatus;
  /** Those in the store that still serve. */
  readonly sessions: readonly StoredItem[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly config: AwsConfig;
}

/** Reads no secret, and asks nobody. What is wrong with the files goes to `errors`. */
export async function statusOf(machine: Machine, errors: UserError[]): Promise<Status> {
  const now = machine.clock.now();
  const config = await readConfig(machine, errors);
  const shell = { ...shellStatus(machine.env, now), protected: isProtected(config, machine.env) };
  const items = await openStore(config, machine).list();
  const dead = items.length === 0 ? new Set() : await withoutSignIn(config, machine);
  const sessions = items
    .filter(({ name }) => keyIdOfItem(name) === undefined && !dead.has(name))
    .filter((item) => item.expiresAt === undefined || item.expiresAt > now)
    .sort((a, b) => a.label.localeCompare(b.label, "en"));
  return { shell, sessions, now, config };
}

/** Whether the shell acts as an identity that a person has to agree to. */
function isProtected(config: AwsConfig, env: Environment): boolean {
  const name = env["AWS_AS_IDENTITY"];
  if (!name) return false;
  try {
    return resolveIdentity(config, name).guard?.protected !== undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}

/** The names of sessions that are not served any more, because another tool has signed out. */
async function withoutSignIn(config: AwsConfig, machine: Machine): Promise<ReadonlySet<string>> {
  const dead = new Set<string>();
  let signIns: Pick<Machine, "signIn"> | undefined;
  for (const { name } of identityNames(config)) {
    try {
      const identity = resolveIdentity(config, name);
      if (!isSignInRoot(identity.root)) continue;
      signIns ??= signInsOnce(machine);
      if ((await signIns.signIn(identity.root)) !== undefined) continue;
      const plan = await planFromMemory(identity, config, machine);
      for (const { item } of plan?.steps ?? []) dead.add(item.name);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return dead;
}

export function inWords({ shell, sessions, now }: Status, display: Display): string {
  const lines = [headline(shell)];
  if (shell.identity !== null && !shell.changed && shell.left !== null) {
    // Without the functions the shell has no aws-as that could change it.
    const [how, command] = display.machine.env["AWS_AS_FUNCTIONS"]
      ? ["some shells renew them before a prompt", "aws-as renew"]
      : ["variables are not renewed by themselves", "evaluate aws-as env --renew as before"];
    lines.push(`${how}; for a new session: ${command}`);
  }
  if (shell.protected) lines.push("it is protected: somebody types its name before it is handed out anew");
  if (shell.profile !== null && (shell.identity === null || shell.changed))
    lines.push(`AWS_PROFILE is "${shell.profile}"`);
  if (sessions.length > 0) lines.push("sessions in the store:");
  for (const { label, expiresAt } of sessions) {
    lines.push(`  ${label}${expiresAt === undefined ? "" : `, ${timeLeft(expiresAt - now)} left`}`);
  }
  // Names come from variables that anybody may have set.
  const words = onScreen(`${lines.map(printable).join("\n")}\n`, display);
  return shell.protected ? words.replace(/^.*/, screenOf(display).colors.red) : words;
}

function headline(shell: ShellStatus): string {
  if (shell.identity === null) {
    return shell.key === null
      ? "(-) this shell acts as nobody"
      : `(-) this shell has credentials that aws-as did not set (key …${shell.key})`;
  }
  if (shell.changed) return `(?) this shell was changed by hand since it was switched to "${shell.identity}"`;
  if (shell.left === null) return `(${shell.identity}) this shell acts as "${shell.identity}"`;
  if (shell.left <= 0)
    return `(${shell.identity}) the session of "${shell.identity}" ended at ${shell.expiration}`;
  return `(${shell.identity}) this shell acts as "${shell.identity}" for ${timeLeft(shell.left)}, until ${shell.expiration}`;
}

export function inJson({ shell, sessions, now }: Status): string {
  const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
  return `${JSON.stringify({
    shell: { ...shell, left: shell.left === null ? null : seconds(shell.left) },
    sessions: sessions.map(({ label, expiresAt }) => ({
      label,
      expiration: expiresAt === undefined ? null : timestamp(expiresAt),
      left: expiresAt === undefined ? null : seconds(expiresAt - now),
    })),
  })}\n`;
}

/** Who a shell acts as, told from its variables alone: no secret is read, and nobody is asked. */
interface ShellStatus {
  /** null: aws-as has set nobody here. */
  readonly identity: string | null;
  /** The last four characters of the access key id in the shell; null when there is none. */
  readonly key: string | null;
  /** What a client would use is not what the identity's name was given with: another key, or a profile that beats keys. */
  readonly changed: boolean;
  /** RFC 3339; null when unknown. */
  readonly expiration: string | null;
  /** Milliseconds until then, negative when it is past; null when unknown. */
  readonly left: number | null;
  /** What AWS clients fall back to or prefer: AWS_PROFILE, if it is set. */
  readonly profile: string | null;
  readonly region: string | null;
  /** A person has to agree before the identity is handed out. */
  readonly protected: boolean;
}

/** @param now milliseconds since 1970 */
function shellStatus(env: Environment, now: number): Omit<ShellStatus, "protected"> {
  const key = env["AWS_ACCESS_KEY_ID"];
  const identity = env["AWS_AS_IDENTITY"] ?? null;
  const profile = env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || null;
  const end = Date.parse(env["AWS_CREDENTIAL_EXPIRATION"] ?? "");
  return {
    identity,
    key: key ? key.slice(-4) : null,
    changed: identity !== null && (key !== env["AWS_AS_ACCESS_KEY_ID"] || profile !== null),
    expiration: Number.isNaN(end) ? null : (env["AWS_CREDENTIAL_EXPIRATION"] ?? null),
    left: Number.isNaN(end) ? null : end - now,
    profile,
    region: env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || null,
  };
}
