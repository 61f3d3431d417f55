import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { textsWithCommands, withoutScene } from "../support/hint-texts.ts";
import { ended, program, type Run } from "../support/home.ts";
import { files, signIn } from "../support/shells/scripts.ts";

// Each scene makes a state, takes what the program prints there word for word, and runs it in the shell that it was
// printed in. shells-10, shells-11: it works there, and it changes the state.

interface Scene {
  /** Lines of bash that make the state, before anything is run. */
  readonly once?: string;
  /** Lines of bash that come before each run, as they set variables. */
  readonly given?: string;
  /** What is typed. */
  readonly line: string;
  /** Takes commands out of what was printed; absent: out of all hints. */
  readonly take?: RegExp;
  /** What a person puts in for the words in capitals. */
  readonly fill?: Readonly<Record<string, string>>;
  /** The person has a code at hand. */
  readonly code?: true;
  /** What standard input says to the hint's command. */
  readonly input?: string;
  /** A line that succeeds when the hint was followed; absent: the first line prints that hint no more. */
  readonly ends?: string;
}

/** Commands that only show something: they have to succeed, and change nothing. doctor has a status for findings. */
const shows =
  /^aws-as (.*--help|list|doctor|explain .*|store status|keys list|mfa list .*|init --remove --dry-run)$/;
const begins = /^(aws-as|aws|eval|export|unset|read|env|chmod|rm|sudo|ssh-add|gpg|pass|npm|curl) ?/;

const printed = new Set<string>();

/** The command of a hint, and undefined where it has none. */
function commandOf(hint: string): string | undefined {
  const text = hint.replace(/ {2}#.*$| {3}\(.*\)$/, "");
  return [text, ...text.split(/: /).map((_, at, all) => all.slice(at).join(": "))].find((each) =>
    begins.test(each),
  );
}

function inBash(desk: Desk, text: string, input = ""): Promise<Run> {
  files(desk, { "scene.sh": text });
  const child = spawn("bash", ["--norc", "scene.sh"], {
    cwd: desk.home.path,
    env: desk.env as Record<string, string>,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return ended(child);
}

/** What a run printed that has a command. */
function hintsOf({ stdout, stderr }: Run, take?: RegExp): string[] {
  if (take !== undefined)
    return [...(stdout + stderr).matchAll(new RegExp(take, "gm"))].map(([text]) => text);
  return [...stderr.matchAll(/^aws-as: hint: (.*)$/gm)].map(([, hint = ""]) => hint).filter(commandOf);
}

/** Plays a scene. A hint's own hints count as well: they are followed, the first of them, until the state is another. */
async function play(desk: Desk, scene: Scene): Promise<void> {
  const { once, given = "", line, take, fill = {}, code, input = "", ends } = scene;
  if (once !== undefined) await inBash(desk, once);
  const before = await inBash(desk, `${given}\n${line}\n`, input);
  const hints = hintsOf(before, take);
  assert.notEqual(hints.length, 0, `${line}: ${before.stdout}${before.stderr}`);
  for (const hint of hints) {
    let followed = hint;
    let told = "";
    for (let depth = 0; depth < 4; depth++) {
      printed.add(followed);
      // What is no hint stands in a line with other words.
      for (const each of `${before.stdout}${before.stderr}`.split("\n"))
        if (each.includes(hint)) printed.add(each);
      const command = commandOf(followed)?.replace(/\b[A-Z]+\b/g, (word) => fill[word] ?? word) ?? "";
      assert.doesNotMatch(command, /\b(NAME|FILE)\b/, `${line}: ${followed}`);
      const withCode = code ? `export AWS_AS_MFA_CODE=${desk.fake.code(one.mfaSerial)}` : "";
      const run = await inBash(
        desk,
        `${given}\n${withCode}\n${command}\nstatus=$?\nunset AWS_AS_MFA_CODE\necho >&2 "== $status"\n${ends ?? line}\necho >&2 "== $?"\n`,
        input,
      );
      const [said = "", status = "", after = "", end = ""] = run.stderr.split(/^== (\d+)\n/m);
      told += `$ ${command} => ${status}\n${said}`;
      if (shows.test(command)) {
        assert.ok(Number(status) <= (command === "aws-as doctor" ? 1 : 0), `${line}: ${told}`);
        break;
      }
      const isOther = ends === undefined ? !`${run.stdout}${after}`.includes(hint) : end === "0";
      if (isOther) break;
      const next = hintsOf({ ...run, stderr: said }).find((each) => !printed.has(each) || each !== followed);
      assert.ok(next !== undefined && depth < 3, `${line}: nothing is other after\n${told}${after}`);
      followed = next;
    }
  }
}

/** The hint's command does what the first line could not. */
const worked = 'test "$status" = 0';

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
    Object.entries(withoutScene).flatMap(([why, texts]) => texts.map((text) => [text, why])),
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
