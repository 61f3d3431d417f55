import { timeLeft } from "../../cli/time-left.ts";
import { isUsable } from "../../session/decide.ts";
import type { Entry, Life } from "./entry.ts";

/**
 * A text of which every character takes one column, as a table needs it, and none drives the terminal. Names of profiles are ASCII by the grammar of
 * the files; serial numbers and the like may be anything, and the real value stands in the JSON.
 */
export function cell(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?");
}

/** A device without what all devices have in common: `my-user1` of `arn:aws:iam::111111111111:mfa/my-user1`. */
export function deviceCell({ device, deviceKnown, error }: Entry): string {
  if (error !== undefined) return "-";
  if (device !== undefined) return cell(device.replace(/^arn:[^:]+:iam::\d+:mfa\//, ""));
  return deviceKnown ? "-" : "?";
}

/** The time that a session has left; `-` without one, `ended` after it. */
export function leftCell(life: Life | undefined, now: number): string {
  if (life === undefined) return "-";
  return isAlive(life, now) ? timeLeft(life.expiresAt - now) : "ended";
}

/** The profiles by which clients get the identity. */
export function profilesCell({ stanzas }: Entry): string {
  return stanzas.map(({ profile }) => cell(profile)).join(",") || "-";
}

/** Whether the session may still be handed out. */
export function isAlive({ expiresAt }: Life, now: number): boolean {
  return isUsable({ obtainedAt: 0, expiresAt }, now);
}
