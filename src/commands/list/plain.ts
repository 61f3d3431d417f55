import { timestamp } from "../../system/clock.ts";
import { printable } from "../../system/printable.ts";
import { cell, deviceCell, leftCell, profilesCell } from "./cells.ts";
import type { Entry, Life } from "./entry.ts";
import type { Listing } from "./gather.ts";

/**
 * One line per identity with tabs between: name, kind, account, device, time left of its session, of the session that
 * it is got with, profiles, error. No field is empty, so that whatever splits at blanks counts right. Pure.
 */
export function plainList(entries: readonly Entry[], now: number): string {
  return entries
    .map((entry) => {
      const { name, kind, account, session, base, error } = entry;
      const fields = [
        cell(name),
        kind,
        cell(account ?? "-"),
        deviceCell(entry),
        leftCell(session, now),
        leftCell(base, now),
        profilesCell(entry),
        error === undefined ? "-" : printable(error),
      ];
      return `${fields.join("\t")}\n`;
    })
    .join("");
}

/** The document of `list --json`, version 1 (docs/json.md). */
export function jsonList({ entries, store, now }: Listing): string {
  return `${JSON.stringify({ version: 1, store, identities: entries.map((entry) => identityIn(entry, now)) })}\n`;
}

function identityIn(entry: Entry, now: number) {
  const { name, kind, position, source, account, device, deviceKnown, session, base, outcome, maySignIn } =
    entry;
  const { codeNeededAt, stanzas, error } = entry;
  return {
    name,
    kind,
    at: `${position.file}:${position.line}`,
    source: source ?? null,
    account: account ?? null,
    device: device ?? null,
    deviceKnown,
    session: end(session, now),
    base: end(base, now),
    outcome: outcome ?? null,
    maySignIn,
    nextCode: end(codeNeededAt === undefined ? undefined : { expiresAt: codeNeededAt }, now),
    profiles: stanzas.map(({ profile, position: line, adopted }) => ({
      name: profile,
      at: `${line.file}:${line.line}`,
      adopted,
    })),
    error: error ?? null,
  };
}

function end(life: Pick<Life, "expiresAt"> | undefined, now: number) {
  if (life === undefined) return null;
  return { expiration: timestamp(life.expiresAt), left: Math.floor((life.expiresAt - now) / 1000) };
}
