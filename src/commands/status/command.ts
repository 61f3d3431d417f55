import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { say, warn } from "../../cli/report.ts";
import { onScreen, screenOf } from "../../cli/screen.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { planFromMemory, signInsOnce } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig } from "../../machine/open.ts";
import { keyIdOfItem } from "../../session/long-term-key.ts";
import { isSignInRoot, type Plan } from "../../session/plan.ts";
import type { StoredItem } from "../../store/secret-store.ts";
import { timeLeft, timestamp } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";

export class StatusCommand extends AwsAsCommand {
  static override paths = [["status"]];
  static override usage = Command.Usage({
    details: `
      Also lists the sessions in the store with the time that they have left. Reads no secret and asks nobody.
      The JSON has \`shell\` (identity, key, changed, expiration, left, profile, region, protected) and \`sessions\`
      (label, expiration, left); \`left\` is in seconds.
    `,
    examples: [["in a window of its own, or in the background for the notices alone", "$0 status --watch"]],
  });

  json = Option.Boolean("--json", false, {
    description: "print JSON, for programs; with --watch, a line each time",
  });
  watch = Option.Boolean("--watch", false, {
    description: "go on until Ctrl-C, and tell before a session ends that takes a code to renew",
  });

  protected override async perform(): Promise<string> {
    if (this.watch) return this.goOn();
    const errors: UserError[] = [];
    const { shell, sessions, now } = await statusOf(this.context.machine, errors);
    for (const { message } of errors) warn(this.context.stderr, message);
    return this.json ? inJson(shell, sessions, now) : this.inWords(shell, sessions, now);
  }

  private inWords(shell: ShellStatus, sessions: readonly StoredItem[], now: number): string {
    const { machine } = this.context;
    const words = onScreen(
      inWords(shell, sessions, now, Boolean(machine.env["AWS_AS_FUNCTIONS"])),
      this.context,
    );
    const { red } = screenOf(this.context).colors;
    return shell.protected ? words.replace(/^.*/, red) : words;
  }

  private async goOn(): Promise<string> {
    const { watch, endingsOf } = await import("./watch.ts");
    const { machine, stdout, stderr, columns } = this.context;
    const warned = new Set<string>();
    let plans: Plan[] = [];
    let names = "";
    const look = async () => {
      const errors: UserError[] = [];
      const { shell, sessions, now, config } = await statusOf(machine, errors);
      for (const { message } of errors) if (!warned.has(message)) warn(stderr, message);
      for (const { message } of errors) warned.add(message);
      // Which of them take a code changes with them alone, as far as they are there.
      const there = sessions.map(({ name }) => name).join("\n");
      if (there !== names) plans = await plansOf(config, machine);
      names = there;
      return {
        lines: this.inWords(shell, sessions, now).trimEnd().split("\n"),
        json: this.json ? inJson(shell, sessions, now) : undefined,
        endings: endingsOf(plans, sessions).map((each) => ({
          ...each,
          label: onScreen(printable(each.label), this.context),
        })),
      };
    };
    await machine.whileWanted((over) =>
      watch(
        {
          clock: machine.clock,
          look,
          write: (text) => void stdout.write(text),
          columns: () => columns && ((stdout as { columns?: number }).columns || columns),
          notice: (text) => {
            // On the terminal it stands below the rest, with a bell.
            if (columns === undefined) say(stderr, text);
            else stdout.write("\x07");
            void machine.notify(text);
          },
          isOver: () => stdout.destroyed || (stdout as { errored?: Error | null }).errored != null,
        },
        over,
      ),
    );
    return "";
  }
}

/** How things stand now. Reads no secret, and asks nobody. */
async function statusOf(machine: Machine, errors: UserError[]) {
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

/** How all identities are got, as far as files tell; one that is broken has no session that ends. */
async function plansOf(config: AwsConfig, machine: Machine): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const { name } of identityNames(config)) {
    try {
      const plan = await planFromMemory(resolveIdentity(config, name), config, machine);
      if (plan !== undefined) plans.push(plan);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return plans;
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

function inWords(
  shell: ShellStatus,
  sessions: readonly StoredItem[],
  now: number,
  functions: boolean,
): string {
  const lines = [headline(shell)];
  if (shell.identity !== null && !shell.changed && shell.left !== null) {
    // Without the functions the shell has no aws-as that could change it.
    const [how, command] = functions
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
  return `${lines.map(printable).join("\n")}\n`;
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

function inJson(shell: ShellStatus, sessions: readonly StoredItem[], now: number): string {
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
