import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { taskOf } from "../../cli/context.ts";
import { printable } from "../../system/printable.ts";
import { type LockReport, type StoreReport, type StoresStatus, storesStatus } from "./gather-status.ts";
import { countOf, theStore } from "./holdings.ts";
import { slotText } from "./unlock-facts.ts";

export class StoreStatusCommand extends AwsAsCommand {
  static override paths = [["store", "status"]];
  static override usage = Command.Usage({
    category: "stores",
    description: "say where secrets rest, and how each store is",
    details: `
      Reads no secret and asks nobody. A store that is broken is a line of the answer, and no failure.

      The JSON has \`used\` and \`stores\`. \`used\` has \`kind\` (null where a name is asked for that is no store), \`from\`
      (AWS_AS_STORE, file:line, or null where nothing is asked for) and \`because\`. Each of \`stores\` has \`kind\`,
      \`state\` (ready, locked, not-set-up, absent, broken), \`because\` (null when ready), \`sessions\` and \`keys\` (how
      many; null when it cannot be told). The file store has \`lock\` when it is set up: \`slots\`, each with \`id\`, \`kind\`
      (passphrase, ssh-agent, unknown), and \`memoryBytes\`, or \`fingerprint\`, \`keyType\`, \`comment\` and \`held\` (by the
      agent now); and \`opens\`, what opens it now with no question (ssh-agent, AWS_AS_PASSPHRASE, passphrase_process,
      or null).
    `,
  });

  json = Option.Boolean("--json", false, { description: "for programs" });

  protected override async perform(): Promise<string> {
    const status = await storesStatus(await taskOf(this.context));
    return this.json ? `${JSON.stringify(inJson(status))}\n` : statusText(status);
  }
}

function inJson({ used: { kind, from, because }, stores }: StoresStatus) {
  return { used: { kind, from, because }, stores };
}

function statusText({ used, stores }: StoresStatus): string {
  const headline =
    used.kind === null
      ? `no store is used: ${used.because}`
      : `${theStore(used.kind)} is used: ${used.because}`;
  const lines = [headline, ...stores.flatMap(linesOf)];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

const stateWords: Readonly<Record<StoreReport["state"], string>> = {
  ready: "ready",
  locked: "locked",
  "not-set-up": "not set up",
  absent: "not there",
  broken: "broken",
};

function linesOf({ kind, state, because, keys, sessions, lock }: StoreReport): string[] {
  const reason = because === null ? "" : ` (${because})`;
  const counts = [countOf(keys ?? 0, "long-term key"), countOf(sessions ?? 0, "session")].filter(Boolean);
  const parts = [
    `${stateWords[state]}${reason}`,
    ...counts,
    ...(lock?.opens ? [`opens with no question by ${byWhat[lock.opens]}`] : []),
  ];
  return [`${theStore(kind)}: ${parts.join(", ")}`, ...(lock?.slots ?? []).map(slotLine)];
}

const byWhat: Readonly<Record<NonNullable<LockReport["opens"]>, string>> = {
  "ssh-agent": "the ssh-agent",
  AWS_AS_PASSPHRASE: "AWS_AS_PASSPHRASE",
  passphrase_process: "passphrase_process",
};

function slotLine(slot: LockReport["slots"][number]): string {
  const remark = slot.held === undefined ? "" : slot.held ? ", held now" : ", not held now";
  return `  ${slot.id}  ${slotText(slot)}${remark}`;
}
