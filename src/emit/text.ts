/**
 * The text's UTF-8 bytes for `printf`: letters and digits as they are, everything else as three octal digits. `_` too,
 * for it may stand in IFS, where a text may be split.
 */
export function octal(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}

/** Puts texts in for the words `AWS_AS_PART_…` of a script. */
export function filled(script: string, parts: Readonly<Record<string, string>>): string {
  return script.replace(/AWS_AS_PART_([A-Z]+)/g, (word, name: string) => parts[name] ?? word);
}
