import type { AwsConfig } from "../config/aws-config.ts";
import { stanzas } from "../config/identity-list.ts";
import { UserError } from "../system/user-error.ts";
import type { Action, InitPlan } from "./actions.ts";
import type { Marked } from "./marked.ts";
import { foreignProperties } from "./plan-stanzas.ts";

/**
 * Plans what `init --remove` takes out: the sections that bear our mark, of the identities named or of all. A section
 * that a person has added to is theirs too, and stays with a warning. Pure.
 */
export function planRemoval(config: AwsConfig, names: readonly string[], marked: Marked): InitPlan {
  const actions: Action[] = [];
  const warnings: string[] = [];
  const ours = stanzas(config).filter(({ profile }) => marked.profiles.has(profile));
  for (const name of names) {
    if (!ours.some(({ profile, identity }) => name === profile || name === identity)) {
      throw new UserError(`aws-as init has written no profile for "${name}"`, {
        hints: ["see what it wrote: aws-as init --remove --dry-run"],
      });
    }
  }
  for (const { profile, identity } of ours) {
    if (names.length > 0 && !names.includes(identity) && !names.includes(profile)) continue;
    const foreign = foreignProperties(config, profile);
    if (foreign.length > 0) {
      warnings.push(`left profile "${profile}" in place: somebody added ${foreign.join(", ")} to it`);
      continue;
    }
    actions.push({ kind: "remove-stanza", profile });
  }
  // A device serves all identities of its key, so it goes only when everything goes.
  if (names.length > 0) return { actions, warnings };
  for (const profile of marked.devices) {
    const properties = [...(config.ours.get(profile)?.properties.keys() ?? [])];
    if (properties.some((name) => name !== "mfa_serial")) {
      warnings.push(`left section [aws-as ${profile}] in place: somebody added to it`);
      continue;
    }
    actions.push({ kind: "remove-device", profile });
  }
  return { actions, warnings };
}
