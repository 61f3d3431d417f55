import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { offersInOrder } from "../../../src/clients/choices.ts";
import { type Client, clientNames } from "../../../src/clients/clients.ts";
import { clientRules } from "../../../src/clients/rules.ts";
import { environmentVariables } from "../../../src/commands/doctor/checks/environment.ts";
import { globalSettings, ownSettings } from "../../../src/commands/doctor/checks/settings.ts";
import { severities } from "../../../src/commands/doctor/finding.ts";

const doc = (name: string) => readFileSync(resolve(import.meta.dirname, "../../../../docs", name), "utf8");

test("docs/doctor.md tells every finding with its severity, and no other", () => {
  const rows = doc("doctor.md").matchAll(/^\| `([a-z0-9-]+)` +\| (broken|warning|note) +\|/gm);
  const told = Object.fromEntries([...rows].map(([, id, severity]) => [id, severity]));
  const sorted = (table: object) => Object.entries(table).sort();
  assert.deepEqual(sorted(told), sorted(severities));
});

/** Clients as the tables name them. */
const clientsByName: readonly (readonly [name: RegExp, clients: readonly Client[]])[] = [
  [/\bbotocore\b/, ["botocore"]],
  [/\bGo v1\b/, ["go1"]],
  [/\bGo\b(?! v1)/, ["go1", "go2"]],
  [/\bJavaScript\b/, ["js"]],
  [/\bJava\b/, ["java"]],
  [/\bRust\b/, ["rust"]],
  [/\.NET\b/, ["dotnet"]],
  [/\bPHP\b/, ["php"]],
  [/\bRuby\b/, ["ruby"]],
  [/\bC\+\+/, ["cpp"]],
];

test("a client that docs/doctor.md names at a rule does otherwise than is meant, by the rule itself", () => {
  let compared = 0;
  for (const { id, clients } of clientRules) {
    const [, row = ""] =
      new RegExp(`^\\| \`${id}\` +\\| \\w+ +\\| (.*?) +\\|`, "m").exec(doc("doctor.md")) ?? [];
    // `all but JavaScript and C++` are those that do as is meant.
    const [, meant = ""] = /\ball but (.*?) use\b/.exec(row) ?? [];
    const others = row.replace(meant, "");
    const does = (client: Client, isFine: boolean) =>
      clients.some(({ outcome, clients: all }) => all.includes(client) && (outcome === "fine") === isFine);
    for (const [name, named] of clientsByName) {
      for (const [text, isFine] of [
        [meant, true],
        [others, false],
      ] as const) {
        if (!name.test(text)) continue;
        compared += 1;
        assert.ok(
          named.some((client) => does(client, isFine)),
          `${id}: ${name.source}`,
        );
      }
    }
  }
  assert.ok(compared > 25, `${compared}`);
});

test("docs/clients.md shows what each client takes of a profile, in its order", () => {
  const [, section = ""] = doc("clients.md").split("## What a client takes of a profile");
  const [table = ""] = section.split("\n## ");
  const rows = [...table.matchAll(/^\| (\S.*?) +\| (`.*?) +\|$/gm)];
  const shown = rows.map(([, name, offers = ""]) => [name, offers.replaceAll("`", "").split(", ")]);
  const known = Object.entries(offersInOrder).map(([client, offers]) => [
    clientNames[client as Client],
    offers,
  ]);
  assert.deepEqual(shown, known);
});

test("doctor knows every variable of ours that the program reads", () => {
  const source = resolve(import.meta.dirname, "../../../../src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const read = files.flatMap((name) => {
    const text = readFileSync(join(source, name), "utf8");
    return [...text.matchAll(/\benv(?:ironment)?\["(AWS_AS_[A-Z_]+)"\]/g)].map(
      ([, variable = ""]) => variable,
    );
  });
  assert.ok(read.length > 10);
  assert.deepEqual(
    [...new Set(read)].filter((name) => !environmentVariables.includes(name)),
    [],
  );
});

test("doctor knows the variables and settings that docs/protocol.md tells", () => {
  const protocol = doc("protocol.md");
  const variables = new Set(
    [...protocol.matchAll(/`(AWS_AS_[A-Z_]+)(?:=1)?`/g)].map(([, name = ""]) => name),
  );
  assert.deepEqual(
    [...variables].filter((name) => !environmentVariables.includes(name)),
    [],
  );
  const [, table = ""] = protocol.split("## Settings in `~/.aws/config`");
  const rows = [...table.matchAll(/^\| `([a-z_]+)` +\| (\S.*?) +\|/gm)];
  assert.ok(rows.length > 0);
  for (const [, name = "", where = ""] of rows) {
    const isGlobal = where === "both" || where === "`[aws-as]`";
    const isOwn = where === "both" || where === "`[aws-as NAME]`";
    assert.equal(globalSettings.includes(name), isGlobal, name);
    if (isOwn) assert.ok(ownSettings.includes(name), name);
  }
});
