import assert from "node:assert/strict";
import test from "node:test";
import { Command, Option } from "clipanion";
import { commandNames, verbs } from "../../../src/argv.ts";
import type { Context } from "../../../src/cli/base-command.ts";
import { loadCommands } from "../../../src/cli/run.ts";
import { summaries } from "../../../src/cli/summaries.ts";
import { commands } from "../../../src/commands/commands.ts";
import { answeredAtOnce, verbsOf } from "../../../src/commands/completion/program-grammar.ts";

const classes = await loadCommands(commandNames, commands);
const grammar = verbsOf(classes);

test("each command answers to the words that it is loaded for", () => {
  assert.deepEqual(
    classes.map((command) => command.paths),
    commandNames.map((name) => [name.split(" ")]),
  );
});

test("the words that the shell functions hand on are the commands that help lists", () => {
  assert.deepEqual(
    [...verbs],
    [...new Set([...grammar, ...answeredAtOnce].map(({ name }) => name.split(" ")[0] ?? ""))].sort((a, b) =>
      a.localeCompare(b, "en"),
    ),
  );
});

test("every command and every option says in one line what it does", () => {
  for (const verb of grammar) {
    const silent = classes.filter((command) => command.paths?.[0]?.join(" ") === verb.name);
    assert.equal(silent.length, 1);
    // An option without a description stands among the arguments.
    assert.deepEqual(
      verb.parameters.filter((name) => !/^[a-z]+$/.test(name)),
      [],
      verb.name,
    );
    for (const { description } of [verb, ...verb.flags]) assert.match(description, /^\S.*\S$/);
  }
});

test("a command of two words has both as its name, and its arguments apart", () => {
  class Two extends Command<Context> {
    static override paths = [["keys", "list"]];
    static override usage = Command.Usage({});
    one = Option.String({ name: "one" });
    override async execute() {}
  }
  assert.deepEqual(verbsOf([Two]), [
    { name: "keys list", description: summaries["keys list"], flags: [], parameters: ["one"], open: false },
  ]);
});

test("options tell whether a value follows them", () => {
  const env = grammar.find(({ name }) => name === "env");
  assert.deepEqual(
    env?.flags.map(({ names, takesValue }) => [names.join(), takesValue]),
    [
      ["--shell", true],
      ["--format", true],
      ["--code", true],
      ["--region", true],
      ["--limit", true],
      ["--policy", true],
      ["--renew", false],
    ],
  );
  assert.deepEqual([env?.parameters, env?.open], [["identity"], false]);
  const init = grammar.find(({ name }) => name === "init");
  assert.deepEqual(
    init?.flags.map(({ names, takesValue }) => [names.join(), takesValue]),
    [
      ["--prefix", true],
      ["--dry-run", false],
      ["--adopt", false],
      ["--remove", false],
      ["--pin", false],
      ["--offline", false],
      ["--user", true],
      ["--key", true],
      ["--region", true],
      ["--role", true],
    ],
  );
  assert.deepEqual([init?.parameters, init?.open], [[], true]);
});
