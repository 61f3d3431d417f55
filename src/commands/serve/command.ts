import { Command, Option } from "clipanion";
import { warnOn } from "../../cli/attempt.ts";
import { AwsAsCommand, limitOption, policyOption } from "../../cli/base-command.ts";
import { say } from "../../cli/report.ts";
import { withLimits } from "../../credentials/plan-for.ts";
import { milliseconds } from "../../system/span.ts";
import { UserError } from "../../system/user-error.ts";
import { serveUntilTheEnd } from "./run.ts";

export class ServeCommand extends AwsAsCommand {
  static override paths = [["serve"]];
  static override usage = Command.Usage({
    details: `
      Answers on a Unix socket that only you can open, for the named identities and no others, and renews what it serves. In a
      container or a sandbox without network and without \`~/.aws\`, one line of \`~/.aws/config\` is enough:
      \`credential_process = aws-as process --socket PATH NAME\`, or curl. It ends with what started it, on SIGTERM and Ctrl-C,
      or after \`--for\`.
    `,
    examples: [
      ["for a container that has the socket's folder", "$0 serve --socket ~/sockets/aws my-role1 &"],
      [
        "for a working day, with a line for each answer",
        "$0 serve --socket ~/aws.sock --for 8h --log ~/aws.log my-role1",
      ],
    ],
  });

  names = Option.Rest({ name: "identity", required: 1 });
  socket = Option.String("--socket", { description: "the `PATH` of the socket", required: true });
  uid = Option.String("--uid", {
    description: "the number of one other user, `UID`, that may ask as well (Linux)",
  });
  for = Option.String("--for", { description: "end after `TIME`, such as 2h" });
  log = Option.String("--log", {
    description: "append a line to `FILE` for each answer: when, what, to whom",
  });
  limit = limitOption();
  policy = policyOption();
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const { socket, log, code } = this;
    const names = this.names.map((name) => withLimits(name, this, machine));
    if (this.uid !== undefined && !/^\d{1,10}$/.test(this.uid)) {
      throw new UserError(`--uid takes the number of a user, and not "${this.uid}"`, { exitCode: 2 });
    }
    const forMs = this.for === undefined ? undefined : milliseconds(this.for, "--for");
    const uid = this.uid === undefined ? undefined : Number(this.uid);
    const told = { warn: warnOn(stderr), say: (sentence: string) => say(stderr, sentence) };
    await serveUntilTheEnd({ names, socket, uid, forMs, log, code }, machine, told);
    return "";
  }
}
