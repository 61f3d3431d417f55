import type { AwsConfig } from "../config/aws-config.ts";
import { effectiveProfile } from "../config/resolve/effective-profile.ts";
import type { Position } from "../config/resolve/identity.ts";
import { resolveIdentity } from "../config/resolve/resolve.ts";
import { stanzaIdentity } from "../config/resolve/stanza.ts";
import { groupedBy } from "../system/grouped-by.ts";

/** A profile whose `credential_process` calls aws-as: what README and messages call a generated profile. */
export interface Stanza {
  readonly profile: string;
  readonly identity: string;
  /** True where the profile is the identity itself: `init --adopt` made it so. */
  readonly adopted: boolean;
  /** The `credential_process` line. */
  readonly position: Position;
}

/** All stanzas in file order, also those whose profile has other credentials that go first. */
export function stanzas(config: AwsConfig): Stanza[] {
  return [...config.profiles.values()].flatMap(({ name, properties }) => {
    const command = properties.get("credential_process");
    const identity = command && stanzaIdentity(command.value);
    return command && identity !== undefined
      ? [{ profile: name, identity, adopted: identity === name, position: command.position }]
      : [];
  });
}

/**
 * The stanzas by the name of the identity that they serve. A stanza may name its identity by another stanza or by an
 * ARN; one that leads nowhere is left out.
 */
export function stanzasByIdentity(config: AwsConfig): ReadonlyMap<string, readonly Stanza[]> {
  const found = groupedBy(stanzas(config), (stanza) => nameOf(config, stanza) ?? "");
  found.delete("");
  return found;
}

function nameOf(config: AwsConfig, { identity, adopted }: Stanza): string | undefined {
  if (adopted) return identity;
  try {
    return resolveIdentity(config, identity).name;
  } catch {
    // The identity is wrong in itself: its stanza still says for which one it is meant.
    return effectiveProfile(config, identity) === undefined ? undefined : identity;
  }
}
