import type { AwsConfig } from "../aws-config.ts";
import { effectiveProfile } from "./effective-profile.ts";
import { type Stanza, stanzas } from "./identity-list.ts";
import { resolveIdentity } from "./resolve.ts";

/**
 * The generated profiles by the name of the identity that they serve. One may name its identity through another or by an
 * ARN; one that leads nowhere is left out.
 */
export function stanzasByIdentity(config: AwsConfig): ReadonlyMap<string, readonly Stanza[]> {
  const found = new Map<string, Stanza[]>();
  for (const stanza of stanzas(config)) {
    const name = nameOf(config, stanza);
    if (name === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), stanza]);
  }
  return found;
}

function nameOf(config: AwsConfig, { identity, adopted }: Stanza): string | undefined {
  if (adopted) return identity;
  try {
    return resolveIdentity(config, identity).name;
  } catch {
    // The identity has an error: its generated profile still says which one it is for.
    return effectiveProfile(config, identity) === undefined ? undefined : identity;
  }
}
