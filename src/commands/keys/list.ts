import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { taskOf } from "../../cli/context.ts";
import { storeNames } from "../../store/secret-store.ts";
import { timestamp } from "../../system/clock.ts";
import { printable } from "../../system/printable.ts";
import { readDocuments } from "./documents.ts";
import { inventory, type KeyEntry } from "./inventory.ts";

export class KeysListCommand extends AwsAsCommand {
  static override paths = [["keys", "list"]];
  static override usage = Command.Usage({
    category: "keys",
    description: "list the long-term keys, where they are and how old",
    details: `
      Shows the last four characters of ids, and never a secret: none is read, and nobody is asked.
      The JSON is a list of \`profile\` (null: no profile names it), \`key\`, \`where\` (keychain, file, pass, plain text,
      missing), \`at\`, \`created\` and \`added\` (times, null where unknown), \`days\` (its age, null where unknown), \`remark\`.
    `,
  });

  json = Option.Boolean("--json", false, { description: "for programs" });

  protected override async perform(): Promise<string> {
    const task = await taskOf(this.context);
    const items = await task.store.list();
    const entries = inventory(task.config, await readDocuments(task), { kind: task.store.kind, items });
    const now = task.machine.clock.now();
    if (this.json) return `${JSON.stringify(entries.map((entry) => inJson(entry, now)))}\n`;
    if (entries.length === 0)
      task.say("there is no long-term key; to put one into the store: aws-as keys add NAME");
    return entries.map((entry) => `${printable(inWords(entry, now))}\n`).join("");
  }
}

const day = 86_400_000;

function days(since: number | null, now: number): number | null {
  return since === null ? null : Math.max(0, Math.floor((now - since) / day));
}

function inWords(entry: KeyEntry, now: number): string {
  const { profile, key, where, at, createdAt, addedAt, remark } = entry;
  const age = days(createdAt, now);
  const here = days(addedAt, now);
  const parts = [
    key === null ? "no key" : `…${key}`,
    where === "plain text" || where === "missing" ? where : `in the ${storeNames[where]}`,
    ...(at === null ? [] : [at]),
    ...(age === null ? [] : [`${age} days old`]),
    ...(age === null && here !== null ? [`here for ${here} days`] : []),
    ...(remark === null ? [] : [remark]),
  ];
  return `${profile ?? "(no profile)"}: ${parts.join(", ")}`;
}

function inJson({ profile, key, where, at, createdAt, addedAt, remark }: KeyEntry, now: number) {
  const time = (at: number | null) => (at === null ? null : timestamp(at));
  return {
    profile,
    key,
    where,
    at,
    created: time(createdAt),
    added: time(addedAt),
    days: days(createdAt, now),
    remark,
  };
}
