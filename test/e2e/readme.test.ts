/** The README's lines, typed as they stand. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { awsClis, commandsIn, withoutAwsCli } from "../support/aws-clis.ts";
import { ended, makeHome } from "../support/home.ts";

const readme = readFileSync(resolve(import.meta.dirname, "../../../README.md"), "utf8");

/** The lines of the shell blocks below a heading. */
function linesBelow(heading: string): string[] {
  const [, below = ""] = readme.split(`\n## ${heading}\n`);
  const [section = ""] = below.split("\n## ");
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text = ""]) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean),
  );
}

test("the README's three steps lead to AWS, and its way out leaves the files as they were", {
  skip: withoutAwsCli(),
}, async (t) => {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const [config, credentials] = [home.config(), readFileSync(home.credentialsFile, "utf8")];
  const env = commandsIn(home, awsClis()[0]);
  const run = async (lines: readonly string[]) => {
    // There are no buckets in the fake; who asks for them it tells.
    const script = ["set -e", "cd", ...lines]
      .join("\n")
      .replaceAll("s3 ls", "sts get-caller-identity --output text");
    writeFileSync(join(home.path, "script"), script);
    const code = { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) };
    const child = spawn("bash", ["script"], {
      cwd: home.path,
      env: { ...env, ...code },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { status, stdout, stderr } = await ended(child);
    assert.equal(status, 0, stderr);
    return stdout;
  };

  const steps = linesBelow("Three steps to `aws s3 ls`");
  assert.equal(steps.length, 6);
  assert.equal((await run(steps)).match(/assumed-role\/my-role1\//g)?.length, 2);
  assert.equal(fake.requests.counts()["GetSessionToken"], 1);

  const [, adopt = "", move = ""] =
    /Then, when you like: `(aws-as .*?)`[\s\S]*? after it `(aws-as .*?)`/.exec(readme) ?? [];
  await run([adopt, move]);
  assert.doesNotMatch(readFileSync(home.credentialsFile, "utf8"), /aws_secret_access_key/);

  const out = linesBelow("Uninstall");
  assert.equal(out.at(-1), "npm uninstall --global aws-as");
  // A person at a terminal is asked whether the key may lie in plain text.
  await run(out.slice(0, -1).map((line) => (line.includes("export") ? `${line} --yes` : line)));
  assert.equal(home.config(), config);
  assert.equal(readFileSync(home.credentialsFile, "utf8").trim(), credentials.trim());
  assert.deepEqual(JSON.parse((await home.run(["status", "--json"])).stdout).sessions, []);
});
