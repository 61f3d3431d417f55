/** What is searched for on the disk. */
export const canary = "canary-of-the-keychain";

export const killedKey = { name: "long-term key AKIA", label: "long-term key" };

/** The documents that a run writes until it is killed, of several parts and of one. */
export function keychainKillSteps(run: string): readonly string[] {
  return [`${canary} ${run}.1 `.repeat(12), `${canary} ${run}.2`, `${canary} ${run}.3 `.repeat(6)];
}
