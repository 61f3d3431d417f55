import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Change, Memory } from "../../../src/emit/change.ts";
import { shellNamed } from "../../../src/emit/shells.ts";
import { program, programCall } from "../home.ts";

type Changes = readonly (Change | Memory)[];

/** Switches that set variables V0, V1, … to these values, to another one while the first is kept, and back. */
export function switchesOf(values: readonly string[]) {
  const variables = values.map((_, at) => `V${at}`);
  const all = values.map((value, at) => ({ kind: "set", name: `V${at}`, value }) as const);
  const other = variables.flatMap(
    (name) =>
      [
        { kind: "keep", name },
        { kind: "set", name, value: "other" },
      ] as const,
  );
  return { variables, all, other, back: variables.map((name) => ({ kind: "restore", name }) as const) };
}

/**
 * The activation code of a shell with a stand-in behind it. That answers a switch to a name with the changes
 * given for it, with status 3 if there are none; a command by telling its words and what it read, with status 7
 * if `--fail` is among them.
 */
export function withStandIn(
  shell: string,
  folder: string,
  switches: Readonly<Record<string, Changes>>,
): string {
  const dialect = shellNamed(shell)?.dialect;
  assert.ok(dialect, shell);
  const texts = Object.fromEntries(
    Object.entries(switches).map(([name, changes]) => [name, dialect.renderForFunctions(changes)]),
  );
  const file = join(folder, `stand-in-${shell}.cjs`);
  const code = `#!${process.execPath}
    const { readFileSync } = require("node:fs");
    const words = process.argv.slice(2);
    const [verb, , name] = words;
    if (verb === "switch") {
      const texts = ${JSON.stringify(texts)};
      const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
      if (text === undefined) {
        console.log(${JSON.stringify(dialect.renderForFunctions([{ kind: "set", name: "A", value: "wrong" }]))});
        console.error("no such: " + JSON.stringify(words.slice(2)));
        process.exitCode = 3;
      } else process.stdout.write(text);
    } else {
      console.log(JSON.stringify({ words, input: readFileSync(0, "utf8") }));
      console.log("a second line");
      console.error("a word on standard error");
      if (words.includes("--fail")) process.exitCode = 7;
    }`;
  writeFileSync(file, code, { mode: 0o755 });
  const text = execFileSync(...programCall("--shell", shell), { encoding: "utf8" });
  return text.replaceAll(program, file);
}
