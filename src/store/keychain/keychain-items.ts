import type { Environment } from "../../system/environment.ts";

export interface KeychainItemsOptions {
  /** The service that all items stand under, "aws-as". */
  readonly service: string;
  /** As process.platform names it. */
  readonly platform: string;
  readonly environment: Environment;
  /** As process.getuid gives it; absent on Windows. */
  readonly userId?: number | undefined;
  /** Told when a person is being asked, so that they know what is waited for. */
  readonly tell?: (sentence: string) => void;
  /** Whether a person is at a terminal: then a question that the keychain asks by itself is waited for. */
  readonly hasTerminal?: () => boolean;
  /** Whether a person may be asked to make a keyring where there is none; by default they may. */
  readonly mayMakeKeyring?: () => boolean;
  /** Milliseconds for a call that asks nobody; 3000 by default. */
  readonly timeLimitMs?: number;
  /** Milliseconds for a person to answer; 45 000 by default, because clients give a credential_process 60 s. */
  readonly personLimitMs?: number;
  readonly loadKeytar?: () => Promise<unknown>;
  /** Node, and the file that it runs: on Linux keytar gets a process of its own. */
  readonly program?: { readonly node: string; readonly script: string };
}

/** Single texts in the keychain, each call within its time limit. All reject with KeychainError. */
export interface KeychainItems {
  read(name: string): Promise<string | undefined>;
  /** @param label what a person's keychain app shows, where that can be set (Linux); else service and name */
  write(name: string, text: string, label?: string): Promise<void>;
  /**
   * True when there was something to remove, and it is gone.
   *
   * @param mayAsk false: an item that cannot be removed without asking a person stays, and `undefined` says so
   */
  remove(name: string, mayAsk?: boolean): Promise<boolean | undefined>;
  /** True while a call that outlived its limit holds a thread. */
  stuck(): boolean;
}

export const defaultTimeLimitMs = 3000;
export const defaultPersonLimitMs = 45_000;

export const late = Symbol("late");

/** Not by the clock's sleep: aborting it costs 1 ms, for a signal and its events are loaded on first use. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, limitMs, late);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

export const seconds = (limitMs: number): string => `within ${limitMs / 1000} s`;

export const hasDisplay = (environment: Environment): boolean =>
  Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"]);
