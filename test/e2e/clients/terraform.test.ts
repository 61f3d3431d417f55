/** Terraform with its state in S3. Debian does not have it, so that it is run where it is, and missed nowhere. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { one } from "../../support/aws/world-of-one.ts";
import { assertTells } from "../../support/clients/asserts.ts";
import { startClients } from "../../support/clients/client-crowd.ts";
import { makeClientDesk } from "../../support/clients/client-desk.ts";
import type { Client } from "../../support/clients/clients.ts";
import { startStateBucket } from "../../support/clients/state-bucket.ts";
import { question, questionsOn } from "../../support/crowd.ts";
import { keyringSkip } from "../../support/keyring.ts";
import { withoutPty } from "../../support/pty.ts";

const version = /^Terraform v(\S+)/.exec(
  spawnSync("terraform", ["version"], { encoding: "utf8", env: { ...process.env, CHECKPOINT_DISABLE: "1" } })
    .stdout ?? "",
)?.[1];
const skip =
  version === undefined
    ? "NOT TESTED: no terraform, which Debian does not have"
    : withoutPty() || keyringSkip();

const name = version === undefined ? "Terraform" : `Terraform ${version}`;

const files = `
terraform {
  backend "s3" {
    bucket         = "states"
    key            = "mine"
    region         = "eu-west-1"
    use_path_style = true
  }
}
output "answer" { value = 42 }
`;

async function makeScene(t: TestContext) {
  const desk = await makeClientDesk(t);
  const bucket = await startStateBucket();
  t.after(() => bucket.close());
  const folder = join(desk.home.path, "infrastructure");
  mkdirSync(folder);
  writeFileSync(join(folder, "main.tf"), files);
  const env = { AWS_ENDPOINT_URL_S3: bucket.url, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  const terraform = (...words: string[]): Client => ({
    name: `terraform ${words[0]}`,
    command: () => ["terraform", `-chdir=${folder}`, ...words, "-no-color"],
    env,
    runs: { fresh: 1, ending: 1, failing: 1 },
    hides: false,
    failure: (said, status) => [
      `${said}\n`,
      "Error: No valid credential sources found\n",
      `credential_process: exit status ${status}\n`,
    ],
    callsTwice: false,
  });
  return { desk, bucket, terraform };
}

test(`${name} asks once for init, plan, apply, and four at once`, { skip }, async (t) => {
  const { desk, bucket, terraform } = await makeScene(t);
  const terminal = desk.onTerminal(terraform("init"), "role1");
  await terminal.waitFor(question);
  terminal.type(`${desk.fake.code(one.mfaSerial)}\r`);
  assert.equal((await terminal.exit()).code, 0, terminal.output());
  assert.equal(questionsOn(terminal), 1, terminal.output());

  for (const client of [terraform("plan"), terraform("apply", "-auto-approve")]) {
    const run = await desk.alone(client, "role1");
    assert.deepEqual([run.status, run.stderr], [0, ""], run.stdout);
  }
  const crowd = startClients(t, desk, Array(4).fill({ client: terraform("output"), role: "role1" }));
  for (const { status, stdout } of await crowd.end(60_000)) {
    assert.deepEqual([status, stdout], [0, "answer = 42\n"]);
  }
  assert.equal(questionsOn(crowd.terminal), 0);
  assert.equal(desk.runs().length, 3 + 4);
  const { GetSessionToken, AssumeRole } = desk.fake.requests.counts();
  assert.deepEqual([GetSessionToken, AssumeRole], [1, 1]);
  const issued = desk.fake.requests.all.find(({ action }) => action === "AssumeRole")?.issuedKeyId;
  assert.deepEqual([...bucket.callers], [issued]);
});

test(`${name} shows why it cannot ask`, { skip }, async (t) => {
  const { desk, bucket, terraform } = await makeScene(t);
  const init = terraform("init");
  const run = await desk.alone(init, "role1");
  assert.equal(run.status, 1);
  const words =
    'aws-as: error: "role1" needs an MFA code, and there is no way to ask for one: there is no terminal\n' +
    "aws-as: hint: start a session in a terminal first: aws-as login role1";
  assertTells(run.stderr, init.failure(words, 1));
  assert.equal(bucket.callers.size, 0);
});
