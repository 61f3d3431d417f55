import { failureReason } from "../../system/failure-reason.ts";
import { UserError } from "../../system/user-error.ts";

/** A fact, or why it could not be had. */
export type Fact<T> = { readonly value: T } | { readonly because: string };

/**
 * An answer within the time limit, else the reason in words. Nothing that goes wrong while looking ends the looking: a
 * bug is a reason too. Milliseconds.
 */
export async function soft<T>(limit: number, work: () => Promise<T>): Promise<Fact<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Fact<T>>((resolve) => {
    timer = setTimeout(resolve, limit, { because: `no answer within ${limit / 1000} s` });
  });
  const asked = Promise.resolve()
    .then(work)
    .then(
      (value): Fact<T> => ({ value }),
      (error: unknown): Fact<T> => ({ because: reasonOf(error) }),
    );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What an error says without what it may hold of secrets: messages of our own, and the system's codes. */
export function reasonOf(error: unknown): string {
  return error instanceof UserError ? error.message : failureReason(error);
}
