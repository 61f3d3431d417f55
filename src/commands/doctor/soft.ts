import { failureReason } from "../../system/failure-reason.ts";
import { UserError } from "../../system/user-error.ts";
import { within } from "../../system/within.ts";

/** A fact, or why it could not be had. */
export type Fact<T> = { readonly value: T } | { readonly because: string };

/** A fact within the time limit. An error becomes the reason: gathering goes on, also after a bug of one check. */
export async function soft<T>(timeoutMs: number, work: () => Promise<T>): Promise<Fact<T>> {
  const asked = Promise.resolve()
    .then(work)
    .then(
      (value): Fact<T> => ({ value }),
      (error: unknown): Fact<T> => ({ because: reasonOf(error) }),
    );
  return (await within(timeoutMs, asked)) ?? { because: `no answer within ${timeoutMs / 1000} s` };
}

/** What an error says without what it may hold of secrets: messages of our own, and the system's codes. */
export function reasonOf(error: unknown): string {
  return error instanceof UserError ? error.message : failureReason(error);
}
