import { described } from "../answer.ts";
import { readBashLine } from "../bourne/answer.ts";
import { type ActivationParts, type Dialect, leftAlone, type Shell, type Typed } from "../dialect.ts";
import { json } from "../formats/json.ts";
import { memoryJson } from "../memory-json.ts";
import { filled } from "../text.ts";

/** nushell runs no text: `aws-as env NAME --shell nu | from json | load-env`. */
export const dialect: Dialect = {
  render: json.dialect.render,
  renderForFunctions: memoryJson,
  // The pipeline stops at the exit status.
  failure: "",
};

/** A string of nushell, in ASCII. */
export function quoted(text: string): string {
  return `"${Array.from(text, (each) => (/[A-Za-z0-9_ ./:+=@,-]/.test(each) ? each : escaped(each))).join("")}"`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

const typed: Typed = {
  evaluate: (command) => `${command} | from json | load-env`,
  unset: (names) => `hide-env ${names.join(" ")}`,
  ask: (name) => `$env.${name} = (input --suppress-output)`,
  set: (name, value) => `$env.${name} = ${value.startsWith('"') ? value : `"${value}"`}`,
};

export const nushell: Shell = {
  names: ["nu", "nushell"],
  programs: ["nu"],
  typed,
  setup: [
    {
      shells: "nushell",
      file: "config.nu",
      line: "$env.config.hooks.pre_prompt ++= [(aws-as --shell nu)]",
    },
  ],
  dialect,
  activation,
  completion: [{ name: "nu", answer: ([line = ""], find) => described(find(readBashLine(line, "").words)) }],
  completionAlone: [],
};

/**
 * A text for a string hook of nushell, or for `source`. As it may be kept in a file it holds none of the notes, and looks
 * for what they say in the environment; the memory counts in the shell alone that it was written for.
 */
async function activation(given: ActivationParts): Promise<string> {
  const { program, cleared, version, verbs, memory, parent, provided } = given;
  return filled((await import("./functions.nu")).default, {
    PROGRAM: program.map(quoted).join(" "),
    LIST: program.map(quoted).join(" "),
    CLEARED: cleared.map((name) => `${name}: "",`).join(" "),
    MEMORY: memory,
    PARENT: String(parent),
    CREDENTIALS: provided.credentials.map(quoted).join(" "),
    REGIONS: provided.regions.map(quoted).join(" "),
    MARKS: provided.marks.map(quoted).join(" "),
    ALONE: leftAlone,
    VERSION: version,
    VERBS: `[${verbs.map(quoted).join(" ")}]`,
  });
}
