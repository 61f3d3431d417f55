import type { AwsConfig } from "../config/aws-config.ts";
import { resolveIdentity } from "../config/resolve/resolve.ts";
import { UserError } from "../system/user-error.ts";
import type { Action, InitPlan } from "./actions.ts";
import { processCommand } from "./stanza-command.ts";

/** What planning stanzas depends on. */
export interface StanzaPlanInput {
  readonly config: AwsConfig;
  /** Identities by name. */
  readonly names: readonly string[];
  /** The names were given by the person: one that cannot be served is then an error, else a warning. */
  readonly explicit: boolean;
  readonly prefix: string;
  /** How clients start the program, as it is written into the file. */
  readonly command: string;
  /** Profiles in the file that bear our mark. */
  readonly marked: ReadonlySet<string>;
}

/**
 * Properties that clients read beside credential_process without harm, and that a stanza takes over from the identity's
 * profile, so that both reach the same place. Everything that leads to credentials stays out: Go, botocore, Rust, Ruby
 * and .NET each fail on, or act on, at least one of those.
 */
const takenOver = [
  "region",
  "output",
  "endpoint_url",
  "services",
  "ca_bundle",
  "use_fips_endpoint",
  "use_dualstack_endpoint",
  "sts_regional_endpoints",
  "s3_use_arn_region",
  "s3_us_east_1_regional_endpoint",
  "defaults_mode",
  "retry_mode",
  "max_attempts",
  "cli_pager",
];

/** Plans one stanza per identity: added, brought up to date, or left alone. Pure. */
export function planStanzas(input: StanzaPlanInput): InitPlan {
  const actions: Action[] = [];
  const warnings: string[] = [];
  for (const name of input.names) {
    try {
      const action = planStanza(name, input);
      if (action !== undefined) actions.push(action);
    } catch (error) {
      if (input.explicit || !(error instanceof UserError)) throw error;
      warnings.push(`left out "${name}": ${error.message}`);
    }
  }
  return { actions, warnings };
}

function planStanza(name: string, input: StanzaPlanInput): Action | undefined {
  const identity = resolveIdentity(input.config, name);
  if (!input.config.profiles.has(name) && !input.config.ours.has(name)) {
    throw new UserError(`"${name}" is not a profile, and a stanza serves profiles`, {
      hints: [
        `give the role a profile: aws configure set profile.NAME.role_arn ${identity.hops.at(-1)?.roleArn ?? name}`,
      ],
    });
  }
  const profile = `${input.prefix}${name}`;
  const said = input.config.profiles.get(name)?.properties;
  const wanted: [string, string][] = takenOver.flatMap((property) => {
    const value = said?.get(property)?.value;
    // A value over several lines cannot be written so that every client reads it.
    return value === undefined || value === "" || value.includes("\n") ? [] : [[property, value]];
  });
  wanted.push(["credential_process", processCommand(input.command, name)]);

  const there = input.config.profiles.get(profile);
  if (there === undefined) return { kind: "add-stanza", profile, identity: name, properties: wanted };
  if (!input.marked.has(profile)) {
    const { file, line } = there.position;
    throw new UserError(`${file}:${line}: there is a profile "${profile}" that aws-as did not write`, {
      hints: ["choose another prefix: aws-as init --prefix mfa-"],
    });
  }
  const set = wanted.filter(([property, value]) => there.properties.get(property)?.value !== value);
  const kept = new Set(wanted.map(([property]) => property));
  const remove = takenOver.filter((property) => there.properties.has(property) && !kept.has(property));
  if (set.length + remove.length === 0) return undefined;
  return { kind: "update-stanza", profile, identity: name, set, remove };
}

/** Properties of a marked profile that init never writes: a person put them there. */
export function foreignProperties(config: AwsConfig, profile: string): string[] {
  const ours = new Set([...takenOver, "credential_process"]);
  return [...(config.profiles.get(profile)?.properties.keys() ?? [])].filter((name) => !ours.has(name));
}
