import { Command, Option } from "clipanion";
import { warnOn } from "../../cli/attempt.ts";
import { AwsAsCommand, taskOf } from "../../cli/base-command.ts";
import { type Document, printDocument } from "../../config/files/document.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile, readDocument } from "../../machine/open.ts";
import { type Action, applyActions } from "../../profiles/actions.ts";
import { groupedBy } from "../../system/grouped-by.ts";
import { UserError } from "../../system/user-error.ts";
import { begin, beginsFromNothing } from "./begin.ts";
import { planInit } from "./plan.ts";
import { showDiff } from "./show-diff.ts";

export class InitCommand extends AwsAsCommand {
  static override paths = [["init"]];
  static override usage = Command.Usage({
    details: `
      Adds, next to each profile, one of the same name with a prefix, whose credential_process is aws-as. Everything
      else in the file stays as it is, byte for byte. Run again, it brings its profiles up to date.

      With --adopt, no profile is added: yours itself gets the credential_process, under the name that you already
      type, and what says how to get credentials (role_arn, source_profile, ...) moves to a section [aws-as NAME]. Where
      a client would break, it is refused, with the reason.

      Without names, it serves every user and role. Asks IAM which MFA device each user has, and writes that down.

      Where there is no user yet, it begins: it asks for the access key, the region and a role, stores the key, and serves
      both under their own names. --key, --region, --role and --user give the answers to a script.
    `,
    examples: [
      ["everything", "$0 init"],
      ["look first", "$0 init --dry-run"],
      ["one role", "$0 init my-role1"],
      ["serve a profile under its own name", "$0 init --adopt my-role1"],
      [
        "from nothing, with the file that AWS hands out",
        "$0 init --key accessKeys.csv --region eu-central-1",
      ],
      ["hold a sign-in of Identity Center to its account", "$0 init --pin my-sso"],
      ["undo", "$0 init --remove"],
    ],
  });

  names = Option.Rest({ name: "identity" });
  prefix = Option.String("--prefix", {
    description: "begin the names of added profiles with `PREFIX`, not with as-",
  });
  dryRun = Option.Boolean("--dry-run", false, { description: "show what would change, and change nothing" });
  adopt = Option.Boolean("--adopt", false, {
    description: "serve profiles under their own names; --remove restores them",
  });
  remove = Option.Boolean("--remove", false, { description: "take out again what init wrote" });
  pin = Option.Boolean("--pin", false, {
    description: "write down which account each of them is in: of no other are credentials handed out",
  });
  offline = Option.Boolean("--offline", false, { description: "do not ask IAM for MFA devices" });
  user = Option.String("--user", {
    description: "begin from nothing: the profile's `NAME`, not the IAM user's",
  });
  key = Option.String("--key", {
    description: "begin with the access key in `FILE`, such as AWS's CSV; -: standard input",
  });
  region = Option.String("--region", { description: "begin in `REGION`" });
  role = Option.String("--role", { description: "begin with a role, by its `ARN`" });

  protected override async perform(): Promise<string> {
    const { machine, stderr, colorDepth } = this.context;
    const task = await taskOf(this.context);
    if (this.pin) return this.pinAll(task);
    const isPlain = this.names.length === 0 && !this.remove && !this.dryRun;
    const begins = beginsFromNothing({ ...this, isPlain }, task);
    const begun = begins ? await withKeysLock(machine, () => begin(this, task)) : [];
    const adopt = this.adopt || begun.length > 0;
    const before = await readDocument(machine, "config");
    const { file: shown } = before;
    const bytes = printDocument(before);
    const {
      actions,
      warnings,
      after = applyActions(before, actions),
    } = await planInit(
      { ...this, names: begun.length > 0 ? begun : this.names, adopt, begun: begun.length > 0 },
      before,
      machine,
    );
    let diff = "";
    if (this.dryRun) {
      diff = showDiff(shown, bytes.toString("utf8"), printDocument(after).toString("utf8"), colorDepth > 1);
    } else if (actions.length > 0) {
      const edit = (document: Document) => {
        // The plan was made for the bytes that we read; for any others it may not hold.
        if (printDocument(document).equals(bytes)) return after;
        throw new UserError(`${shown} was changed by another program meanwhile; nothing was written`, {
          hints: ["run the same command again"],
        });
      };
      // Without the lock two runs could both find the old file in the moment before they write.
      await withKeysLock(machine, () => editAwsFile("config", machine, edit));
    }
    warnings.forEach(warnOn(stderr));
    if (diff === "")
      for (const line of messages(this.dryRun ? [] : actions, shown)) stderr.write(`aws-as: ${line}\n`);
    if (!this.dryRun && !this.remove && stderr.columns !== undefined) await this.offerPin(task);
    return diff;
  }

  private async pinAll(task: Task): Promise<string> {
    if (this.adopt || this.remove || this.prefix !== undefined) {
      throw new UserError("--pin goes with names and --dry-run, and with nothing else", { exitCode: 2 });
    }
    const { pinAccounts } = await import("./pin.ts");
    const text = (document: Document) => printDocument(document).toString("utf8");
    const show = (before: Document, after: Document) =>
      showDiff(before.file, text(before), text(after), this.context.colorDepth > 1);
    return pinAccounts(this.names, task, this.dryRun ? show : undefined);
  }

  /** Whoever signs in, or writes a program that gives credentials, may end in another account than the name says. */
  private async offerPin(task: Task): Promise<void> {
    const [first, ...more] = await (await import("./pin.ts")).unpinned(this.names, task);
    if (first === undefined) return;
    const others = more.length === 0 ? "" : `, and ${more.length} more likewise`;
    task.say(`to hold "${first}" to the account that it is in${others}: aws-as init --pin ${first}`);
  }
}

function messages(actions: readonly Action[], shown: string): string[] {
  if (actions.length === 0) return [`nothing to change in ${shown}`];
  const first = actions.find(({ kind }) => kind === "add-stanza" || kind === "adopt");
  const next = first === undefined ? [] : [`try it: aws --profile ${first.profile} sts get-caller-identity`];
  // A profile that is adopted again is restored first, which is not worth a message.
  const adopted = new Set(actions.filter(({ kind }) => kind === "adopt").map(({ profile }) => profile));
  const visible = actions.filter(({ kind, profile }) => kind !== "restore" || !adopted.has(profile));
  const kinds = [...groupedBy(visible, ({ kind }) => kind).values()];
  const lines = kinds.flatMap((same) => {
    if (same.length <= mostLines) return same.map((action) => `${message(action)} in ${shown}`);
    const [first, last] = [same[0]?.profile, same.at(-1)?.profile];
    return [`${summary[same[0]?.kind ?? "adopt"]} ${same.length} profiles, ${first} to ${last}, in ${shown}`];
  });
  return [...lines, ...next];
}

/** Of one kind; more are summed up. */
const mostLines = 12;

const summary: Readonly<Record<Action["kind"], string>> = {
  "add-stanza": "added",
  "update-stanza": "updated",
  adopt: "adopted",
  restore: "restored",
  release: "removed the lines of aws-as from",
  "remove-stanza": "removed",
  "add-device": "noted the MFA devices of",
  "remove-device": "removed the MFA devices of",
};

function message(action: Action): string {
  switch (action.kind) {
    case "add-device":
      return `noted the MFA device of ${action.profile}, ${action.serial},`;
    case "remove-device":
      return `removed the MFA device of ${action.profile} from [aws-as ${action.profile}]`;
    default:
      return `${summary[action.kind]} profile ${action.profile}`;
  }
}
