import { printable, quoted } from "../system/printable.ts";
import type { Position } from "./resolve/identity.ts";

// Control and bidirectional characters: the content of a file must not steer a terminal.
const unsafe = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A value from a file in double quotes, on one line, safe to print on a terminal. Cut after 200 characters and before a
 * continuation line, which may be a secret whose property name got lost.
 */
export function quote(text: string): string {
  const [line = ""] = text.split("\n", 1);
  const short = line.length > 200 || line.length < text.length ? `${line.slice(0, 200)}…` : line;
  return JSON.stringify(short).replace(
    unsafe,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `file:line`. */
export function at(position: Position): string {
  return `${position.file}:${position.line}`;
}

/** A path as a word of a command; a tilde has to stay outside of the quotes. */
export function pathWord(shown: string): string {
  if (/^[\w./~@+:,-]+$/.test(shown)) return shown;
  const tilde = shown.startsWith("~/") ? "~/" : "";
  return `${tilde}${quoted(printable(shown.slice(tilde.length)))}`;
}
