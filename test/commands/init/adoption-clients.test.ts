import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import fc from "fast-check";
import { planAdoption } from "../../../src/commands/init/plan-adoption.ts";
import { mergeDocuments } from "../../../src/config/aws-config.ts";
import { parseDocument, printDocument } from "../../../src/config/files/document.ts";
import { identityNames } from "../../../src/config/resolve/identity-list.ts";
import { applyActions } from "../../../src/profiles/actions.ts";
import { movableProperties } from "../../../src/profiles/section-edit.ts";
import { installed } from "../../support/installed.ts";

/** What adoption writes, read by the parsers of real clients. */

const command = "/usr/bin/node /usr/local/bin/aws-as";

/** Files as people have them, which every client can read. */
const property = fc.oneof(
  { weight: 3, arbitrary: fc.constant("role_arn = arn:aws:iam::111111111111:role/r") },
  { weight: 3, arbitrary: fc.constantFrom("source_profile = u", "source_profile=a", "source_profile = b") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "mfa_serial = arn:aws:iam::111111111111:mfa/u",
      "external_id = x_y",
      "role_session_name\t= x",
      "duration_seconds = 900",
      "credential_process = /opt/tool -v",
      "region = x",
      "output=json",
      "s3 =\n  a = b\n  c = d",
    ),
  },
);
const filler = fc.constantFrom("", "", "# note", "; note", "#", "# [profile z]");
const body = fc
  .array(fc.oneof({ weight: 4, arbitrary: property }, { weight: 1, arbitrary: filler }), { maxLength: 8 })
  .map((lines) => {
    const names = lines.map((line) => (/^\w/.test(line) ? line.split(/[\s=]/)[0] : undefined));
    return lines.filter((_, index) => names[index] === undefined || names.indexOf(names[index]) === index);
  });
const headers = ["[default]", "[profile a]", "[profile b]", "[profile c]", "[aws-as a]", "[sso-session s]"];
const file = fc
  .record({
    sections: fc
      .shuffledSubarray(headers, { minLength: 3 })
      .chain((chosen) => fc.tuple(...chosen.map((each) => body.map((lines) => [each, ...lines].join("\n"))))),
    between: fc.constantFrom("\n", "\n\n"),
    end: fc.constantFrom("", "\n"),
  })
  .map(({ sections, between, end }) => `[profile u]\nregion = y\n${sections.join(between)}${end}`);

interface Sample {
  readonly before: string;
  readonly after: string;
  readonly adopted: readonly string[];
}

function adopted(before: string): Sample {
  const config = parseDocument(Buffer.from(before), "config", "config");
  const keys = "[u]\naws_access_key_id = AKIA\naws_secret_access_key = s\n";
  const credentials = parseDocument(Buffer.from(keys), "credentials", "credentials");
  const names = identityNames(mergeDocuments(config, credentials)).map(({ name }) => name);
  const { actions } = planAdoption({ config, credentials, names, explicit: false, command });
  const after = printDocument(applyActions(config, actions)).toString();
  return { before, after, adopted: actions.map(({ profile }) => profile) };
}

type Profiles = Record<string, Record<string, unknown>>;

/** Each takes a JSON text per line and answers with the profiles in it, as JSON, or null for a file it cannot read. */
const parsers: readonly (readonly [client: string, program: string, args: readonly string[]])[] = [
  [
    "botocore",
    "/usr/bin/python3",
    [
      "-c",
      `
import json, sys, tempfile
from botocore.configloader import load_config
for line in sys.stdin:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(json.loads(line))
        file.flush()
        try:
            print(json.dumps(load_config(file.name)["profiles"]))
        except Exception:
            print("null")
`,
    ],
  ],
  [
    "Ruby",
    "ruby",
    [
      "-e",
      `
require "aws-sdk-core"
require "json"
STDIN.each_line do |line|
  read = Aws::IniParser.ini_parse(JSON.parse(line, quirks_mode: true))
  # It takes comments with an equals sign for keys, ours and those of people.
  profiles = read.reject { |name, _| name.include?(" ") }
  puts JSON.generate(profiles.transform_values { |said| said.reject { |key, _| key.to_s.start_with?("#", ";") } })
end
`,
    ],
  ],
];

for (const [client, program, args] of parsers) {
  test(`${client} reads adopted profiles as a process and nothing else, and all others as before`, (t) => {
    if (!installed(program, t)) return;
    const samples = fc
      .sample(file, 500)
      .map(adopted)
      .filter((each) => each.adopted.length > 0);
    assert.ok(samples.length > 60, `only ${samples.length}`);
    const texts = samples.flatMap(({ before, after }) => [before, after]);
    const input = texts.map((text) => `${JSON.stringify(text)}\n`).join("");
    const run = spawnSync(program, args, { input, encoding: "utf8", maxBuffer: 1e8 });
    assert.equal(run.status, 0, run.stderr);
    const read = run.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Profiles | null);
    for (const [index, sample] of samples.entries()) {
      const [before, after] = [read[2 * index], read[2 * index + 1]];
      assert.ok(before && after, `not read:\n${sample.before}\n→\n${sample.after}`);
      for (const name of sample.adopted) {
        const kept = Object.entries(before[name] ?? {}).filter(([said]) => !movableProperties.has(said));
        before[name] = { ...Object.fromEntries(kept), credential_process: `${command} process ${name}` };
      }
      assert.deepEqual(after, before, `${sample.before}\n→\n${sample.after}`);
    }
  });
}
