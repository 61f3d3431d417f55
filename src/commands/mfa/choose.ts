import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { taskOf } from "../../cli/context.ts";
import { chooseDevice } from "./choose-device.ts";

export class MfaChooseCommand extends AwsAsCommand {
  static override paths = [["mfa", "choose"]];
  static override usage = Command.Usage({
    category: "mfa",
    description: "say which MFA device of a user is asked for codes",
    details: `
      Writes mfa_serial into the section [aws-as NAME] of ~/.aws/config, where aws-as alone reads it, and where it counts
      before everything else. Without a serial, the devices that IAM lists are shown to choose from. "none" in its
      place: the user has no device, and no code is asked for.

      Sessions of another device are not used any more: the next one asks for a code of the device that was chosen.
    `,
    examples: [
      ["choose on the terminal", "$0 mfa choose my-user1"],
      ["by its serial", "$0 mfa choose my-user1 arn:aws:iam::111111111111:mfa/my-phone"],
      ["no MFA at all", "$0 mfa choose my-user1 none"],
    ],
  });

  identity = Option.String({ name: "identity" });
  serial = Option.String({ name: "serial", required: false });

  protected override async perform(): Promise<string> {
    await chooseDevice(this.identity, this.serial, await taskOf(this.context));
    return "";
  }
}
