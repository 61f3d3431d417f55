import type { StoredItem } from "../../src/store/secret-store.ts";

/** What is searched for on the disk. */
export const canary = "canary-of-the-file-store";

export interface KillStep {
  readonly item: StoredItem;
  /** Absent: it is removed. */
  readonly value?: string;
}

const session = { name: "session", label: "a session", expiresAt: 4_000_000_000_000 };
const key = { name: "key", label: "a long-term key" };

/** What a run does with a store until it is killed; a number of the run tells its documents from others'. */
export function fileKillSteps(run: string): readonly KillStep[] {
  const value = (step: string): string => `${canary} ${run}.${step}`;
  return [
    { item: session, value: value("1") },
    { item: session, value: value("2").repeat(500) },
    { item: key, value: value("3") },
    { item: session },
    { item: session, value: value("5") },
  ];
}
