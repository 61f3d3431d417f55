import { type Change, UnsayableValue } from "./change.ts";
import type { Dialect } from "./dialect.ts";

/**
 * Shell code for sh, bash, zsh, ksh, dash and their kin that means the same under `eval "$(…)"` and under the
 * unquoted `eval $(…)` that people type.
 *
 * Unquoted, the shell splits the text at blanks, expands the pieces as file name patterns in the current folder,
 * and joins them by single blanks; quotes inside the text protect nothing. So no glob sign, brace, tilde, double
 * blank or backslash may stand in it where a value could put one:
 * - a plain value (all real credentials are) stands in single quotes;
 * - any other value is written byte by byte in octal and decoded by printf, with a sentinel after it, because
 *   a command substitution drops trailing newlines. Such a value can show up in `ps` where printf is no builtin.
 * - statements end in `;` and a newline, and a group around them makes a cut-off text a syntax error that runs
 *   nothing.
 */
export const posix: Dialect = {
  names: ["sh", "bash", "zsh", "ksh", "dash", "ash", "mksh", "yash"],
  kind: "shell",
  // An empty group is a syntax error, which ends a script in dash and leaves the last status behind in zsh.
  render: (changes) => (changes.length === 0 ? ":;\n" : `{\n${changes.map(statement).join("")}};\n`),
  failure: "false;\n",
};

/** No comma (ksh and mksh expand braces around one), no `~ # ! ^ * ? [ ] { }`, no blank, no backslash. */
const plain = /^[A-Za-z0-9_/+=.:@%-]*$/;

function statement(change: Change): string {
  if (change.kind === "unset") return `unset ${change.name};\n`;
  const { name, value } = change;
  if (value.includes("\0")) throw new UnsayableValue(name, "a NUL byte");
  if (plain.test(value)) return `${name}='${value}';\nexport ${name};\n`;
  return `${name}="\`printf '${octal(value)}.'\`";\n${name}="\${${name}%.}";\nexport ${name};\n`;
}

function octal(value: string): string {
  return Array.from(Buffer.from(value, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}
