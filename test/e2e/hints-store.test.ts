import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { makeDesk } from "../support/desk.ts";
import { assertAllPrinted, play, printed, type Scene, worked } from "../support/hint-scenes.ts";
import { installed } from "../support/installed.ts";
import { files, runScript, signIn } from "../support/shells/scripts.ts";
import { startSshAgent, withoutSshAgent } from "../support/ssh-agent.ts";

const empty = "rm -rf ~/.aws/aws-as; ssh-add -q -D";
const slot = (at: number) =>
  `$(sed -n 's/.*"id": "\\(.*\\)".*/\\1/p' ~/.aws/aws-as/store/master-key.json | sed -n ${at + 1}p)`;
/** What ssh-add asks is answered. */
const asked =
  "printf '#!/bin/sh\\necho pw\\n' > ask; chmod +x ask; export SSH_ASKPASS=$HOME/ask SSH_ASKPASS_REQUIRE=force";
const locked = "unset AWS_AS_PASSPHRASE";

/** What doctor proposes for this finding. */
const fix = (code: string): RegExp => new RegExp(`(?<=^ {2}fix: ).*(?= {2}\\(${code}\\)$)`);
const openAgain = "aws-as doctor --offline | grep -q file-store-closed; closed=$?";
/** Ends the agent that a hint started. */
const endAgent = "ssh-agent -k >/dev/null";

const scenes: Readonly<Record<string, readonly Scene[]>> = {
  "a file store and its agent": [
    {
      given: "unset SSH_AUTH_SOCK",
      line: "aws-as store change --add-ssh-key",
      ends: `aws-as store change --add-ssh-key --key a; added=$?; ${endAgent}; test $added = 0`,
    },
    {
      once: `ssh-add -q; aws-as store change --add-ssh-key; aws-as store change --remove ${slot(1)}; ssh-add -q -D`,
      given: locked,
      line: "aws-as process my-role1",
      take: /(?<=^aws-as: hint: )ssh-add {2}# .*/,
      code: true,
    },
    {
      once: `${asked}; ssh-add -q; ssh-add -q -x`,
      given: `${asked}; ${locked}`,
      line: "aws-as process my-role1",
      take: /ssh-add -X.*/,
      code: true,
    },
    { once: "ssh-add -q -D", given: locked, line: "aws-as doctor --offline", take: fix("file-store-closed") },
    {
      given: `${locked}; unset SSH_AUTH_SOCK`,
      line: "aws-as doctor --offline",
      take: fix("file-store-closed"),
      ends: `${openAgain}; ${endAgent}; test $closed = 1`,
    },
    {
      once: 'ssh-add -q -D; ssh-add -q "$AGENT_FOLDER/b"',
      given: locked,
      line: "aws-as process my-role1",
      take: /(?<=^aws-as: hint: )ssh-add.*/,
    },
    {
      once: 'ssh-add -q -D; ssh-add -q; ssh-add -q "$AGENT_FOLDER/b"',
      given: locked,
      line: `aws-as store change --remove ${slot(1)}`,
      take: /another key.*/,
      fill: { KEY: "b" },
      ends: `${worked} && aws-as store change --remove ${slot(1)}`,
    },
    {
      given: "export AWS_AS_PASSPHRASE='battery staple'",
      line: `aws-as store change --remove ${slot(1)}`,
      take: /(?<=hint: )aws-as store change --add-passphrase/,
      ends: `${worked} && aws-as store change --remove ${slot(1)}`,
    },
    {
      given: "export AWS_AS_PASSPHRASE='battery staple'",
      line: "aws-as store change --add-passphrase",
      input: "correct battery\n",
    },
  ],
  "a file store that is to be set up": [
    {
      once: empty,
      given: locked,
      line: "aws-as store setup file",
      take: /with a key in.*/,
      ends: worked,
    },
    {
      once: `${empty}; ssh-add -q; ssh-add -q "$AGENT_FOLDER/b"`,
      given: locked,
      line: "aws-as store setup file",
      take: /aws-as store setup.*--key.*/,
      ends: worked,
    },
    {
      given: locked,
      line: "aws-as store change --add-passphrase",
      input: "battery staple\n",
    },
    { once: empty, line: "aws-as store setup file --ssh-agent", take: /ssh-add$/, ends: worked },
    {
      once: `${empty}; ${asked}; ssh-add -q; ssh-add -q -x`,
      given: asked,
      line: "aws-as store setup file --ssh-agent",
      take: /ssh-add -X.*/,
    },
    {
      once: `${empty}; sed -i '/^store = /d' ~/.aws/config`,
      given: `${locked}; unset AWS_AS_STORE`,
      line: "AWS_AS_MFA_CODE=123456 aws-as env my-role1",
      take: /an encrypted file.*/,
      ends: worked,
    },
  ],
};

for (const [name, all] of Object.entries(scenes)) {
  test(`shells-10, shells-11: hints for ${name} are followed, and change the state`, {
    skip: withoutSshAgent(),
  }, async (t) => {
    const agent = await startSshAgent();
    t.after(() => agent.stop());
    const desk = await makeDesk(t);
    await signIn(desk);
    for (const key of ["a", "b"]) agent.makeKey(key);
    const setting = `export SSH_AUTH_SOCK=${agent.socket} AGENT_FOLDER=${agent.folder}`;
    // ssh-add looks into the home that the password file names, and no variable says otherwise.
    writeFileSync(
      join(desk.home.path, "bin", "ssh-add"),
      `#!/bin/sh\n[ "\${1--q}" = -q ] && [ $# -lt 2 ] && set -- "$@" ${agent.folder}/a\nexec /usr/bin/ssh-add "$@"\n`,
      { mode: 0o755 },
    );
    for (const { once, given = "", ...scene } of all) {
      await play(desk, {
        ...scene,
        given: `${setting}\n${given}`,
        ...(once === undefined ? {} : { once: `${setting}\n${once}` }),
      });
    }
  });
}

test("shells-10: the line that starts an agent does so in the shell that it was printed in", {
  skip: withoutSshAgent(),
}, async (t) => {
  const agent = await startSshAgent();
  t.after(() => agent.stop());
  agent.makeKey("a");
  const desk = await makeDesk(t);
  await signIn(desk);
  files(desk, { "bin/ssh-add": `#!/bin/sh\nexec /usr/bin/ssh-add "$@" ${agent.folder}/a\n` });
  chmodSync(join(desk.home.path, "bin/ssh-add"), 0o755);
  const add = "aws-as store change --add-ssh-key";
  for (const name of ["fish", "tcsh", "elvish"]) {
    if (!installed(name, t)) continue;
    const [said = ""] =
      /(?<=^aws-as: hint: ).*ssh-add$/m.exec((await runScript(desk, [name], [add])).stderr) ?? [];
    assert.match(said, /ssh-agent/, name);
    printed.add(said);
    // A shell beneath the agent reads what is typed there.
    const beneath = said.includes(" # ");
    const line = beneath
      ? `sh -c 'printf "ssh-add\n${add}\n" | ${said.replace(/ +#.*/, "")}'`
      : `${said}\n${add}\nssh-agent -k`;
    const run = await runScript(desk, [name], [line]);
    assert.match(run.stderr, /aws-as: .*SHA256/, `${name}: ${line}\n${run.stdout}${run.stderr}`);
    await runScript(desk, ["sh"], [`aws-as store change --remove ${slot(1)}`]);
  }
});

test("every text that is said to be printed above is", () => {
  assertAllPrinted("test/e2e/hints-store.test.ts");
});
