import { type Change, type Memory, noteVariable, UnsayableValue, withoutNul } from "../change.ts";
import type { Dialect } from "../dialect.ts";
import { octal } from "../octal.ts";

/**
 * Code for csh and tcsh, in which an `eval` of backquotes joins everything to one line, braces are expanded on the way
 * and `!` is history even in single quotes.
 *
 * A backslash before a builtin does not keep an alias of that name out: it makes an unknown command of it. What stands
 * after `if (1)` is not looked up among the aliases.
 */
export const dialect: Dialect = {
  render: group,
  renderForFunctions: group,
  failure: "false;\n",
};

/** No comma (braces), no `~ # ! ^ * ? [ ] { }`, no blank, no backslash; tcsh expands a `=` in front. */
const plain = /^(?!=)[A-Za-z0-9_/+=.:@%-]+$/;

/** BSD csh refuses words of 4 kB. */
const longestWord = 4000;

/** As one word, a text that was cut off is an unmatched quote and runs nothing. */
function group(changes: readonly (Change | Memory)[]): string {
  if (changes.length === 0) return "if (1) :;\n";
  const text = changes.map(statement).join("");
  return text.length > longestWord ? text : `if (1) eval '${text.trimEnd().replaceAll("\n", " ")}';\n`;
}

function statement(change: Change | Memory): string {
  switch (change.kind) {
    case "set":
      return `if (1) setenv ${change.name} ${word(change.name, change.value)};\n`;
    case "unset":
      return `if (1) unsetenv ${change.name};\n`;
    case "note":
      return assignment(noteVariable(change.name), change.value);
    case "keep":
      return `if (1) set ${keptIn(change.name)}=${present(change.name)};\n`;
    case "forget":
      return `if (1) unset ${keptIn(change.name)};\n`;
    case "restore": {
      const kept = keptIn(change.name);
      // Variables are put in before the condition is looked at, so what may not exist stands in a text of its own.
      return `if ($?${kept}) eval if \\(1\\) setenv ${change.name} \\$${kept}:q;\nif (1) unset ${kept};\n`;
    }
  }
}

/** BSD csh refuses names of more than 30 characters: three of each word, AWS aside, tell ours apart. */
function keptIn(name: string): string {
  const words = name.split("_").filter((word) => word !== "AWS");
  return `__aws_as_kept_${words.map((word) => word.slice(0, 3)).join("")}`;
}

/** What it holds now. The same limit is there for reading an environment variable. */
function present(name: string): string {
  return name.length > 30 ? `"\`\\printenv ${name}\`"` : `$${name}:q`;
}

/** Sets a variable of the shell. */
export function assignment(name: string, value: string): string {
  return `if (1) set ${name}=${word(name, value)};\n`;
}

/** The value as one word without single quotes, so that the whole can stand in them. */
function word(name: string, value: string): string {
  withoutNul(name, value);
  if (/[\r\n]/.test(value)) throw new UnsayableValue(name, "a line end");
  if (value === "") return '""';
  return plain.test(value) ? value : `"\`\\printf ${octal(value).replaceAll("\\", "\\\\")}\`"`;
}
