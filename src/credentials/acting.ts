import type { Environment } from "../system/environment.ts";

/** The identity that the shell was switched to, while the keys in its environment are that one's; else undefined. */
export function actingAs(env: Environment): string | undefined {
  const isOurs = env["AWS_AS_ACCESS_KEY_ID"] === env["AWS_ACCESS_KEY_ID"];
  return isOurs ? env["AWS_AS_IDENTITY"] || undefined : undefined;
}
