import type { Ports } from "./context.ts";
import { fileName } from "./item.ts";
import type { Step } from "./plan.ts";

/**
 * Whether an early renewal failed within the last minute. With AWS out of reach each try takes long, under the lock, and
 * clients that see a session near its expiry call us for every request.
 */
export async function failedRecently({ notes, clock }: Ports, step: Step): Promise<boolean> {
  const note = (await notes.read(renewalNote(step))) as { failedAt?: unknown } | undefined;
  const age = typeof note?.failedAt === "number" ? clock.now() - note.failedAt : Number.NaN;
  return age >= 0 && age < 60_000;
}

export function renewalNote(step: Step): string {
  return `renewals/${fileName(step.item.name)}`;
}
