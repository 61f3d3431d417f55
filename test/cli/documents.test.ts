/** Every line with aws-as in the README and docs is one that this version understands. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { commandNames, secondWords, verbs } from "../../src/argv.ts";
import { programGrammar } from "../../src/commands/completion/program-grammar.ts";

const root = resolve(import.meta.dirname, "../../..");
const documents = [
  ...["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  // Decisions tell of what was.
  ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];

/** What stands in code: spans, and the lines of blocks. */
function code(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm)].flatMap(([, block = ""]) =>
    block.split("\n"),
  );
  const spans = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, "").matchAll(/(`+)(.+?)\1(?!`)/g);
  return [...blocks, ...[...spans].map(([, , span = ""]) => span.replaceAll("\\|", "|"))];
}

/** The words behind each aws-as that is called in a line. */
function calls(line: string): string[][] {
  return [...line.matchAll(/(?<![\w./[\\=-])aws-as (?!: )([^|;&)`>"\]]*)/g)].map(([, words = ""]) =>
    words.split(/\s+/).filter((word) => word !== "" && word !== "\\"),
  );
}

test("documents name commands and options that there are", async () => {
  const { verbs: described } = await programGrammar();
  const wrong: string[] = [];
  for (const name of documents) {
    for (const line of code(readFileSync(join(root, name), "utf8"))) {
      for (const [first = "", second = "", ...rest] of calls(line)) {
        const words = [first, second, ...rest];
        const command = commandNames.find((each) => each === `${first} ${second}`) ?? first;
        const verb = described.find((each) => each.name === command);
        const isVerb = verbs.includes(first);
        if (
          isVerb &&
          verb === undefined &&
          second !== "" &&
          !/^[A-Z-]/.test(second) &&
          secondWords(first).length > 0
        )
          wrong.push(`${name}: aws-as ${first} ${second}`);
        if (!isVerb) continue;
        const flags = verb?.flags.flatMap(({ names }) => names) ?? [];
        for (const word of words) {
          const [flag = ""] = word.split("=");
          if (/^--[a-z]/.test(flag) && ![...flags, "--help"].includes(flag))
            wrong.push(`${name}: aws-as ${command} ${flag}`);
        }
      }
    }
  }
  assert.deepEqual([...new Set(wrong)], []);
});

test("documents switch to names that look like names, so that no verb is mistyped", () => {
  // What documents call identities, and what stands for one.
  const known =
    /^(NAME|ROLE|USER|VERB|COMMAND|ACCOUNT\/ROLE|-\w?|--\w*|\$.*|'.*|".*|….*|my-.*|as-.*|role|dev|prod|x|switch|complete|use|process:|error:|hint:|warning:|.*[:…].*|.*,)$/;
  const odd: string[] = [];
  for (const name of documents) {
    for (const line of code(readFileSync(join(root, name), "utf8")))
      for (const [first = ""] of calls(line))
        if (!verbs.includes(first) && !known.test(first)) odd.push(`${name}: ${line}`);
  }
  assert.deepEqual(odd, []);
});
