import { type Change, keptVariable, type Memory, noteVariable, withoutNul } from "../change.ts";
import type { Dialect } from "../dialect.ts";
import { octal } from "../text.ts";

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
 * - commands stand in single quotes, which keep a user's alias of the name out. A backslash before the name does so
 *   too, but bash 5.0 takes it for part of a pattern, which `nullglob` and `failglob` make disappear.
 * - statements end in `;` and a newline, and a group around them makes a cut-off text a syntax error that runs
 *   nothing.
 */
export const dialect: Dialect = {
  // An empty group is a syntax error, which ends a script in dash and leaves the last status behind in zsh.
  render: group,
  renderForFunctions: group,
  failure: "false;\n",
};

/** No comma (ksh and mksh expand braces around one), no `~ # ! ^ * ? [ ] { }`, no blank, no backslash. */
const plain = /^[A-Za-z0-9_/+=.:@%-]*$/;

function group(changes: readonly (Change | Memory)[]): string {
  return changes.length === 0 ? "':';\n" : `{\n${changes.map(statement).join("")}};\n`;
}

function statement(change: Change | Memory): string {
  switch (change.kind) {
    case "set":
      return `${assignment(change.name, change.value)}'export' ${change.name};\n`;
    case "unset":
      return `'unset' ${change.name};\n`;
    case "note":
      if (change.name === "key" || change.name === "until") return "";
      return assignment(noteVariable(change.name), change.value);
    case "keep":
      return `${keptVariable(change.name)}="$${change.name}";\n`;
    case "forget":
      return `'unset' ${keptVariable(change.name)};\n`;
    case "restore": {
      const { name } = change;
      const kept = keptVariable(name);
      return `case \${${kept}+x} in x) ${name}="$${kept}"; 'export' ${name}; 'unset' ${kept} ;; esac;\n`;
    }
  }
}

/** Sets a variable of the shell, in a text that survives an unquoted `eval`. */
export function assignment(name: string, value: string): string {
  withoutNul(name, value);
  if (plain.test(value)) return `${name}='${value}';\n`;
  return `${name}="\`'printf' '${octal(value)}.'\`";\n${name}="\${${name}%.}";\n`;
}
