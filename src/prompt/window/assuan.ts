/**
 * The Assuan protocol between gpg's programs and a pinentry, as far as one question needs it: lines of commands, each
 * answered by `OK` or `ERR code words`, with `D data` before the OK of GETPIN.
 * https://www.gnupg.org/documentation/manuals/assuan/
 */

/** The reply to the command of an index, counted from 0. */
export type Reply =
  | { readonly kind: "ok"; readonly data: string }
  /** `code` without the part that names the program that gave it. */
  | { readonly kind: "error"; readonly code: number; readonly words: string };

/** Text as one line can carry it: percent signs and what would end the line are escaped. */
export function escaped(text: string): string {
  return text.replace(
    /[%\r\n]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Data as it was before it was escaped; bytes are UTF-8. */
function unescaped(text: string): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const raw = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(raw, "latin1").toString("utf8");
}

/** The replies in what a program printed, the greeting left out. Status lines and comments say nothing to us. */
export function repliesIn(output: string): Reply[] {
  const replies: Reply[] = [];
  let data = "";
  for (const line of output.split(/\r?\n/)) {
    if (line.startsWith("D ")) data += unescaped(line.slice(2));
    const error = /^ERR (\d+) ?(.*)$/.exec(line);
    if (error) {
      // The low 16 bits; above them stands the source of the error.
      replies.push({ kind: "error", code: Number(error[1]) & 0xffff, words: error[2] ?? "" });
    } else if (/^OK( |$)/.test(line)) {
      replies.push({ kind: "ok", data });
    } else {
      continue;
    }
    data = "";
  }
  return replies.slice(1);
}
