import { spawn } from "node:child_process";
import type { Clock } from "../clock.ts";
import type { Environment } from "../environment.ts";
import { browserTimeoutMs } from "../limits.ts";
import type { Secret } from "../secret.ts";
import { serveOnce } from "../serve-once.ts";
import { withoutCredentials } from "./child-environment.ts";

/** A program that shows an address to the person. */
export interface BrowserCall {
  readonly program: string;
  readonly words: readonly string[];
}

/** What became of a link: the browser has it, or why not. */
export type Shown =
  | { readonly kind: "fetched" }
  | { readonly kind: "failed"; readonly because: string }
  | { readonly kind: "not-fetched" };

/**
 * Starts a browser that fetches a secret link from an address which works once; returns when it has the link. The browser
 * stays when we end: it has a session of its own, none of our streams, and nobody's credentials.
 */
export async function showInBrowser(
  link: Secret,
  call: (address: string) => BrowserCall,
  environment: Environment,
  clock: Clock,
): Promise<Shown> {
  const { address, fetched, close } = await serveOnce(link);
  const over = new AbortController();
  const { program, words } = call(address);
  const child = spawn(program, words, {
    detached: true,
    stdio: "ignore",
    windowsHide: true,
    env: withoutCredentials(environment),
  });
  const failed = new Promise<Shown>((resolve) => {
    child.once("error", ({ message }) => resolve({ kind: "failed", because: message }));
    child.once("exit", (status, signal) => {
      // Most openers end at once, when they have told a browser that runs.
      if (status !== 0) resolve({ kind: "failed", because: endOf(status, signal) });
    });
  });
  child.unref();
  const late = clock.sleep(browserTimeoutMs, over.signal).then(
    (): Shown => ({ kind: "not-fetched" }),
    (): Shown => ({ kind: "not-fetched" }),
  );
  try {
    return await Promise.race([fetched.then((): Shown => ({ kind: "fetched" })), failed, late]);
  } finally {
    over.abort();
    close();
  }
}

function endOf(status: number | null, signal: string | null): string {
  return status === null ? `it was ended by ${signal}` : `it ended with status ${status}`;
}
