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

test("shells-10, shells-11: hints about profiles and files are followed, and change the state", async (t) => {
  const desk = await makeDesk(t);
  await signIn(desk);
  for (const scene of scenes) await play(desk, scene);
  assertAllPrinted("test/e2e/hints-profiles.test.ts");
});
