import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { warnOn } from "../../cli/context.ts";
import { screenOf } from "../../cli/screen.ts";
import { gather } from "./gather.ts";
import { jsonList, plainList } from "./plain.ts";
import { tableOf } from "./table.ts";

export class ListCommand extends AwsAsCommand {
  static override paths = [["list"]];
  static override usage = Command.Usage({
    description: "list the identities with the time that their sessions have left",
    details: `
      On a terminal, a tree: whatever an identity's credentials come from stands above it. LEFT is its own session; where
      there is none, whether getting one takes a code. PROFILE is the profile by which AWS clients get it from aws-as.

      Elsewhere, a line per identity with tabs between the fields, in this order: name, kind (user, role, external),
      account, MFA device (? while nobody has asked IAM), time left, time left of the session that it is got with,
      profiles, error. What is not there is \`-\`.

      Asks nobody, calls nobody and reads no secret. The JSON is described in docs/json.md.
    `,
    examples: [["choose one, in a shell where aws-as is activated", '$0 "$($0 list | fzf | cut -f1)"']],
  });

  json = Option.Boolean("--json", false, { description: "for programs" });

  protected override async perform(): Promise<string> {
    const { context } = this;
    const listing = await gather(context.machine);
    if (this.json) return jsonList(listing);
    const { entries, store, now } = listing;
    if (store.because !== null) warnOn(context.stderr)(`no sessions are shown: ${store.because}`);
    if (entries.length === 0) {
      context.stderr.write("aws-as: there is no identity yet; to begin: aws-as keys add NAME\n");
      return "";
    }
    const screen = screenOf(context);
    return screen.columns === undefined ? plainList(entries, now) : tableOf(entries, screen, now);
  }
}
