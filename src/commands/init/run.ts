import { configFiles, tildePath } from "../../config/aws-config.ts";
import { type Document, parseDocument, printDocument } from "../../config/files/document.ts";
import { rewriteFile } from "../../config/files/rewrite.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Machine } from "../../machine/machine.ts";
import { type Action, applyActions } from "../../profiles/actions.ts";
import { UserError } from "../../system/user-error.ts";
import { type InitOptions, planInit } from "./plan.ts";
import { showDiff } from "./show-diff.ts";

/** What init did: a diff for standard output where it was a dry run, and messages for the user. */
export interface InitOutcome {
  readonly diff: string;
  readonly messages: readonly string[];
  readonly warnings: readonly string[];
}

/** Plans what init does to the config file, and shows or does it. */
export async function runInit(options: InitOptions, machine: Machine): Promise<InitOutcome> {
  const path = configFiles(machine.env, machine.home).config;
  const shown = tildePath(path, machine.home);
  const bytes = (await machine.readFile(path)) ?? Buffer.alloc(0);
  const before = parseDocument(bytes, shown, "config");
  const { actions, warnings } = await planInit(options, before, machine);

  if (options.dryRun) {
    const after = printDocument(applyActions(before, actions));
    const diff = showDiff(shown, bytes.toString("utf8"), after.toString("utf8"), options.colored);
    return { diff, warnings, messages: diff === "" ? [`nothing to change in ${shown}`] : [] };
  }
  const edit = (document: Document) => {
    // The plan was made for the bytes that we read; for any others it may not hold.
    if (!printDocument(document).equals(bytes)) {
      throw new UserError(`${shown} was changed by another program meanwhile; nothing was written`, {
        hints: ["run the same command again"],
      });
    }
    return applyActions(document, actions);
  };
  // Without the lock two runs could both find the old file in the moment before they write.
  if (actions.length > 0) {
    await withKeysLock(machine, () => rewriteFile({ path, shown, kind: "config", edit }));
  }
  return { diff: "", warnings, messages: messages(actions, shown) };
}

function messages(actions: readonly Action[], shown: string): string[] {
  if (actions.length === 0) return [`nothing to change in ${shown}`];
  const first = actions.find(({ kind }) => kind === "add-stanza" || kind === "adopt");
  const next = first === undefined ? [] : [`try it: aws --profile ${first.profile} sts get-caller-identity`];
  // A profile that is adopted again is restored first, which is not worth a message.
  const adopted = new Set(actions.filter(({ kind }) => kind === "adopt").map(({ profile }) => profile));
  const visible = actions.filter(({ kind, profile }) => kind !== "restore" || !adopted.has(profile));
  return [...visible.map((action) => `${message(action)} in ${shown}`), ...next];
}

function message(action: Action): string {
  switch (action.kind) {
    case "add-stanza":
      return `added profile ${action.profile}`;
    case "update-stanza":
      return `updated profile ${action.profile}`;
    case "adopt":
      return `adopted profile ${action.profile}`;
    case "restore":
      return `restored profile ${action.profile}`;
    case "release":
      return `removed the lines of aws-as from profile ${action.profile}`;
    case "remove-stanza":
      return `removed profile ${action.profile}`;
    case "add-device":
      return `noted the MFA device of ${action.profile}, ${action.serial},`;
    case "remove-device":
      return `removed the MFA device of ${action.profile} from [aws-as ${action.profile}]`;
  }
}
