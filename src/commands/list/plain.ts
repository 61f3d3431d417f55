import { printable } from "../../system/printable.ts";
import { cell, deviceCell, leftCell, profilesCell } from "./cells.ts";
import type { Entry } from "./entry.ts";

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
