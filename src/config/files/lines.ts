/** One line of a file. Its bytes are a latin1 string, one character each, so that any bytes survive. */
export interface Line {
  readonly text: string;
  readonly ending: "\n" | "\r\n" | "";
}

/** Splits at LF and CRLF; a lone CR is an ordinary character. `joinLines` restores the text of any input. */
export function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < text.length) {
    const feed = text.indexOf("\n", start);
    if (feed < 0) {
      lines.push({ text: text.slice(start), ending: "" });
      break;
    }
    const crlf = feed > start && text.charCodeAt(feed - 1) === 0x0d;
    lines.push({ text: text.slice(start, crlf ? feed - 1 : feed), ending: crlf ? "\r\n" : "\n" });
    start = feed + 1;
  }
  return lines;
}

/** The text that the lines were cut from. */
export function joinLines(lines: readonly Line[]): string {
  let text = "";
  for (const line of lines) text += line.text + line.ending;
  return text;
}

/**
 * Blank, tab, vertical tab, form feed, CR. JavaScript's own white space has the byte A0, which is the second half of
 * letters such as "à" in UTF-8.
 */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0b || code === 0x0c;
}

/** The index of the first character that is not white space; the length when there is none. */
export function skipSpace(text: string, from = 0): number {
  let index = from;
  while (index < text.length && isSpace(text.charCodeAt(index))) index += 1;
  return index;
}

/** Without the white space at both ends. */
export function trimSpace(text: string): string {
  // The built-in is much faster in a process that has just started, and wrong only about A0.
  const trimmed = text.trim();
  if (trimmed.length === text.length || !text.includes("\xa0")) return trimmed;
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(Math.min(skipSpace(text), end), end);
}

const anySpace = /[ \t\r\v\f]/;

/** The index of the first white space; -1 when there is none. */
export function findSpace(text: string): number {
  return text.search(anySpace);
}
