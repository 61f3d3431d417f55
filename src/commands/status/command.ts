import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { say, warn } from "../../cli/report.ts";
import { onScreen } from "../../cli/screen.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { planFromMemory } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Plan } from "../../session/plan.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import { inJson, inWords, statusOf, statusText } from "./status.ts";

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
    return this.watch ? this.goOn() : statusText(this.context, { json: this.json });
  }

  private async goOn(): Promise<string> {
    const { watch, endingsOf } = await import("./watch.ts");
    const { machine, stdout, stderr, columns } = this.context;
    const warned = new Set<string>();
    let plans: Plan[] = [];
    let names = "";
    const look = async () => {
      const errors: UserError[] = [];
      const status = await statusOf(machine, errors);
      const { sessions, config } = status;
      for (const { message } of errors) if (!warned.has(message)) warn(stderr, message);
      for (const { message } of errors) warned.add(message);
      // Which of them take a code changes with them alone, as far as they are there.
      const there = sessions.map(({ name }) => name).join("\n");
      if (there !== names) plans = await plansOf(config, machine);
      names = there;
      return {
        lines: inWords(status, this.context).trimEnd().split("\n"),
        json: this.json ? inJson(status) : undefined,
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
