import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk } from "../support/desk.ts";
import { play, printed, type Scene, worked } from "../support/hint-scenes.ts";
import { inOtherFiles, textsWithCommands, withoutScene } from "../support/hint-texts.ts";
import { program } from "../support/home.ts";
import { signIn } from "../support/shells/scripts.ts";

/** What doctor says of variables. */
const doctor = (variables: string): Scene => ({
  given: `export ${variables}`,
  line: "aws-as doctor --offline",
  take: fixes("unset"),
});

/** What doctor proposes that begins so. */
function fixes(begin: string): RegExp {
  return new RegExp(`(?<=^ {2}fix: )${begin}.*(?= {2}\\([a-z-]+\\)$)`);
}

const scenes: Readonly<Record<string, readonly Scene[]>> = {
  "what was typed wrongly": [
    { line: "aws-as store nope" },
    { line: "aws-as -x" },
    { line: "aws-as login my-role1 --nope" },
    { line: "aws-as list zzz" },
    { line: "aws-as use ''" },
    { line: "aws-as switch sh --region eu-west-1" },
    { line: "aws-as switch sh -p" },
    { line: "aws-as switch sh --renew" },
    { line: "aws-as env" },
    { given: 'eval "$(aws-as env my-role1)"', line: "aws-as renew", ends: worked },
    {
      given: 'eval "$(aws-as env my-role1)"; export AWS_ACCESS_KEY_ID=x',
      line: "aws-as env --renew",
      ends: 'test "$AWS_ACCESS_KEY_ID" != x',
    },
    { line: "aws-as store change" },
    { line: "aws-as store change --remove x" },
    { line: "aws-as keys export my-user1" },
    { line: "aws-as init --remove nope" },
    { line: "aws-as completion tcl; aws-as activate --nope" },
    { line: "aws-as console" },
    {
      once: `mkdir -p app/.git; echo 'ship = ${one.role2}' >app/.aws-as`,
      given: "cd app",
      line: "aws-as explain ship",
    },
  ],
  "who the shell acts as": [
    {
      line: "aws-as my-role1",
      ends: "printenv AWS_AS_IDENTITY || { shopt -s expand_aliases; aws-as my-role1; }",
    },
    { line: "aws-as switch sh run my-role1", fill: { COMMAND: "true" }, ends: worked },
    { line: "aws-as switch sh my-role1 printenv AWS_REGION", ends: worked },
    { line: "aws-as my-role1 printenv AWS_REGION", ends: worked },
    { line: "aws-as exec my-role1 printenv AWS_REGION", ends: worked },
    { line: "aws-as exec --no-session my-role1 -- true", fill: { COMMAND: "true" }, ends: worked },
    {
      line: "aws-as exec --no-session -- true",
      fill: { NAME: "my-user1", COMMAND: "true" },
      ends: worked,
    },
    { line: "aws-as exec -- true" },
    { line: "aws-as exec my-role1 my-user1 -- true" },
    { line: "aws-as exec --min-life 2h my-role1 -- true" },
    { line: "aws-as console my-role1", code: true, ends: worked },
    { given: "export AWS_ROLE_SESSION_NAME='a b'", line: "aws-as env my-role1 >/dev/null" },
    {
      given: "export NODE_OPTIONS='-r ./noisy.cjs'",
      line: "aws-as env my-role1",
      ends: "printenv AWS_AS_IDENTITY",
    },
    { given: "export NODE_OPTIONS='-r ./noisy.cjs'", line: "aws-as -s", ends: "aws-as -s | grep -q ." },
    {
      given: "export NODE_OPTIONS='-r ./noisy.cjs'",
      line: 'sed -i "s/ -u NODE_[A-Z_]*//g" ~/.aws/config; aws-as process my-role1',
      ends: 'sh -c "$(sed -n "s/^credential_process = //p" ~/.aws/config | head -1)" | grep -q ^.\\"Version',
    },
    { line: "aws-as env my-role1 >&-", fill: { NAME: "my-role1" }, ends: worked },
    { line: "aws-as logout", ends: worked },
  ],
  "a session that is not there": [
    { line: "aws-as env my-role1", code: true },
    {
      given: "aws-as logout --all; export AWS_AS_PROMPT=none",
      line: "aws-as process my-role1",
      code: true,
      ends: worked,
    },
    { given: "unset AWS_AS_PASSPHRASE", line: "aws-as env my-role1", input: "PASSPHRASE\n" },
    { given: "chmod 777 ~/.aws/aws-as/store", line: "aws-as env my-role1" },
  ],
  "keys in plain text": [{ line: "aws-as keys add my-user1" }],
  "a role and a key in plain text": [
    { line: "aws-as keys import", ends: "aws-as keys list" },
    { line: "aws-as keys rotate my-role1", ends: worked },
  ],
  "keys of the store": [
    { line: "aws-as keys add my-user1 --stdin < key", ends: "aws-as keys list | grep -q store" },
    { line: "aws-as keys remove my-user1", ends: worked },
    {
      given: "aws-as keys remove my-user1 --yes 2>/dev/null",
      line: "aws-as keys list",
      take: /(?<=^aws-as: there is no long-term key; to put one into the store: ).*/,
      fill: { NAME: "my-user1", FILE: "key" },
    },
    {
      line: "aws-as keys remove my-user1 --yes 2>/dev/null; aws-as env my-role1",
      fill: { FILE: "key" },
      ends: "aws-as keys list | grep -q my-user1",
    },
    { line: "aws-as keys export my-user1", ends: worked },
  ],
  "what doctor finds in the variables": [
    ...["AWS_SECURITY_TOKEN=x", "AWS_PROFILE=nope", "AWS_DEFAULT_PROFILE=nope AWS_PROFILE=as-my-role1"].map(
      doctor,
    ),
    ...[
      "NODE_EXTRA_CA_CERTS=/nope",
      "AWS_WEB_IDENTITY_TOKEN_FILE=/nope AWS_ROLE_ARN=arn:aws:iam::111111111111:role/r",
    ].map(doctor),
    ...["AWS_ACCESS_KEY_ID=AKIAOWN AWS_SECRET_ACCESS_KEY=x AWS_PROFILE=as-my-role1"].map(doctor),
  ],
  "what doctor finds in files and functions": [
    { once: "chmod 644 ~/.aws/credentials", line: "aws-as doctor --offline", take: fixes("chmod") },
    { given: "export AWS_AS_FUNCTIONS=0.0.1", line: "aws-as doctor --offline", take: fixes("eval") },
    {
      given: "export AWS_PROFILE=my-role1 AWS_ACCESS_KEY_ID=AKIAOWN AWS_SECRET_ACCESS_KEY=x",
      line: "aws-as doctor --offline",
      take: fixes("unset"),
    },
    {
      once: "sed -i '/^.profile my-role2/,/^$/d' ~/.aws/config",
      line: "aws-as doctor --offline",
      take: fixes("aws-as init --remove"),
    },
  ],
  "profiles that are not written": [
    {
      once: "aws-as init --remove my-role2",
      line: "aws-as explain my-role2",
      take: /(?<=none yet, )to write one: .*/,
    },
    { once: "aws-as init --remove my-role2", line: "aws-as keys import my-user1" },
  ],
  "names and lines that are not read": [
    { once: `printf '[profile "a b"]\\nregion = eu-west-1\\n' >> ~/.aws/config`, line: "aws-as env 'a b'" },
  ],
  sources: [
    {
      once: "printf '[profile fp]\\ncredential_process = %s/fp\\n[profile imds]\\nregion = eu-west-1\\ncredential_source = Ec2InstanceMetadata\\nrole_arn = arn:aws:iam::111111111111:role/my-role1\\n' ~ >> ~/.aws/config; echo '#!/bin/sh' > fp; chmod -x fp",
      line: "aws-as env fp",
    },
    { given: "export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9", line: "aws-as env imds" },
  ],
  "an identity in another account than the one it is pinned to": [
    {
      once: "printf '[aws-as my-role1]\\naccount = 222222222222\\n' >> ~/.aws/config",
      line: "aws-as env my-role1",
    },
  ],
  "a key that the store lost": [
    {
      once: "aws-as keys import my-user1 --force; cd ~/.aws/aws-as/store; find . -type f ! -name 'master-key*' -delete",
      line: "aws-as keys list",
      take: /the store does not have it: .*/,
      fill: { FILE: "key" },
    },
    {
      once: "cd ~/.aws/aws-as/store; find . -type f ! -name 'master-key*' -delete",
      line: "aws-as explain my-role1",
      take: /the store does not list .*/,
      fill: { FILE: "key" },
    },
    {
      once: "cd ~/.aws/aws-as/store; find . -type f ! -name 'master-key*' -delete",
      line: "aws-as env my-role1",
      fill: { FILE: "key" },
    },
  ],
  "a file store": [
    { line: "aws-as store setup keychain --ssh-agent", ends: "true" },
    {
      once: "rm -r ~/.aws/aws-as/store",
      given: "unset AWS_AS_PASSPHRASE",
      line: "aws-as store setup file 2>&1",
      take: /(?<=hint: with a passphrase, first: ).*/,
      input: "PASSPHRASE\n",
    },
    {
      once: "echo x > ~/.aws/aws-as/store/master-key.json",
      line: "AWS_AS_MFA_CODE=123456 aws-as env my-role1",
    },
  ],
  "where nothing is": [
    {
      once: ": > ~/.aws/config; : > ~/.aws/credentials",
      line: "aws-as init",
      fill: { NAME: "my-user1", FILE: "key" },
    },
    {
      once: ": > ~/.aws/config; : > ~/.aws/credentials",
      line: "aws-as list",
      take: /(?<=^aws-as: there is no identity yet; )to begin: .*/,
      fill: { NAME: "my-user1", FILE: "key" },
    },
    { line: "aws-as keys import nope", fill: { FILE: "key" }, ends: "true" },
  ],
  "profiles that aws-as writes": [
    { line: "aws-as init --adopt my-user1" },
    {
      line: 'sed -i "/as-my-role1/,/^$/s/^# generated.*//" ~/.aws/config; aws-as init my-role1',
      ends: "aws-as init my-role1 --prefix mfa-",
    },
  ],
  "a role that is refused": [
    { given: "aws-as mfa choose my-user1 none 2>/dev/null", line: "aws-as env my-role2" },
    {
      line: "aws-as mfa choose my-user1 arn:aws:iam::111111111111:mfa/zzz",
      ends: "aws-as mfa list my-user1",
    },
  ],
};

