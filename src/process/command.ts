import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../cli/base-command.ts";
import { processDocument } from "./run.ts";

export class ProcessCommand extends AwsAsCommand {
  static override paths = [["process"]];
  static override usage = Command.Usage({
    details: `
      Prints one JSON document, and nothing at all on failure. The session comes from the store where it is good;
      a question for an MFA code goes to the terminal, never to standard input or output. Answers within 50 seconds.
    `,
    examples: [["in ~/.aws/config, as aws-as init writes it", "credential_process = $0 process my-role1"]],
  });

  identity = Option.String({ name: "identity" });
  socket = Option.String("--socket", {
    description: "ask aws-as serve at the other end of the socket `PATH`, and nothing on this machine",
  });

  protected override async perform(): Promise<string> {
    const { machine } = this.context;
    if (this.socket === undefined) return processDocument(this.identity, machine);
    return (await import("./over-socket.ts")).documentOverSocket(this.socket, this.identity, machine);
  }
}
