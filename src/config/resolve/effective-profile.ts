import type { AwsConfig } from "../aws-config.ts";
import type { Position, Property } from "./identity.ts";

/** `[aws-as NAME]` laid over the profile NAME, property by property. */
export interface EffectiveProfile {
  readonly name: string;
  /** The profile's header, else that of `[aws-as NAME]`. */
  readonly position: Position;
  /**
   * The property in effect; undefined when it is not set. An empty value counts as not set, so an empty one in
   * `[aws-as NAME]` turns the profile's own off.
   */
  get(property: string): Property | undefined;
  /** The same for properties that only `[aws-as NAME]` can set. */
  getOwn(property: string): Property | undefined;
  /** All that `get` gives. */
  all(): Map<string, Property>;
}

/** Undefined when neither file has a profile or an `[aws-as]` section of that name. */
export function effectiveProfile(config: AwsConfig, name: string): EffectiveProfile | undefined {
  const own = config.ours.get(name);
  const shared = config.profiles.get(name);
  const position = shared?.position ?? own?.position;
  if (position === undefined) return undefined;
  return {
    name,
    position,
    get(property) {
      const found = own?.properties.get(property) ?? shared?.properties.get(property);
      return found?.value ? found : undefined;
    },
    getOwn(property) {
      const found = own?.properties.get(property);
      return found?.value ? found : undefined;
    },
    all() {
      const merged = new Map([...(shared?.properties ?? []), ...(own?.properties ?? [])]);
      for (const [property, { value }] of merged) if (value === "") merged.delete(property);
      return merged;
    },
  };
}

/** Every name that has a profile or an `[aws-as]` section of its own: profiles in file order, then the rest. */
export function profileNames(config: AwsConfig): string[] {
  return [...new Set([...config.profiles.keys(), ...config.ours.keys()])];
}
