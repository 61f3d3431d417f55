import assert from "node:assert/strict";
import test from "node:test";
import { inventory } from "../../../src/commands/keys/list.ts";
import {
  breaksOf,
  type PlainKey,
  plainKeyOf,
  profilesWithKeys,
  withoutKey,
} from "../../../src/commands/keys/plain-keys.ts";
import { mergeDocuments } from "../../../src/config/aws-config.ts";
import { parseDocument, printDocument } from "../../../src/config/files/document.ts";
import { longTermKeyItem } from "../../../src/session/long-term-key.ts";

const id = "AKIAFAKEUSER1KEY0001";
const otherId = "AKIAFAKEUSER2KEY0002";
const secret = "fake/Secret+Key/of/my-user1/0123456789AB";

function files(config: string, credentials: string) {
  const documents = {
    config: parseDocument(Buffer.from(config), "config", "config"),
    credentials: parseDocument(Buffer.from(credentials), "credentials", "credentials"),
  };
  return { documents, merged: mergeDocuments(documents.config, documents.credentials) };
}

const pair = `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;

const cases: readonly [what: string, config: string, credentials: string, found: string][] = [
  ["in the credentials file", "", `[u]\n${pair}`, `${id} credentials:2`],
  ["in the config file", `[profile u]\n${pair}`, "", `${id} config:2`],
  ["the same in both", `[profile u]\n${pair}`, `[u]\n${pair}`, `${id} credentials:2`],
  [
    "another one in the other file",
    `[profile u]\n${pair.replace(id, otherId)}`,
    `[u]\n${pair}`,
    "credentials:2: another key of the same profile stands in config:2; remove the one that is not wanted",
  ],
  [
    "without its secret",
    "",
    `[u]\naws_access_key_id = ${id}\n`,
    "credentials:2: aws_access_key_id without aws_secret_access_key",
  ],
  [
    "without its id",
    "",
    `[u]\naws_secret_access_key = ${secret}\n`,
    "credentials:2: aws_secret_access_key without aws_access_key_id",
  ],
  [
    "temporary",
    "",
    `[u]\n${pair}aws_session_token = token\n`,
    "credentials:2: these are temporary credentials (aws_session_token), which end by themselves",
  ],
  ["of another profile", "", `[x]\n${pair}`, "nothing"],
  ["with empty lines of a key", "", "[u]\naws_access_key_id =\naws_secret_access_key =\n", "nothing"],
];

for (const [what, config, credentials, expected] of cases) {
  test(`a key in plain text is found: ${what}`, () => {
    const found = plainKeyOf("u", files(config, credentials).documents);
    const words =
      found === undefined
        ? "nothing"
        : "because" in found
          ? found.because
          : `${found.accessKeyId} ${found.at}`;
    assert.equal(words, expected);
    assert.ok(!words.includes(secret));
  });
}

test("taking a key out leaves every other byte", () => {
  const credentials = `# mine\r\n[u]\r\n; a remark\r\naws_access_key_id=${id}\r\nregion = x\r\n\taws_session_name = y\r\nAWS_SECRET_ACCESS_KEY = ${secret} # secret\r\n\r\n[v]\r\naws_access_key_id = ${otherId}\r\n`;
  const { documents } = files("", credentials);
  const key = plainKeyOf("u", documents) as PlainKey;
  assert.equal(key.accessKeyId, id);
  const left = printDocument(withoutKey(documents.credentials, key)).toString();
  assert.equal(
    left,
    `# mine\r\n[u]\r\n; a remark\r\nregion = x\r\n\taws_session_name = y\r\n\r\n[v]\r\naws_access_key_id = ${otherId}\r\n`,
  );
});

test("a key that was changed meanwhile is not taken out", () => {
  const key = plainKeyOf("u", files("", `[u]\n${pair}`).documents) as PlainKey;
  const now = files("", `[u]\n${pair.replace(id, otherId)}`).documents.credentials;
  assert.throws(() => withoutKey(now, key), /the key of "u" in credentials was changed meanwhile; it stays/);
});

test("profiles of other tools that start from a key break without it, those of aws-as do not", () => {
  const { merged, documents } = files(
    `[profile r]
role_arn = arn:aws:iam::111111111111:role/r
source_profile = u
[profile r2]
role_arn = arn:aws:iam::111111111111:role/r2
source_profile = r
[profile as-r]
credential_process = /usr/bin/aws-as process r
[profile other]
role_arn = arn:aws:iam::111111111111:role/o
source_profile = x
[profile vault]
credential_process = aws-vault export --format=json u
[profile loop]
role_arn = arn:aws:iam::111111111111:role/l
source_profile = loop2
[profile loop2]
role_arn = arn:aws:iam::111111111111:role/l2
source_profile = loop
[profile plain]
region = eu-west-1
`,
    `[u]\n${pair}[x]\n${pair.replace(id, otherId)}`,
  );
  const words = breaksOf(["u"], merged).map(
    (each) => `${each.profile} ${each.because}${each.servedAs ? ` as ${each.servedAs}` : ""}`,
  );
  assert.deepEqual(words, [
    'r takes its credentials from "u" as as-r',
    'r2 takes its credentials from "u"',
    'vault runs a command that names "u" (config:13)',
  ]);
  assert.deepEqual(profilesWithKeys(documents), ["u", "x"]);
});

test("the inventory knows keys in the store, in plain text, both, neither, and those that nobody names", () => {
  const { merged, documents } = files(
    `[aws-as u]\naccess_key_id = ${id}\n[aws-as both]\naccess_key_id = ${id}\n[aws-as gone]\naccess_key_id = AKIAGONE000000000003\n`,
    `[both]\n${pair}[x]\n${pair.replace(id, otherId)}`,
  );
  const items = [
    { ...longTermKeyItem(id, "u"), createdAt: 5, addedAt: 6 },
    longTermKeyItem("AKIAORPHAN0000000004", "old"),
    { name: "session of key 0001 abc", label: "session" },
  ];
  const entries = inventory(merged, documents, { kind: "keychain", items });
  assert.deepEqual(
    entries.map(({ profile, key, where, at, remark }) => [profile, key, where, at, remark].join(" | ")),
    [
      "both | 0001 | plain text | credentials:2 | aws-as keys import both",
      "x | 0002 | plain text | credentials:5 | aws-as keys import x",
      "u | 0001 | keychain | config:2 | ",
      "both | 0001 | keychain | config:4 | not used: the lines in plain text count first",
      "gone | 0003 | missing | config:6 | the store does not have it: aws-as keys add gone",
      " | 0004 | keychain |  | no profile names it (long-term key of user old (…0004)): aws-as keys remove 0004",
    ],
  );
  assert.deepEqual([entries[2]?.createdAt, entries[2]?.addedAt], [5, 6]);
});
