import { howManyPrefer } from "../../clients/choices.ts";
import { limitsPassedOver } from "../../clients/limits.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import type { Document } from "../../config/files/document.ts";
import { isTightHeader } from "../../config/files/edit.ts";
import { deviceOfRoles } from "../../config/resolve/device-of-roles.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { isAccessKeyId } from "../../config/resolve/links.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { passedOver } from "../../config/resolve/unread.ts";
import { settingOf } from "../../config/settings.ts";
import { at } from "../../config/shown.ts";
import { deviceFromIam } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig, readDocument } from "../../machine/open.ts";
import { type Action, applyActions, type InitPlan } from "../../profiles/actions.ts";
import { markedSections } from "../../profiles/marks.ts";
import { planPointing, planStanzas } from "../../profiles/plan-stanzas.ts";
import { checkRecognised, programCommand } from "../../profiles/program.ts";
import type { Environment } from "../../system/environment.ts";
import { groupedBy } from "../../system/grouped-by.ts";
import { UserError } from "../../system/user-error.ts";
import { planAdoption } from "./plan-adoption.ts";
import { planRemoval } from "./plan-removal.ts";

/** The options of init. */
interface InitOptions {
  /** Empty: every identity that can be served. */
  readonly names: readonly string[];
  readonly prefix?: string | undefined;
  readonly remove: boolean;
  /** Change profiles in place, instead of writing others beside them. */
  readonly adopt: boolean;
  /** Do not ask IAM for devices. */
  readonly offline: boolean;
  /** The profiles are new, so that nobody has looked for a device yet. */
  readonly begun: boolean;
}

/** Plans what init does to the config file, which `document` is. */
export async function planInit(
  options: InitOptions,
  document: Document,
  machine: Machine,
): Promise<InitPlan> {
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
      hints: ["give a user a long-term key: aws-as keys add NAME"],
    });
  }
  const prefix = options.prefix ?? settingOf(config, "prefix") ?? "as-";
  if (prefix === "") throw new UserError("the prefix must not be empty", { exitCode: 2 });
  const { command, warnings } = await programCommand({
    ...machine.program,
    platform: machine.platform,
    home: machine.home,
    realPath: machine.realPath,
    shortPath: machine.shortPath,
  });
  checkRecognised(command, machine.program.script);
  // An adopted profile needs no other beside it, unless one is there already or is asked for.
  const pointed = options.adopt ? [] : planPointing({ document, names: options.names, marked, command });
  const beside = (name: string) => !marked.serving.has(name) || marked.profiles.has(`${prefix}${name}`);
  const names = explicit || options.adopt ? all : all.filter(beside);
  const credentials = await readDocument(machine, "credentials");
  const planned = options.adopt
    ? planAdoption({
        config: document,
        credentials,
        names,
        explicit,
        command,
      })
    : planStanzas({
        config,
        document,
        credentials,
        names,
        explicit,
        prefix,
        command,
        marked: marked.profiles,
      });
  // Adoption writes what it was asked to and nothing else. IAM is asked when the device is needed.
  const silent = options.offline || (options.adopt && !options.begun);
  const devices = silent ? { actions: [], warnings: [] } : await planDevices(config, all, machine);
  const profiles = options.adopt
    ? planned.actions.map(({ profile }) => profile)
    : names.map((name) => `${prefix}${name}`);
  return {
    ...planned,
    actions: [...pointed, ...planned.actions, ...devices.actions],
    after: planned.after && applyActions(planned.after, devices.actions),
    warnings: summed(
      [
        ...warnings,
        ...(explicit ? [] : [passedOver(config) ?? []].flat()),
        ...otherFiles(config, machine.env),
        ...tightHeaders(document),
        ...devices.warnings,
        ...planned.warnings,
        ...limitWarnings(names, config),
        ...rivalsOf(profiles, config, machine.env),
      ],
      new Set([...config.profiles.keys(), ...profiles]),
    ),
  };
}

