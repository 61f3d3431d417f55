/**
 * The text with everything replaced by `?` that a terminal might obey or that would make the text look like
 * another: control and format characters (escape sequences, reversed writing) and line separators. Names come
 * from files that other programs write too.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
}

/** A word as every POSIX shell reads it back. emit/ has a function of its own, since it imports nothing. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** One word of printable ASCII, as keys and tokens are: they go into headers, documents and shell code. */
export function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}
