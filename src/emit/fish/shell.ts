import { described } from "../answer.ts";
import { type Change, keptVariable, type Memory, noteVariable, withoutNul } from "../change.ts";
import { type ActivationParts, type Dialect, leftAlone, type Shell, type Typed } from "../dialect.ts";
import { filled } from "../text.ts";

/** Code for fish's `eval (…)` and `… | source`: one line of statements, as fish splits at newlines and keeps none. */
export const dialect: Dialect = {
  render: statements,
  renderForFunctions: statements,
  failure: "false;\n",
};

function statements(changes: readonly (Change | Memory)[]): string {
  // `set` passes on the status from before it, be it of the user's last command, and is 4 for what is not there.
  return changes.length === 0 ? "true;\n" : `begin; ${changes.map(statement).join(" ")} true; end;\n`;
}

function statement(change: Change | Memory): string {
  switch (change.kind) {
    case "set":
      return `set -gx ${change.name} ${quoted(withoutNul(change.name, change.value))};`;
    case "unset":
      // An exported universal variable stays, as nothing hides it from programs; the prompt then shows `(?)`.
      return `set -e -g ${change.name};`;
    case "note":
      if (change.name === "key" || change.name === "until") return "";
      return `set -g ${noteVariable(change.name)} ${quoted(withoutNul(change.name, change.value))};`;
    case "keep":
      return `set -g ${keptVariable(change.name)} $${change.name};`;
    case "forget":
      return `set -e -g ${keptVariable(change.name)};`;
    case "restore": {
      const kept = keptVariable(change.name);
      const { name } = change;
      return `set -e -g ${name}; if set -q ${kept}; set -q ${name}; and test "$${name}" = "$${kept}"; or set -gx ${name} $${kept}; set -e -g ${kept}; end;`;
    }
  }
}

/** In single quotes, where only the backslash and the quote itself mean anything; line ends are said outside them. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&").replaceAll("\n", "'\\n'").replaceAll("\r", "'\\r'")}'`;
}

const typed: Typed = {
  evaluate: (command) => `${command} | source`,
  unset: (names) => `set -e ${names.join(" ")}`,
  ask: (name) => `read -sgx ${name}`,
  set: (name, value) => `set -gx ${name} ${value}`,
};
const file = "~/.config/fish/config.fish";

export const fish: Shell = {
  names: ["fish"],
  programs: ["fish"],
  typed,
  setup: [{ shells: "fish", file, line: "aws-as --shell fish | source" }],
  dialect,
  activation,
  completion: [{ name: "fish", answer: (words, find) => described(find(words)) }],
  completionAlone: [
    {
      names: ["fish"],
      setup: { shells: "fish", file, line: "aws-as completion fish | source" },
      // The function has a name that does not begin like those that deactivation removes.
      code: async () =>
        filled((await import("./complete.fish")).default, {
          PROGRAM: "command aws-as",
          COMPLETE: "_aws_as_complete",
        }),
    },
  ],
};

/**
 * A statement on each line, ended by `;`, since `eval (…)` joins the lines by blanks. The completion comes with
 * `__aws_as_uncomplete`, which takes it away again.
 */
async function activation(given: ActivationParts): Promise<string> {
  const { program, cleared, version, verbs, notes, memory, provided } = given;
  const texts = [import("./complete-undo.fish"), import("./complete.fish"), import("./functions.fish")];
  const script = (await Promise.all(texts)).map((text) => text.default).join("");
  const node = program.map(quoted).join(" ");
  const before = cleared.map((name) => `${name}=`).join(" ");
  const parts = {
    NODE: node,
    CLEARED: before,
    PROGRAM: `${before} ${node}`,
    MEMORY: memory,
    CREDENTIALS: provided.credentials.join(" "),
    REGIONS: provided.regions.join(" "),
    MARKS: provided.marks.join(" "),
    ALONE: leftAlone,
    VERSION: version,
    VERBS: verbs.join(" "),
    COMPLETE: "__aws_as_complete",
  };
  const lines = filled(script, parts).trimEnd().split("\n");
  const code = lines.map((line) => `${line};\n`).join("");
  return code + (notes.length === 0 ? "" : dialect.renderForFunctions(notes));
}
