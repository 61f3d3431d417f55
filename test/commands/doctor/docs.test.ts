import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { severities } from "../../../src/commands/doctor/catalogue.ts";
import { environmentVariables, globalSettings, ownSettings } from "../../../src/commands/doctor/known.ts";

const doc = (name: string) => readFileSync(resolve(import.meta.dirname, "../../../../docs", name), "utf8");

test("docs/doctor.md tells every finding with its severity, and no other", () => {
  const rows = doc("doctor.md").matchAll(/^\| `([a-z0-9-]+)` +\| (broken|warning|note) +\|/gm);
  const told = Object.fromEntries([...rows].map(([, id, severity]) => [id, severity]));
  const sorted = (table: object) => Object.entries(table).sort();
  assert.deepEqual(sorted(told), sorted(severities));
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
