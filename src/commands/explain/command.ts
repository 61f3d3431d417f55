import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { screenOf } from "../../cli/screen.ts";
import { draw } from "./draw.ts";
import { explain } from "./explain.ts";
import { gather } from "./gather.ts";

export class ExplainCommand extends AwsAsCommand {
  static override paths = [["explain"]];
  static override usage = Command.Usage({
    description: "say how an identity's credentials come about, and what would happen now",
    details: `
      Draws the way from the key or source to the identity: each call with the line of the configuration that says it,
      whether its session is cached and how long it is good, what would be asked, and why. Asks nobody, calls nobody
      and reads no secret. What it says of asking holds for the terminal that it is run on.

      The JSON is described in docs/json.md.
    `,
    examples: [
      ["why does this role ask for a code", "$0 explain my-role1"],
      ["a role that no profile names", "$0 explain arn:aws:iam::111111111111:role/admin"],
    ],
  });

  identity = Option.String({ name: "identity" });
  json = Option.Boolean("--json", false, { description: "for programs" });

  protected override async perform(): Promise<string> {
    const explanation = explain(await gather(this.identity, this.context.machine));
    return this.json ? `${JSON.stringify(explanation)}\n` : draw(explanation, screenOf(this.context));
  }
}
