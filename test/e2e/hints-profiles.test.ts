import { appendFileSync } from "node:fs";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk } from "../support/desk.ts";
import { assertAllPrinted, play, type Scene, worked } from "../support/hint-scenes.ts";
import { signIn } from "../support/shells/scripts.ts";

/** What doctor proposes for this finding. */
const fix = (code: string): RegExp => new RegExp(`(?<=^ {2}fix: ).*(?= {2}\\(${code}\\)$)`);
const limited = (role: string) => `sed -i '/^.profile ${role}\\]/a source_identity = me' ~/.aws/config`;

const scenes: readonly Scene[] = [
  {
    given: 'eval "$(aws-as env my-role1)"; export AWS_PROFILE=my-role2',
    line: "aws-as doctor --offline",
    take: fix("env-keys-and-profile"),
  },
  {
    given: "export AWS_AS_STORE=keychain",
    line: "aws-as store setup file",
    take: /AWS_AS_STORE is set.*/,
  },
  { line: `aws-as init --adopt ${one.role1}`, ends: worked },
  { once: limited("my-role3"), line: "aws-as init my-role3", take: /\S+: other clients pass over.*/ },
  { once: limited("my-role2"), line: "aws-as doctor --offline", take: fix("limit-passed-over") },
  {
    once: "aws-as keys import my-user1 --force",
    line: "aws-as doctor --offline",
    take: fix("source-has-no-keys"),
  },
  { once: "printf '[work]\\nregion = eu-west-1\\n' >> ~/.aws/config", line: "aws-as env work" },
  { once: "sed -i '1i region = eu-west-1' ~/.aws/config", line: "aws-as env zzz" },
];

const section = (name: string) => `/^.profile ${name}.$/,/^$/`;
const beside: readonly Scene[] = [
  {
    once: "printf '\\n[profile fp]\\nregion = eu-west-1\\ncredential_process = /bin/fp --of fp\\n' >> ~/.aws/config",
    line: "aws-as init --adopt fp",
    ends: `${worked} && grep -q 'profile as-fp' ~/.aws/config`,
  },
  {
    once: `sed -i '${section("as-my-role2")}s/^credential_process = .*/credential_process = x/' ~/.aws/config`,
    line: "aws-as init my-role2",
    byHand: `sed -i '${section("as-my-role2")}{/^credential_process/d}' ~/.aws/config`,
  },
  {
    once: `aws-as init --adopt my-role2; sed -i '${section("my-role2")}s/^credential_process = .*/credential_process = x/' ~/.aws/config`,
    line: "aws-as init --adopt my-role2",
    byHand: "sed -i '/^credential_process = x$/d' ~/.aws/config",
  },
  {
    once: `printf '[profile hand]\nregion = eu-west-1\ncredential_process = aws-as process hand\n[aws-as hand]\nrole_arn = ${one.role2}\nsource_profile = my-user1\n' >> ~/.aws/config`,
    line: "aws-as init --adopt",
    take: /profile "hand" calls aws-as already.*/,
  },
  {
    once: "aws-as init --remove my-role1; aws-as keys import my-user1 --force",
    line: "aws-as init --adopt my-user1",
    take: /\S+: profile "my-role1" takes its credentials.*/,
  },
  {
    first: ({ fake, home }) => {
      const { id, secret } = fake.makeKey(one.userArn);
      const lines = `[as-my-role3]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
      appendFileSync(home.credentialsFile, `\n${lines}`);
    },
    line: "aws-as init my-role3",
    take: /~\S+: .* prefer the keys of.*/,
  },
  {
    once: "sed -i '/^# adopted/d' ~/.aws/config",
    line: "aws-as init --remove",
    take: /\S+: left profile.*to have its lines back.*/,
  },
];

test("shells-10, shells-11: hints beside what init did or refused are followed, and change the state", async (t) => {
  const desk = await makeDesk(t);
  for (const scene of beside) await play(desk, scene);
});

test("shells-10, shells-11: hints about profiles and files are followed, and change the state", async (t) => {
  const desk = await makeDesk(t);
  await signIn(desk);
  for (const scene of scenes) await play(desk, scene);
  assertAllPrinted("test/e2e/hints-profiles.test.ts");
});