/** A client that finds the profile in another way runs the program without the variable that says where the files are. */
function otherFiles({ files }: AwsConfig, env: Environment): string[] {
  return [
    ["AWS_CONFIG_FILE", files.config] as const,
    ["AWS_SHARED_CREDENTIALS_FILE", files.credentials] as const,
  ]
    .filter(([variable]) => env[variable])
    .map(
      ([variable, file]) =>
        `${variable} names ${file}: profiles written there work where it is set, and not for a client that is given the file otherwise (shared_config_files of Terraform)`,
    );
}

/** Sections that JavaScript takes for a part of the one before. */
function tightHeaders(document: Document): string[] {
  return document.sections
    .filter((section) => section.type === "profile" && isTightHeader(document, section))
    .map(
      ({ line }) =>
        `${document.file}:${line}: a comment follows the header without a blank, so that JavaScript takes the lines below it for those of the profile before: put it on a line of its own`,
    );
}

/** Limits that hold for what aws-as serves, and not for the profile itself. */
function limitWarnings(names: readonly string[], config: AwsConfig): string[] {
  return names.flatMap((name) => {
    const limits = limitsPassedOver(config, name);
    const [first] = limits;
    if (first === undefined) return [];
    const what = limits.map((limit) => limit.property).join(", ");
    return [
      `${at(first.position)}: other clients pass over ${what} of "${name}", so that "aws --profile ${name}" acts without: aws-as init --adopt ${name}`,
    ];
  });
}

/** More warnings than this that differ in names and places only are one, with their number. */
const mostAlike = 3;

/**
 * Warnings with those that have the same cause summed up: a file of thousands of profiles has the same fault in many.
 * Pure.
 *
 * @param names words that make no difference
 */
export function summed(warnings: readonly string[], names: ReadonlySet<string>): string[] {
  const causes = groupedBy(warnings, (warning) =>
    warning
      .split(/([\s"`]+)/)
      .map((word) => word.replace(/[:;,]+$/, ""))
      .map((word) => (names.has(word) || /.:\d+$/.test(word) ? "" : word))
      .join(""),
  );
  return [...causes.values()].flatMap((same) =>
    same.length > mostAlike ? [`${same[0]} (and the same for ${same.length - 1} others)`] : same,
  );
}

/**
 * Asks IAM for the MFA device of every long-term key whose device no configuration names, and plans to write it down.
 * What goes wrong is a warning: a generated profile works without it, and IAM is asked later.
 */
export async function planDevices(
  config: AwsConfig,
  names: readonly string[],
  machine: Machine,
): Promise<InitPlan> {
  const actions: Action[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  const store = openStore(config, machine);
  for (const name of names) {
    try {
      const identity = resolveIdentity(config, name);
      const { root } = identity;
      if (root.kind !== "static-keys" && root.kind !== "stored-keys") continue;
      if ("sessionToken" in root || seen.has(root.profile)) continue;
      if (!isAccessKeyId(root.accessKeyId)) continue;
      if (root.mfaSerial !== undefined || deviceOfRoles(config, root.profile) !== undefined) continue;
      seen.add(root.profile);
      const device = await deviceFromIam(identity, { config, machine, store });
      if (device.kind === "device") {
        actions.push({ kind: "add-device", profile: root.profile, serial: device.serial });
      } else if (device.kind === "none") {
        warnings.push(`no MFA device for "${root.profile}": ${device.because}`);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      warnings.push(`could not find the MFA device for "${name}": ${error.message}`);
    }
  }
  return { actions, warnings };
}

/** Warnings of what clients prefer to the profiles: keys of the same name, and keys in the environment. */
export function rivalsOf(profiles: readonly string[], config: AwsConfig, env: Environment): string[] {
  const warnings = profiles.flatMap((profile) => {
    const key = config.profiles.get(profile)?.properties.get("aws_access_key_id");
    if (key === undefined) return [];
    const offer = key.position.file === config.files.credentials ? "keys" : "config-keys";
    return [
      `${at(key.position)}: ${howManyPrefer(offer)} prefer the keys of "${profile}" to its credential_process: aws-as keys import ${profile}`,
    ];
  });
  if (env["AWS_ACCESS_KEY_ID"] !== undefined && profiles.length > 0) {
    warnings.push(
      "AWS_ACCESS_KEY_ID is set in this shell, and most AWS clients prefer it to AWS_PROFILE; unset it",
    );
  }
  return warnings;
}
