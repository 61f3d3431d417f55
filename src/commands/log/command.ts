import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { say, warn } from "../../cli/report.ts";
import { onScreen } from "../../cli/screen.ts";
import { type LogWay, pathOfLog, ways } from "../../credentials/hand-out-log.ts";
import { readConfig } from "../../machine/open.ts";
import { filesOfLog } from "../../system/files/log-file.ts";
import { UserError } from "../../system/user-error.ts";
import { inWords, isWanted, linesOf, sinceOf } from "./entries.ts";

export class LogCommand extends AwsAsCommand {
  static override paths = [["log"]];
  static override usage = Command.Usage({
    details: `
      Each line says when, for which identity, by which way, whether the session was cached, until when it is good, and who
      asked. The log is off until \`log = ~/.aws/aws-as/log.jsonl\` stands in the section \`[aws-as]\` of \`~/.aws/config\`.
    `,
    examples: [
      ["who was given my-role1 today", "$0 log --identity my-role1 --since 24h"],
      ["who was refused", "$0 log --refused"],
      ["what a socket has served", "$0 log --file ~/aws.log"],
    ],
  });

  identity = Option.String("--identity", { description: "only of this identity, `NAME`" });
  way = Option.String("--way", {
    description: "only by this `WAY`: process, env, switch, renew, exec, serve, console or export",
  });
  program = Option.String("--program", { description: "only to this `PROGRAM`, such as terraform" });
  agent = Option.String("--agent", { description: "only to this coding `AGENT`, such as claude-code" });
  since = Option.String("--since", { description: "only after `TIME`: 2h, 7d, 2026-01-31" });
  refused = Option.Boolean("--refused", false, { description: "only what was refused" });
  last = Option.String("--last", { description: "only the last `N` lines" });
  file = Option.String("--file", { description: "another log, `FILE`, such as that of serve --log" });
  json = Option.Boolean("--json", false, { description: "print the lines as they are, for programs" });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const { identity, way, program, agent } = this;
    if (this.last !== undefined && !/^[1-9]\d{0,8}$/.test(this.last))
      throw new UserError(`--last takes a number, and not "${this.last}"`, { exitCode: 2 });
    if (way !== undefined && !ways.includes(way as LogWay))
      throw new UserError(`--way takes one of ${ways.join(", ")}, and not "${way}"`, { exitCode: 2 });
    const since = this.since === undefined ? undefined : sinceOf(this.since, machine.clock.now());
    const filter = {
      ...{ identity, way: way as LogWay | undefined, program, agent, since },
      outcome: this.refused ? ("refused" as const) : undefined,
    };
    const path = this.file ?? (await this.pathSaid());
    const texts: string[] = [];
    for (const each of filesOfLog(path)) texts.push((await machine.readFile(each))?.toString() ?? "");
    const { lines, unread } = linesOf(texts.join(""));
    if (unread > 0) warn(stderr, `${unread} ${unread === 1 ? "line" : "lines"} of the log cannot be read`);
    const wanted = lines.filter(({ entry }) => isWanted(entry, filter));
    const last = this.last === undefined ? wanted : wanted.slice(-Number(this.last));
    if (this.json) return last.map(({ text }) => `${text}\n`).join("");
    const entries = last.map(({ entry }) => entry);
    if (entries.length > 0) return onScreen(inWords(entries, machine.home), this.context);
    say(stderr, lines.length === 0 ? "nothing is logged yet" : "no line of the log is of that kind");
    return "";
  }

  private async pathSaid(): Promise<string> {
    const config = await readConfig(this.context.machine);
    const said = config.settings?.properties.get("log");
    if (said?.value) return pathOfLog(said, this.context.machine.home);
    throw new UserError("there is no log: nobody has said where it is to be", {
      hints: [`in ${config.files.config}, in the section [aws-as], write: log = ~/.aws/aws-as/log.jsonl`],
    });
  }
}
