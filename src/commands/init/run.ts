import { configFiles, tildePath } from "../../config/files/config-files.ts";
import { type Document, parseDocument, printDocument } from "../../config/files/document.ts";
import { rewriteFile } from "../../config/files/rewrite.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { settingOf } from "../../config/settings.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Machine } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import type { Action, InitPlan } from "../../profiles/actions.ts";
import { applyActions } from "../../profiles/apply.ts";
import { markedSections } from "../../profiles/marked.ts";
import { planStanzas } from "../../profiles/plan-stanzas.ts";
import { programCommand } from "../../profiles/program.ts";
import { checkRecognised } from "../../profiles/stanza-command.ts";
import { UserError } from "../../system/user-error.ts";
import { planDevices } from "./devices.ts";
import { planAdoption } from "./plan-adoption.ts";
import { planPointing } from "./plan-pointing.ts";
import { planRemoval } from "./plan-removal.ts";
import { rivalsOf } from "./rivals.ts";
import { showDiff } from "./show-diff.ts";

/** What the person wants of init. */
export interface InitOptions {
  /** Empty: every identity that can be served. */
  readonly names: readonly string[];
  readonly prefix?: string;
  readonly remove: boolean;
  /** Take profiles over in place, instead of writing others beside them. */
  readonly adopt: boolean;
  readonly dryRun: boolean;
  /** Do not ask IAM for devices. */
  readonly offline: boolean;
  readonly colored: boolean;
}

/** What init did: a diff for standard output where it was a dry run, and words for the person. */
export interface InitOutcome {
  readonly diff: string;
  readonly words: readonly string[];
  readonly warnings: readonly string[];
}

/** Plans, shows or carries out what init does to the config file. */
export async function runInit(options: InitOptions, machine: Machine): Promise<InitOutcome> {
  const path = configFiles(machine.env, machine.home).config;
  const shown = tildePath(path, machine.home);
  const bytes = (await machine.readFile(path)) ?? Buffer.alloc(0);
  const before = parseDocument(bytes, shown, "config");
  const { actions, warnings } = await planInit(options, before, machine);

  if (options.dryRun) {
    const after = printDocument(applyActions(before, actions));
    const diff = showDiff(shown, bytes.toString("utf8"), after.toString("utf8"), options.colored);
    return { diff, warnings, words: diff === "" ? [`nothing to change in ${shown}`] : [] };
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
  // Only a lock keeps two of us from both finding the old file in the moment before they write.
  if (actions.length > 0) {
    await withKeysLock(machine, () => rewriteFile({ path, shown, kind: "config", edit }));
  }
  return { diff: "", warnings, words: told(actions, shown) };
}

async function planInit(options: InitOptions, document: Document, machine: Machine): Promise<InitPlan> {
  if (options.adopt && options.remove) {
    throw new UserError("--adopt and --remove exclude each other: --remove undoes an adoption as well", {
      exitCode: 2,
    });
  }
  if (options.adopt && options.prefix !== undefined) {
    throw new UserError("--adopt has no --prefix: adopted profiles keep their names", { exitCode: 2 });
  }
  const config = await readConfig(machine);
  const marked = markedSections(document);
  if (options.remove) return planRemoval({ config, document, names: options.names, marked });

  const explicit = options.names.length > 0;
  const all = explicit ? options.names : identityNames(config).map(({ name }) => name);
  if (all.length === 0) {
    throw new UserError(`there is no identity in ${config.files.config} or ${config.files.credentials}`, {
      hints: ["give a user a long-term key: aws-as keys add my-user1"],
    });
  }
  const prefix = options.prefix ?? settingOf(config, "prefix") ?? "as-";
  if (prefix === "") throw new UserError("the prefix must not be empty", { exitCode: 2 });
  const { command, warnings } = programCommand({
    ...machine.program,
    platform: machine.platform,
    home: machine.home,
    realPath: machine.realPath,
  });
  checkRecognised(command, machine.program.script);
  // An adopted profile needs no other beside it, unless one is there already or is asked for.
  const pointed = options.adopt ? [] : planPointing({ document, names: options.names, marked, command });
  const beside = (name: string) => !marked.serving.has(name) || marked.profiles.has(`${prefix}${name}`);
  const names = explicit || options.adopt ? all : all.filter(beside);
  const planned = options.adopt
    ? planAdoption({
        config: document,
        credentials: await readCredentials(machine),
        names,
        explicit,
        command,
      })
    : planStanzas({ config, names, explicit, prefix, command, marked: marked.profiles });
  // Adoption writes what it was asked to and nothing else. IAM is asked when the device is needed.
  const silent = options.offline || options.adopt;
  const devices = silent ? { actions: [], warnings: [] } : await planDevices(config, all, machine);
  const profiles = options.adopt
    ? planned.actions.map(({ profile }) => profile)
    : names.map((name) => `${prefix}${name}`);
  return {
    actions: [...pointed, ...planned.actions, ...devices.actions],
    warnings: [
      ...warnings,
      ...devices.warnings,
      ...planned.warnings,
      ...rivalsOf(profiles, config, machine.env),
    ],
  };
}

async function readCredentials(machine: Machine): Promise<Document> {
  const path = configFiles(machine.env, machine.home).credentials;
  return parseDocument(
    (await machine.readFile(path)) ?? Buffer.alloc(0),
    tildePath(path, machine.home),
    "credentials",
  );
}

function told(actions: readonly Action[], shown: string): string[] {
  if (actions.length === 0) return [`nothing to change in ${shown}`];
  const first = actions.find(({ kind }) => kind === "add-stanza" || kind === "adopt");
  const next = first === undefined ? [] : [`try it: aws --profile ${first.profile} sts get-caller-identity`];
  // A profile that is taken over anew is given back first, which is nobody's business.
  const adopted = new Set(actions.filter(({ kind }) => kind === "adopt").map(({ profile }) => profile));
  const visible = actions.filter(({ kind, profile }) => kind !== "restore" || !adopted.has(profile));
  return [...visible.map((action) => `${inWords(action)} in ${shown}`), ...next];
}

function inWords(action: Action): string {
  switch (action.kind) {
    case "add-stanza":
      return `added profile ${action.profile}`;
    case "update-stanza":
      return `updated profile ${action.profile}`;
    case "adopt":
      return `took over profile ${action.profile}`;
    case "restore":
      return `gave back profile ${action.profile}`;
    case "release":
      return `took our lines out of profile ${action.profile}`;
    case "remove-stanza":
      return `removed profile ${action.profile}`;
    case "add-device":
      return `noted the MFA device of ${action.profile}, ${action.serial},`;
    case "remove-device":
      return `removed the MFA device of ${action.profile} from [aws-as ${action.profile}]`;
  }
}
