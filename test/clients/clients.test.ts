import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { bytesOf, type Reading, type Sample, samples } from "../support/doctor/samples.ts";

/** The table of rules says what other clients make of a file. Here the real ones are asked. */

type LoadConfig = (options: {
  filepath: string;
  configFilepath: string;
  ignoreCache: boolean;
}) => Promise<{ configFile: Reading }>;

/** The loader that the SDK itself uses, which is no dependency of ours by name. */
const ofSdk = createRequire(createRequire(import.meta.url).resolve("@aws-sdk/client-sts"));
const loader = ["@smithy/core", "config"].join("/");
const { loadSharedConfigFiles } = ofSdk(loader) as { loadSharedConfigFiles: LoadConfig };

function written(t: TestContext, sample: Sample): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-sample-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "config");
  writeFileSync(file, bytesOf(sample));
  return file;
}

const python = `
import json, sys
from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import BotoCoreError
for line in sys.stdin:
    kind, path = json.loads(line)
    try:
        read = load_config(path)["profiles"] if kind == "config" else raw_config_parse(path)
    except (BotoCoreError, UnicodeError):
        read = "refused"
    print(json.dumps(read))
`;

interface Botocore {
  readonly python: string;
  readonly script: string;
}

/** The package, and the copy that aws-cli v2 has of it, which `import awscli` puts in its place. */
function botocores(): Botocore[] {
  const pythons = ["/usr/bin/python3", "python3"];
  return pythons
    .flatMap((each) => ["", "import awscli\n"].map((before) => ({ python: each, script: before + python })))
    .filter((each) => spawnSync(each.python, ["-c", each.script], { input: "" }).status === 0);
}

const found = botocores();
if (found.length === 0 && process.env["AWS_AS_TEST_ALL"] === "1") {
  throw new Error("no botocore (Debian: apt install awscli)");
}
const skip = found.length === 0 ? "NOT TESTED: no botocore (Debian: apt install awscli)" : false;

test("botocore reads every sample as the table of rules says", { skip }, (t) => {
  const asked = samples.filter(({ botocore }) => botocore !== undefined);
  const input = asked.map((sample) => JSON.stringify([sample.kind, written(t, sample)])).join("\n");
  for (const each of found) {
    // It reads the files by the locale: in C any letter beyond ASCII makes it refuse them.
    const env = { ...process.env, LC_ALL: "C.UTF-8" };
    const output = execFileSync(each.python, ["-c", each.script], { input, env, encoding: "utf8" });
    const read = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Reading);
    asked.forEach(({ name, botocore }, index) => {
      assert.deepEqual(read[index], botocore, `${each.python}: ${name}`);
    });
  }
});

for (const sample of samples.filter(({ js }) => js !== undefined)) {
  test(`the JavaScript SDK reads ${sample.name} as the table of rules says`, async (t) => {
    const configFilepath = written(t, sample);
    const { configFile } = await loadSharedConfigFiles({
      filepath: "/dev/null",
      configFilepath,
      ignoreCache: true,
    });
    assert.deepEqual(configFile, sample.js);
  });
}
