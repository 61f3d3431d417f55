/** The text's UTF-8 bytes for `printf`: letters, digits and `_` as they are, everything else as three octal digits. */
export function octal(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}
