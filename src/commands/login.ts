import { Command, Option } from "clipanion";
import { warnOn } from "../cli/attempt.ts";
import { AwsAsCommand, limitOption, policyOption } from "../cli/base-command.ts";
import { say } from "../cli/report.ts";
import { type Acting, actAs } from "../credentials/act-as.ts";
import { withLimits } from "../credentials/plan-for.ts";
import { servesUntil } from "../session/decide.ts";
import { listedSpan } from "../session/foresee.ts";
import { refusedByIam } from "../session/plan.ts";
import { timeLeft, timestamp } from "../system/clock.ts";

export class LoginCommand extends AwsAsCommand {
  static override paths = [["login"]];
  static override usage = Command.Usage({
    details: `
      Asks for an MFA code if one is needed and the sessions at hand are no longer good. All roles of the same user
      share the session.
    `,
    examples: [
      ["before a long run of something that cannot ask", "$0 login my-role1"],
      ["a new session of the user, with a new code", "$0 login my-user1 --renew"],
      ["a role alone, with the user's session", "$0 login my-role1 --renew"],
    ],
  });

  identity = Option.String({ name: "identity" });
  limit = limitOption();
  policy = policyOption();
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });
  renew = Option.Boolean("--renew", false, {
    description: "get a new session even where the old one is good; with --code, of the user too",
  });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const { renew, code } = this;
    const name = withLimits(this.identity, this, machine);
    const request = { name, way: "keep", unattended: false, renew, toKeep: true, code } as const;
    const acting = await actAs(request, machine, warnOn(stderr));
    const now = machine.clock.now();
    const { expiresAt } = acting.session;
    const until = `${timeLeft(expiresAt - now)}, until ${timestamp(expiresAt)}`;
    stderr.write(`aws-as: "${acting.identity.name}" is good for ${until}\n`);
    const refused = refusedByIam(acting.plan);
    if (refused !== undefined) say(stderr, refused);
    const base = await endOfBase(acting);
    if (base !== undefined && base > expiresAt) {
      stderr.write(
        `aws-as: it is renewed without a code for ${timeLeft(base - now)}, until ${timestamp(base)}\n`,
      );
    }
    return "";
  }
}

/** Until when the role's session is renewed without a code; undefined for a user, and for a role without one. */
async function endOfBase({ plan, store }: Acting): Promise<number | undefined> {
  const [base, ...rest] = plan.steps;
  if (base.kind === "role" || rest.length === 0) return undefined;
  const expiresAt = (await store.list()).find(({ name }) => name === base.item.name)?.expiresAt;
  return expiresAt && servesUntil(base, listedSpan(base, expiresAt));
}
