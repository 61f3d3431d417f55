import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import test from "node:test";
import { fakeMachine } from "../../support/fake-machine.ts";
import { told } from "../../support/told.ts";

const doc = readFileSync(resolve(import.meta.dirname, "../../../../docs/json.md"), "utf8");

const config = `[profile u]
mfa_serial = arn:aws:iam::111111111111:mfa/phone
[profile r]
role_arn = arn:aws:iam::222222222222:role/r
source_profile = u
tags = team=red
[profile as-r]
credential_process = aws-as process r
`;
const credentials = `[u]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n`;

/** The names of all fields, those of tags aside, which are the user's. */
function fields(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fields);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...(name === "tags" ? [] : fields(inner))]);
}

function chapter(command: string): string {
  return doc.split(/^## /m).find((text) => text.startsWith(`\`aws-as ${command}`)) ?? "";
}

for (const [command, argv] of [
  ["explain", ["explain", "r", "--json"]],
  ["list", ["list", "--json"]],
] as const) {
  test(`every field of \`${command} --json\` stands in docs/json.md`, async () => {
    const machine = fakeMachine({ config, credentials });
    const { stdout } = await told(machine, argv);
    const names = new Set(fields(JSON.parse(stdout)));
    assert.ok(names.size > 10);
    const text = command === "list" ? chapter("list") + chapter("explain") : chapter(command);
    const missing = [...names].filter((name) => !text.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });
}
