import type { LogEntry } from "../../credentials/hand-out-log.ts";
import { secondsIn } from "../../system/clock.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";

/** A line of the log as it stands there, and what it says. */
export interface Line {
  readonly text: string;
  readonly entry: LogEntry;
}

/** The lines of a log; `unread` counts those that are none of ours, such as one that a full disk has cut. Pure. */
export function linesOf(text: string): { readonly lines: Line[]; readonly unread: number } {
  const all = text.split("\n").filter((line) => line !== "");
  const lines = all.flatMap((line) => {
    const entry = parsed(line);
    return entry === undefined ? [] : [{ text: line, entry }];
  });
  return { lines, unread: all.length - lines.length };
}

function parsed(text: string): LogEntry | undefined {
  try {
    const entry = JSON.parse(text);
    const isOurs = entry?.version === 1 && typeof entry.time === "string" && typeof entry.way === "string";
    return isOurs ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Which entries are wanted; what is undefined does not count. */
export type Filter = {
  readonly [Name in "identity" | "way" | "program" | "agent" | "outcome"]?: LogEntry[Name] | undefined;
} & {
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
};

export function isWanted(entry: LogEntry, { since, ...same }: Filter): boolean {
  if (since !== undefined && Date.parse(entry.time) < since) return false;
  return Object.entries(same).every(
    ([name, value]) => value === undefined || entry[name as keyof LogEntry] === value,
  );
}

/** The moment that `--since` means: a span before now, or a date, with a time or without. */
export function sinceOf(text: string, now: number): number {
  const seconds = secondsIn(text);
  if (seconds !== undefined) return now - seconds * 1000;
  const moment = /^\d{4}-\d\d-\d\d/.test(text)
    ? Date.parse(text.replace(/^(\S+) (?=\d)/, "$1T"))
    : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new UserError(`--since takes a time such as 2h, 7d or 2026-01-31, and not "${text}"`, {
    exitCode: 2,
  });
}

/** Entries for a person, a line each. Pure. */
export function inWords(entries: readonly LogEntry[], home: string): string {
  const rows = entries.map((entry) => [
    entry.time.replace("T", " "),
    entry.identity ?? "?",
    entry.way,
    whatOf(entry),
    // What is long stands last.
    entry.because === null ? whoOf(entry, home) : `${whoOf(entry, home)}: ${entry.because}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  "));
  return lines.map((line) => `${printable(line.trimEnd())}\n`).join("");
}

function whatOf({ outcome, expiration }: LogEntry): string {
  if (outcome === "refused") return outcome;
  if (expiration === null) return "long-term key";
  return `${outcome}, until ${expiration.slice(11)}`;
}

function whoOf({ program, pid, terminal, folder, command, agent }: LogEntry, home: string): string {
  const who = `${program ?? "?"}${pid === null ? "" : ` (${pid})`}`;
  return [
    command === null ? who : `${who} for ${command}`,
    ...(agent === null ? [] : [`agent ${agent}`]),
    ...(terminal === null ? [] : [terminal.replace(/^\/dev\//, "")]),
    ...(folder === null
      ? []
      : [folder === home || folder.startsWith(`${home}/`) ? `~${folder.slice(home.length)}` : folder]),
  ].join(", ");
}
