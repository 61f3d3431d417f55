import { readFile } from "node:fs/promises";
import type { Clock } from "../system/clock.ts";
import { editFile } from "../system/files/atomic-write.ts";

/** A document of aws-cli's caches. Other programs wrote it, so that nothing about it is certain. */
export type TokenDocument = Readonly<Record<string, unknown>>;

/** Milliseconds between two looks, and how many there are: aws-cli empties a file before it fills it again. */
const [pause, looks] = [50, 4];

/** Reads a document; undefined when there is none, or none that can be read. */
export async function readTokenFile(path: string, clock: Clock): Promise<TokenDocument | undefined> {
  for (let look = 1; ; look += 1) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null ? (value as TokenDocument) : undefined;
    } catch {
      if (look === looks) return undefined;
    }
    await clock.sleep(pause);
  }
}

/**
 * Puts a new document in the place of the one that was read, in one step, with mode and owner kept. Where it cannot be
 * written (a full disk, a read-only home) or somebody else was quicker, nothing happens: the credentials at hand are
 * good, and clients take any word on standard error for a failure. A refresh token that is lost so costs one sign-in.
 */
export async function writeTokenFile(
  path: string,
  before: TokenDocument,
  after: TokenDocument,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(after, null, 2)}\n`);
  try {
    await editFile(path, (now) => {
      if (JSON.stringify(JSON.parse(String(now))) !== JSON.stringify(before)) throw new Error("another one");
      return bytes;
    });
  } catch {
    // As said above.
  }
}

/** Milliseconds since 1970 of a time in a document; NaN for none. Older aws-cli wrote `2020-06-17T10:02:08UTC`. */
export function timeIn(value: unknown): number {
  return typeof value === "string" ? Date.parse(value.replace(/UTC$/, "Z")) : Number.NaN;
}

/** As aws-cli writes a time, which is all that some readers take. */
export function timeFor(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
