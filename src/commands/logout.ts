import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../cli/base-command.ts";
import { warn } from "../cli/report.ts";
import type { AwsConfig } from "../config/aws-config.ts";
import { sectionName } from "../config/files/lines.ts";
import { identityNames } from "../config/resolve/identity-list.ts";
import { resolveIdentity } from "../config/resolve/resolve.ts";
import { actingAs } from "../credentials/acting.ts";
import { configFor, planFromMemory } from "../credentials/plan-for.ts";
import type { Machine } from "../machine/machine.ts";
import { openStore, readConfig } from "../machine/open.ts";
import { keyIdOfItem } from "../session/long-term-key.ts";
import { busyLockTimeoutMs } from "../system/limits.ts";
import { UserError } from "../system/user-error.ts";

export class LogoutCommand extends AwsAsCommand {
  static override paths = [["logout"]];
  static override usage = Command.Usage({
    details: `
      Forgets the sessions on the way to an identity: a role's own, and the one of its user that other roles share.
      Copies in the environment of a shell, and in running programs, stay good until they end; AWS keeps no way
      to take back a session but to deny it.
    `,
    examples: [
      ["one identity", "$0 logout my-role1"],
      ["everything", "$0 logout --all"],
    ],
  });

  identity = Option.String({ name: "identity", required: false });
  all = Option.Boolean("--all", false, { description: "forget every session" });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const errors: UserError[] = [];
    const config = await readConfig(machine, errors);
    if (this.all === (this.identity !== undefined)) {
      const names = [actingAs(machine.env) ?? [], identityNames(config).map(({ name }) => name)].flat();
      const name = this.identity ?? names.find((each) => sectionName.test(each) && !each.startsWith("-"));
      throw new UserError("say which identity, or --all", {
        hints: [...(name === undefined ? [] : [`aws-as logout ${name}`]), "aws-as logout --all"],
        exitCode: 2,
      });
    }
    for (const { message } of errors) warn(stderr, message);
    const forgotten = await (this.identity === undefined
      ? forgetAll(config, machine)
      : forgetOne(this.identity, machine));
    const lines = forgotten.map((label) => `aws-as: forgot the ${label}\n`);
    stderr.write(lines.length === 0 ? "aws-as: there was no session to forget\n" : lines.join(""));
    return "";
  }
}

async function forgetAll(config: AwsConfig, machine: Machine): Promise<string[]> {
  const store = openStore(config, machine);
  const forgotten = [];
  for (const item of await store.list()) {
    // Long-term keys exist nowhere else: they go by `keys remove` alone.
    if (keyIdOfItem(item.name) === undefined && (await store.remove(item.name))) forgotten.push(item.label);
  }
  return forgotten;
}

async function forgetOne(name: string, machine: Machine): Promise<string[]> {
  // What is broken has been told.
  const config = await configFor(name, machine, false, []);
  const made = await planFromMemory(resolveIdentity(config, name), config, machine);
  const store = openStore(config, machine);
  if (made === undefined) return [];
  // Under the lock, so that a call under way does not put back what it got before.
  const lock = await machine.lock(made.baseIdentity, machine.clock.monotonic() + busyLockTimeoutMs);
  const forgotten = [];
  try {
    for (const step of made.steps) {
      if (await store.remove(step.item.name)) forgotten.push(step.item.label);
    }
  } finally {
    lock?.release();
  }
  return forgotten;
}