const isStandalone = !program.endsWith(".cjs");
const signedIn = new Set(["what was typed wrongly", "who the shell acts as"]);
for (const [name, all] of Object.entries(scenes)) {
  test(`shells-10, shells-11: hints for ${name} work in the shell that printed them, and change the state`, async (t) => {
    const desk = await makeDesk(t);
    writeFileSync(join(desk.home.path, "key"), `${one.accessKeyId}\n${one.secretAccessKey}\n`);
    writeFileSync(join(desk.home.path, "noisy.cjs"), 'console.log("noisy");\n');
    if (signedIn.has(name)) await signIn(desk);
    for (const scene of all) {
      if (isStandalone && scene.given?.includes("NODE_OPTIONS")) continue;
      const input = scene.input
        ?.replace("PASSPHRASE", desk.env["AWS_AS_PASSPHRASE"] ?? "")
        .replace("KEY", `${one.accessKeyId}\n${one.secretAccessKey}\n`);
      await play(desk, { ...scene, ...(input === undefined ? {} : { input }) });
    }
  });
}

test("shells-11: every text with a command is printed and run above, or says why not", {
  skip: isStandalone && "what NODE_OPTIONS loads does not reach the stand-alone program",
}, () => {
  const known = new Map(
    Object.entries({ ...withoutScene, ...inOtherFiles }).flatMap(([why, texts]) =>
      texts.map((text) => [text, why]),
    ),
  );
  const hints = [...printed];
  const all = textsWithCommands();
  const isRun = (pattern: RegExp) => hints.some((hint) => pattern.test(hint));
  const open = all.filter(({ text, pattern }) => !isRun(pattern) && !known.has(text)).map(({ text }) => text);
  const superfluous = [...known.keys()].filter(
    (text) =>
      !all.some((each) => each.text === text) ||
      all.some((each) => each.text === text && isRun(each.pattern)),
  );
  assert.deepEqual({ open, superfluous }, { open: [], superfluous: [] });
});
