import { UserError } from "../../system/user-error.ts";
import { quote } from "../shown.ts";
import type { EffectiveProfile } from "./effective-profile.ts";

/**
 * Session tags: `tags = team=red, cost=7`, or sub-properties, where a value may hold a comma:
 *
 *     tags =
 *       team = red
 *       people = ann, bob
 *
 * Undefined when the profile has none. Throws a UserError for what is neither.
 */
export function readTags(profile: EffectiveProfile): Record<string, string> | undefined {
  const property = profile.get("tags");
  if (property === undefined) return undefined;
  const fail = (what: string) =>
    new UserError(`profile ${quote(profile.name)}: ${what}`, {
      at: property.position,
      hints: ["write session tags like this: tags = team=red, cost=7"],
    });
  const tags = new Map<string, string>();
  // STS compares the keys without case.
  const seen = new Set<string>();
  for (const pair of property.value.split(property.value.startsWith("\n") ? "\n" : ",")) {
    if (pair.trim() === "") continue;
    const equals = pair.indexOf("=");
    const key = pair.slice(0, Math.max(equals, 0)).trim();
    if (key === "") throw fail(`tags has an entry that is not "key=value"`);
    if (seen.has(key.toLowerCase())) throw fail(`tags names ${quote(key)} twice`);
    seen.add(key.toLowerCase());
    tags.set(key, pair.slice(equals + 1).trim());
  }
  return Object.fromEntries(tags);
}
