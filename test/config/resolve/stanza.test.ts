import assert from "node:assert/strict";
import test from "node:test";
import { identityNames } from "../../../src/config/resolve/identity-list.ts";
import { stanzaIdentity } from "../../../src/config/resolve/stanza.ts";
import { stanzas } from "../../../src/profiles/stanzas.ts";
import { awsConfig } from "../files/config-text.ts";

const commands: [string, string | undefined][] = [
  ["/usr/local/bin/aws-as process my-role", "my-role"],
  ["aws-as process my-role", "my-role"],
  ["aws-as\tprocess   my-role ", "my-role"],
  ["/opt/my\\ tools/aws-as process r", "r"],
  ['"/opt/my tools/aws-as" process "r"', "r"],
  ["'/opt/my tools/aws-as' process 'r'", "r"],
  ["/usr/bin/node /opt/aws-as/dist/aws-as.cjs process r", "r"],
  ["/opt/aws-as/dist/aws-as.cjs process r", "r"],
  ["C:\\tools\\aws-as.cmd process r", "r"],
  ["C:\\Program\\ Files\\node.exe C:\\x\\aws-as.cjs process r", "r"],
  ["/bin/aws-as process -- -odd", "-odd"],
  ["/bin/aws-as process r --code 1", "r"],
  ["/bin/aws-as process", undefined],
  ["/bin/aws-as exec r", undefined],
  ["/bin/aws-assume process r", undefined],
  ["/bin/my-aws-as process r", undefined],
  ["node process r", undefined],
  ["node /x/other.cjs process r", undefined],
  ["other aws-as process r", undefined],
  ["", undefined],
  ["/usr/bin/node-22 /x/aws-as.cjs process r", "r"],
  ["nodejs20.1.12 /x/aws-as.cjs process r", "r"],
  ["NODE.EXE C:\\x\\AWS-AS.CMD process r", "r"],
  ["nodemon /x/aws-as.cjs process r", undefined],
  ["node-x /x/aws-as.cjs process r", undefined],
  ["node-22.x /x/aws-as.cjs process r", undefined],
  ["node-22. /x/aws-as.cjs process r", undefined],
  ["my-node /x/aws-as.cjs process r", undefined],
  ["/bin/aws-as-x process r", undefined],
  ["/bin/aws-as.cjs.bak process r", undefined],
  ['aws-as process "my \\"role\\""', 'my "role"'],
  ["aws-as process 'my \\role'", "my \\role"],
  ['aws-as process ""', ""],
  ["aws-as process a\\", "a\\"],
];

for (const [command, identity] of commands) {
  test(`the command ${JSON.stringify(command)} ${identity ? `stands for ${identity}` : "is no stanza"}`, () => {
    assert.equal(stanzaIdentity(command), identity);
  });
}

const config = awsConfig(
  `[default]
region = x
[profile r]
role_arn = arn:aws:iam::111111111111:role/r
source_profile = u
[profile as-r]
credential_process = /bin/aws-as process r
[profile adopted]
credential_process = aws-as process adopted
[aws-as adopted]
role_arn = x
[profile s]
sso_session = c
[profile w]
role_arn = x
web_identity_token_file = y
[profile p]
credential_process = other
[aws-as stored]
access_key_id = A
[profile both]
credential_process = aws-as process u`,
  "[u]\naws_access_key_id = A\n[both]\naws_access_key_id = B\naws_secret_access_key = c",
);

test("the names that a person can act as are listed in file order, without stanzas", () => {
  assert.deepEqual(
    identityNames(config).map(({ name, kind, position }) => `${name} ${kind} ${position.line}`),
    [
      "r role 3",
      "adopted role 8",
      "s external 12",
      "w external 14",
      "p external 17",
      "both user 21",
      "u user 1",
      "stored user 19",
    ],
  );
});

test("stanzas are listed with their identities, the adopted ones as such", () => {
  assert.deepEqual(
    stanzas(config).map(({ profile, identity, adopted, position }) => [
      profile,
      identity,
      adopted,
      position.line,
    ]),
    [
      ["as-r", "r", false, 7],
      ["adopted", "adopted", true, 9],
      ["both", "u", false, 22],
    ],
  );
});

test("a login session and SSO are external, and a profile without credentials is not listed", () => {
  const { length } = identityNames(
    awsConfig("[profile l]\nlogin_session = x\n[profile n]\nregion = x\n[profile c]\nsso_account_id = 1"),
  ).filter(({ kind }) => kind === "external");
  assert.equal(length, 2);
});
