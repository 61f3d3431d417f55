import { Command, Option } from "clipanion";
import type { Endpoint } from "../../aws/aws.ts";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { inCallersShell } from "../../cli/in-shell.ts";
import { screenOf } from "../../cli/screen.ts";
import { answerProbe, probeOption } from "./ask-sts.ts";
import { systemDisk } from "./disk.ts";
import { examine } from "./examine.ts";
import { gather } from "./gather.ts";
import { formatReport, jsonReport } from "./report.ts";

export class DoctorCommand extends AwsAsCommand {
  static override paths = [["doctor"]];
  static override usage = Command.Usage({
    details: `
      Looks at this shell's variables, both AWS files as every client reads them, the profiles that run aws-as,
      identities, devices, the store, the clock, proxies and certificates. Changes nothing, asks no question, and ends
      within ten seconds.

      Exit status: 0 when nothing is broken (there may be warnings), 1 when something is.
    `,
    examples: [
      ["everything", "$0 doctor"],
      ["without a request to AWS", "$0 doctor --offline"],
    ],
  });

  json = Option.Boolean("--json", false, { description: "print JSON, for programs" });
  offline = Option.Boolean("--offline", false, { description: "do not ask STS for the time" });
  probe = Option.String(probeOption, { hidden: true });

  protected override async perform(): Promise<string> {
    const { machine } = this.context;
    if (this.probe !== undefined) {
      return JSON.stringify(await answerProbe(JSON.parse(this.probe) as Endpoint, machine));
    }
    const disk = systemDisk(machine.env, machine.platform);
    const found = examine(await gather(machine, disk, this.offline));
    const parent = await machine.parentProgram();
    const findings = found.findings.map((each) => ({ ...each, mend: inCallersShell(each.mend, parent) }));
    const examination = { ...found, findings };
    if (examination.findings.some(({ severity }) => severity === "broken")) this.status = 1;
    return this.json ? jsonReport(examination) : formatReport(examination, screenOf(this.context));
  }
}
