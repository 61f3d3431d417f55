import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import type { Identity } from "../../../src/config/resolve/identity.ts";
import { resolveIdentity } from "../../../src/config/resolve/resolve.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { awsConfig } from "../files/config-text.ts";

const KEYS = "aws_access_key_id = AKIAUSER\naws_secret_access_key = canary-secret\n";
const arn = (role: string, account = "111111111111") => `arn:aws:iam::${account}:role/${role}`;

/** The way to an identity on one line: `root < hop < hop`. */
function way(identity: Identity): string {
  const { root } = identity;
  const detail =
    "accessKeyId" in root
      ? root.accessKeyId
      : "source" in root
        ? root.source
        : "command" in root
          ? root.command
          : "";
  const bottom = `${root.kind} ${root.profile}${detail && ` ${detail}`}`;
  return [
    bottom,
    ...identity.hops.map((hop) => `${hop.profile} ${hop.roleArn.split("/").slice(1).join("/")}`),
  ].join(" < ");
}

type Row = [name: string, config: string, credentials: string, asked: string, expected: string];

const ways: Row[] = [
  [
    "rule 19: a role with a source profile",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[profile u]\n${KEYS}`,
    "",
    "r",
    "static-keys u AKIAUSER < r r",
  ],
  [
    "rule 19: a role with a credential source, in any case",
    `[profile r]\nrole_arn = ${arn("r")}\ncredential_source = ec2instancemetadata`,
    "",
    "r",
    "credential-source r Ec2InstanceMetadata < r r",
  ],
  [
    "rule 19: a role with a web identity token",
    `[profile r]\nrole_arn = ${arn("r")}\nweb_identity_token_file = /t`,
    "",
    "r",
    "web-identity r",
  ],
  [
    "rule 20: own keys are ignored when the source is another profile",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\naws_access_key_id = AKIAOWN\naws_secret_access_key = s\n[profile u]\n${KEYS}`,
    "",
    "r",
    "static-keys u AKIAUSER < r r",
  ],
  [
    "rule 20: half a pair of own keys is ignored too",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\naws_access_key_id = AKIAOWN\n[profile u]\n${KEYS}`,
    "",
    "r",
    "static-keys u AKIAUSER < r r",
  ],
  [
    "rule 20: a profile that names itself is assumed with its own keys",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = r\n${KEYS}`,
    "",
    "r",
    "static-keys r AKIAUSER < r r",
  ],
  [
    "rule 20: its own keys may stand in the credentials file",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = r`,
    `[r]\n${KEYS}`,
    "r",
    "static-keys r AKIAUSER < r r",
  ],
  [
    "rule 21: a source with keys ends the chain, although it has a role",
    `[profile a]\nrole_arn = ${arn("a")}\nsource_profile = b\n[profile b]\nrole_arn = ${arn("b")}\nsource_profile = c\n${KEYS}`,
    "",
    "a",
    "static-keys b AKIAUSER < a a",
  ],
  [
    "rule 21: a source that names itself ends the chain with its keys",
    `[profile a]\nrole_arn = ${arn("a")}\nsource_profile = b\n[profile b]\nrole_arn = ${arn("b")}\nsource_profile = b\n${KEYS}`,
    "",
    "a",
    "static-keys b AKIAUSER < a a",
  ],
  [
    "rule 21: a source without keys is followed, the first role first",
    `[profile a]\nrole_arn = ${arn("a")}\nsource_profile = b\n[profile b]\nrole_arn = ${arn("b")}\nsource_profile = c\n[profile c]\nrole_arn = ${arn("c")}\nsource_profile = u`,
    `[u]\n${KEYS}`,
    "a",
    "static-keys u AKIAUSER < c c < b b < a a",
  ],
  [
    "rule 24: a web identity profile is a root that others assume roles from",
    `[profile a]\nrole_arn = ${arn("a")}\nsource_profile = w\n[profile w]\nrole_arn = ${arn("w")}\nweb_identity_token_file = /t`,
    "",
    "a",
    "web-identity w < a a",
  ],
  [
    "rule 25: an SSO session",
    "[profile s]\nsso_session = c\nsso_account_id = 111111111111\nsso_role_name = R\n[sso-session c]\nsso_start_url = https://x\nsso_region = eu-west-1",
    "",
    "s",
    "sso s",
  ],
  [
    "rule 26: a role goes before SSO and keys",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\nsso_account_id = 1\ncredential_process = x`,
    `[r]\naws_access_key_id = A\naws_secret_access_key = b\n[u]\n${KEYS}`,
    "r",
    "static-keys u AKIAUSER < r r",
  ],
  [
    "rule 26: web identity goes before SSO and keys",
    `[profile r]\nrole_arn = ${arn("r")}\nweb_identity_token_file = /t\nsso_account_id = 1\n${KEYS}`,
    "",
    "r",
    "web-identity r",
  ],
  [
    "rule 26: SSO goes before keys",
    `[profile s]\nsso_start_url = x\nsso_region = y\nsso_account_id = 1\nsso_role_name = R\n${KEYS}`,
    "",
    "s",
    "sso s",
  ],
  [
    "rule 26: an SSO session without a role does not, it only serves bearer tokens",
    `[profile s]\nsso_session = c\n${KEYS}\n[sso-session c]\nsso_start_url = x\nsso_region = y`,
    "",
    "s",
    "static-keys s AKIAUSER",
  ],
  [
    "rule 26: keys go before login_session",
    `[profile u]\nlogin_session = arn:aws:iam::1:user/u\n${KEYS}`,
    "",
    "u",
    "static-keys u AKIAUSER",
  ],
  [
    "rule 26: login_session goes before credential_process",
    "[profile u]\nlogin_session = arn:aws:iam::1:user/u\ncredential_process = x",
    "",
    "u",
    "login-session u",
  ],
  [
    "rule 26: credential_process of somebody else comes last",
    "[profile u]\ncredential_process = /bin/other-tool get u",
    "",
    "u",
    "process u /bin/other-tool get u",
  ],
  [
    "rule 26: keys in the credentials file go before the store",
    "[aws-as u]\naccess_key_id = AKIASTORE",
    `[u]\n${KEYS}`,
    "u",
    "static-keys u AKIAUSER",
  ],
  [
    "rule 26: the store goes before keys in the config file",
    `[profile u]\n${KEYS}[aws-as u]\naccess_key_id = AKIASTORE`,
    "",
    "u",
    "stored-keys u AKIASTORE",
  ],
  [
    "a key in our store needs no profile",
    "[aws-as u]\naccess_key_id = AKIASTORE",
    "",
    "u",
    "stored-keys u AKIASTORE",
  ],
  [
    "a role may be assumed with a key in our store",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[aws-as u]\naccess_key_id = AKIASTORE`,
    "",
    "r",
    "stored-keys u AKIASTORE < r r",
  ],
  [
    "[aws-as NAME] wins over the profile's own properties",
    `[profile r]\nrole_arn = ${arn("old")}\nsource_profile = x\n[aws-as r]\nrole_arn = ${arn("new")}\nsource_profile = u`,
    `[u]\n${KEYS}`,
    "r",
    "static-keys u AKIAUSER < r new",
  ],
  [
    "an adopted profile is the identity that [aws-as NAME] describes",
    `[profile r]\ncredential_process = /usr/bin/aws-as process r\n[aws-as r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[profile u]\ncredential_process = aws-as process u`,
    `[u]\n${KEYS}`,
    "r",
    "static-keys u AKIAUSER < r r",
  ],
  [
    "an adopted process keeps its command",
    "[profile p]\ncredential_process = aws-as process p\n[aws-as p]\ncredential_process = /bin/other",
    "",
    "p",
    "process p /bin/other",
  ],
  [
    "an empty value in [aws-as NAME] switches the profile's own off",
    `[profile u]\nrole_arn = ${arn("r")}\nsource_profile = x\n[aws-as u]\nrole_arn =\n`,
    `[u]\n${KEYS}`,
    "u",
    "static-keys u AKIAUSER",
  ],
  [
    "a stanza stands for its identity",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[profile as-r]\nregion = x\ncredential_process = /usr/local/bin/aws-as process r`,
    `[u]\n${KEYS}`,
    "as-r",
    "static-keys u AKIAUSER < r r",
  ],
  [
    "a stanza stands for its identity when it is a source",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[profile as-r]\ncredential_process = aws-as process r\n[profile x]\nrole_arn = ${arn("x")}\nsource_profile = as-r`,
    `[u]\n${KEYS}`,
    "x",
    "static-keys u AKIAUSER < r r < x x",
  ],
  [
    "a stanza reached as a source stands for the identity as it is when asked for",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = r\n${KEYS}[profile as-r]\ncredential_process = aws-as process r\n[profile x]\nrole_arn = ${arn("x")}\nsource_profile = as-r`,
    "",
    "x",
    "static-keys r AKIAUSER < r r < x x",
  ],
  [
    "a stanza may stand for a stanza",
    `[profile a]\ncredential_process = aws-as process b\n[profile b]\ncredential_process = aws-as process u`,
    `[u]\n${KEYS}`,
    "a",
    "static-keys u AKIAUSER",
  ],
  [
    "a stanza's own keys in the credentials file go first, as in most clients",
    "[profile a]\ncredential_process = aws-as process u",
    `[u]\n${KEYS}[a]\naws_access_key_id = AKIAOWN\naws_secret_access_key = s`,
    "a",
    "static-keys a AKIAOWN",
  ],
  [
    "a role's ARN means the profile that has it",
    `[profile r]\nrole_arn = ${arn("team/r")}\nsource_profile = u`,
    `[u]\n${KEYS}`,
    arn("team/r"),
    "static-keys u AKIAUSER < r team/r",
  ],
  [
    "ACCOUNT/ROLE means the first profile that has the role",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[profile r2]\nrole_arn = ${arn("r")}\nsource_profile = u`,
    `[u]\n${KEYS}`,
    "111111111111/r",
    "static-keys u AKIAUSER < r r",
  ],
  [
    "a role with another path is another role",
    `[profile r]\nrole_arn = ${arn("team/r")}\nsource_profile = u`,
    `[u]\n${KEYS}`,
    "111111111111/r",
    `static-keys u AKIAUSER < ${arn("r")} r`,
  ],
  [
    "a profile of exactly that name goes before the role",
    `[profile 111111111111/r]\n${KEYS}`,
    "",
    "111111111111/r",
    "static-keys 111111111111/r AKIAUSER",
  ],
  [
    "a role that no profile has is assumed from the only long-term key",
    `[profile t]\n${KEYS}aws_session_token = x\n`,
    `[u]\n${KEYS}`,
    arn("new"),
    `static-keys u AKIAUSER < ${arn("new")} new`,
  ],
  [
    "the setting source_profile says what to assume unknown roles from",
    `[aws-as]\nsource_profile = r\n[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u`,
    `[u]\n${KEYS}[v]\n${KEYS}`,
    arn("new"),
    `static-keys u AKIAUSER < r r < ${arn("new")} new`,
  ],
];

for (const [name, config, credentials, asked, expected] of ways) {
  test(name, () => assert.equal(way(resolveIdentity(awsConfig(config, credentials), asked)), expected));
}

const C = "~/.aws/config";
const errors: Row[] = [
  [
    "rule 19: a role without a source",
    `[profile r]\nrole_arn = ${arn("r")}`,
    "",
    "r",
    `${C}:2: profile "r" has role_arn, but no source_profile, credential_source or web_identity_token_file`,
  ],
  [
    "rule 19: a role with two sources",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\ncredential_source = Environment`,
    `[u]\n${KEYS}`,
    "r",
    `${C}:2: profile "r" has source_profile and credential_source; a role has one source`,
  ],
  [
    "rule 19: a role with a source profile and a token file",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\nweb_identity_token_file = /t`,
    `[u]\n${KEYS}`,
    "r",
    `${C}:2: profile "r" has source_profile and web_identity_token_file; a role has one source`,
  ],
  [
    "rule 20: a profile that names itself and has no keys",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = r`,
    "",
    "r",
    `${C}:3: profile "r" names itself as source_profile, but holds no keys`,
  ],
  [
    "rule 22: a loop of two",
    `[profile a]\nrole_arn = ${arn("a")}\nsource_profile = b\n[profile b]\nrole_arn = ${arn("b")}\nsource_profile = a`,
    "",
    "a",
    `${C}:3: profiles form a circle: "a" (${C}:3) -> "b" (${C}:6) -> "a"`,
  ],
  [
    "rule 22: a loop further down, without the way to it",
    `[profile x]\nrole_arn = ${arn("x")}\nsource_profile = a\n[profile a]\nrole_arn = ${arn("a")}\nsource_profile = b\n[profile b]\nrole_arn = ${arn("b")}\nsource_profile = a`,
    "",
    "x",
    `${C}:6: profiles form a circle: "a" (${C}:6) -> "b" (${C}:9) -> "a"`,
  ],
  [
    "rule 22: a source that names itself without keys",
    `[profile x]\nrole_arn = ${arn("x")}\nsource_profile = a\n[profile a]\nrole_arn = ${arn("a")}\nsource_profile = a`,
    "",
    "x",
    `${C}:6: profile "a" names itself as source_profile, but holds no keys`,
  ],
  [
    "rule 22: an unknown source",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = nobody`,
    "",
    "r",
    `${C}:3: profile "r" names "nobody" as source_profile, and there is no such profile`,
  ],
  [
    "rule 23: a key id without its secret",
    "",
    "[u]\naws_access_key_id = AKIA",
    "u",
    '~/.aws/credentials:2: profile "u" has aws_access_key_id but no aws_secret_access_key',
  ],
  [
    "rule 23: a secret without its key id",
    "[profile u]\naws_secret_access_key = canary-secret",
    "",
    "u",
    `${C}:2: profile "u" has aws_secret_access_key but no aws_access_key_id`,
  ],
  [
    "rule 23: a source with half a pair",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[profile u]\nrole_arn = ${arn("u")}\nsource_profile = x\naws_access_key_id = AKIA`,
    "",
    "r",
    `${C}:7: profile "u" has aws_access_key_id but no aws_secret_access_key`,
  ],
  [
    "rule 23: a profile without credentials",
    "[profile u]\nregion = x",
    "",
    "u",
    `${C}:1: profile "u" holds no credentials`,
  ],
  [
    "rule 23: a source without credentials",
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n[profile u]`,
    "",
    "r",
    `${C}:4: profile "u" holds no credentials`,
  ],
  [
    "rule 24: a token file without a role",
    "[profile w]\nweb_identity_token_file = /t",
    "",
    "w",
    `${C}:2: profile "w" has web_identity_token_file but no role_arn`,
  ],
  [
    "rule 25: an unknown SSO session",
    "[profile s]\nsso_session = nope\nsso_account_id = 1\nsso_role_name = R",
    "",
    "s",
    `${C}:2: profile "s" names sso_session "nope", and there is no [sso-session nope]`,
  ],
  [
    "rule 25: an SSO session without its region",
    "[profile s]\nsso_session = c\nsso_account_id = 1\nsso_role_name = R\n[sso-session c]\nsso_start_url = x",
    "",
    "s",
    `${C}:5: sso-session "c" has no sso_region`,
  ],
  [
    "rule 25: an SSO region said differently in the profile",
    "[profile s]\nsso_session = c\nsso_region = a\nsso_account_id = 1\nsso_role_name = R\n[sso-session c]\nsso_start_url = x\nsso_region = b",
    "",
    "s",
    `${C}:3: profile "s" says another sso_region than its sso-session "c"`,
  ],
  [
    "rule 25: an SSO start URL said differently in the profile",
    "[profile s]\nsso_session = c\nsso_start_url = y\nsso_account_id = 1\nsso_role_name = R\n[sso-session c]\nsso_start_url = x\nsso_region = b",
    "",
    "s",
    `${C}:3: profile "s" says another sso_start_url than its sso-session "c"`,
  ],
  [
    "rule 25: an SSO account without a role",
    "[profile s]\nsso_start_url = x\nsso_region = y\nsso_account_id = 1",
    "",
    "s",
    `${C}:4: profile "s" has sso_account_id but no sso_role_name`,
  ],
  [
    "rule 25: an SSO role without an account",
    "[profile s]\nsso_session = c\nsso_role_name = R\n[sso-session c]\nsso_start_url = x\nsso_region = y",
    "",
    "s",
    `${C}:3: profile "s" has sso_role_name but no sso_account_id`,
  ],
  [
    "rule 25: the legacy form without its start URL",
    "[profile s]\nsso_region = y\nsso_account_id = 1\nsso_role_name = R",
    "",
    "s",
    `${C}:1: profile "s" uses SSO, but has no sso_start_url`,
  ],
  [
    "an unknown credential source",
    `[profile r]\nrole_arn = ${arn("r")}\ncredential_source = Moon`,
    "",
    "r",
    `${C}:3: profile "r": unknown credential_source "Moon"`,
  ],
  [
    "a stanza for nobody",
    "[profile a]\ncredential_process = aws-as process gone",
    "",
    "a",
    `${C}:2: profile "a" stands for "gone", and there is no such profile`,
  ],
  [
    "stanzas that stand for each other",
    "[profile a]\ncredential_process = aws-as process b\n[profile b]\ncredential_process = aws-as process a",
    "",
    "a",
    `${C}:2: profiles form a circle: "a" (${C}:2) -> "b" (${C}:4) -> "a"`,
  ],
  [
    "a loop through a stanza",
    `[profile a]\nrole_arn = ${arn("a")}\nsource_profile = as-a\n[profile as-a]\ncredential_process = aws-as process a`,
    "",
    "a",
    `${C}:3: profiles form a circle: "a" (${C}:3) -> "as-a" (${C}:5) -> "a"`,
  ],
  [
    "an adopted profile that nothing describes",
    "[profile a]\ncredential_process = aws-as process a",
    "",
    "a",
    `${C}:1: profile "a" holds no credentials`,
  ],
  ["an unknown name", "[profile a]", "", "zzzzz", `no profile "zzzzz" in ${C} or ~/.aws/credentials`],
  [
    "an ARN that is no role's",
    "",
    "",
    "arn:aws:iam::111111111111:user/u",
    '"arn:aws:iam::111111111111:user/u" is not the ARN of a role',
  ],
  [
    "a role that nobody can assume",
    "",
    "",
    arn("x"),
    `no profile names the role "${arn("x")}", and none has long-term keys to assume it with`,
  ],
  [
    "a role that several could assume",
    `[profile v]\n${KEYS}[aws-as w]\naccess_key_id = AKIA`,
    `[u]\n${KEYS}`,
    arn("x"),
    `no profile names the role "${arn("x")}", and several could assume it: "v", "u", "w"`,
  ],
  [
    "the setting source_profile names nobody",
    "[aws-as]\nsource_profile = gone",
    "",
    arn("x"),
    `${C}:2: [aws-as] names "gone" as source_profile, and there is no such profile`,
  ],
];

for (const [name, config, credentials, asked, message] of errors) {
  test(`${name} is an error that says where`, () => {
    assert.throws(
      () => resolveIdentity(awsConfig(config, credentials), asked),
      (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.message, message);
        return true;
      },
    );
  });
}

test("a bad value is an error with its line", () => {
  for (const [property, message] of [
    ["duration_seconds = 899", `duration_seconds "899" is not a whole number from 900 to 43200`],
    ["duration_seconds = 43201", `duration_seconds "43201" is not a whole number from 900 to 43200`],
    ["duration_seconds = 1h", `duration_seconds "1h" is not a whole number from 900 to 43200`],
    ["duration_seconds = 1e3", `duration_seconds "1e3" is not a whole number from 900 to 43200`],
    ["duration_seconds = -900", `duration_seconds "-900" is not a whole number from 900 to 43200`],
    ["role_session_name = a b", 'role_session_name "a b" must be 2 to 64 letters, digits or _+=,.@-'],
    ["role_session_name = x", 'role_session_name "x" must be 2 to 64 letters, digits or _+=,.@-'],
    [
      `role_session_name = ${"x".repeat(65)}`,
      `role_session_name "${"x".repeat(65)}" must be 2 to 64 letters, digits or _+=,.@-`,
    ],
    ["source_identity = ü!", 'source_identity "ü!" must be 2 to 64 letters, digits or _+=,.@-'],
    ["tags = red", 'tags has an entry that is not "key=value"'],
    ["tags = a=1, =2", 'tags has an entry that is not "key=value"'],
    ["tags = a=1, A=2", 'tags names "A" twice'],
    ["role_arn = arn:aws:iam::1:role/r", 'role_arn "arn:aws:iam::1:role/r" is not the ARN of a role'],
    [
      "role_arn = arn:aws:iam::111111111111:user/r",
      'role_arn "arn:aws:iam::111111111111:user/r" is not the ARN of a role',
    ],
    [
      "role_arn = arn:aws:iam::111111111111:role/a//\x07",
      'role_arn "arn:aws:iam::111111111111:role/a//\\u0007" is not the ARN of a role',
    ],
  ]) {
    const config = awsConfig(
      `[profile r]\nsource_profile = u\nrole_arn = ${arn("r")}\n${property}`,
      `[u]\n${KEYS}`,
    );
    assert.throws(
      () => resolveIdentity(config, "r"),
      (error) => error instanceof UserError && error.message === `${C}:4: profile "r": ${message}`,
      property,
    );
  }
});

test("a role takes everything that its profile says", () => {
  const config = awsConfig(
    `[profile r]
role_arn = arn:aws-cn:iam::111111111111:role/r
source_profile = u
role_session_name = me@work
external_id = ext/1
mfa_serial = arn:aws-cn:iam::111111111111:mfa/me
duration_seconds = 43200
policy = {"Version":
  "2012-10-17"}
policy_arns = arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/B
source_identity = me
tags = team=red, cost = 7, empty=
transitive_tag_keys = team,cost`,
    `[u]\n${KEYS}`,
  );
  assert.deepEqual(resolveIdentity(config, "r").hops, [
    {
      profile: "r",
      roleArn: "arn:aws-cn:iam::111111111111:role/r",
      roleSessionName: "me@work",
      externalId: "ext/1",
      durationSeconds: 43200,
      mfaSerial: "arn:aws-cn:iam::111111111111:mfa/me",
      policy: '{"Version":"2012-10-17"}',
      policyArns: ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"],
      sourceIdentity: "me",
      tags: { team: "red", cost: "7", empty: "" },
      transitiveTagKeys: ["team", "cost"],
      position: { file: C, line: 2 },
    },
  ]);
});

test("tags may be sub-properties", () => {
  const config = awsConfig(
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\ntags =\n  Team = a b\n\n  __proto__ = x=y`,
    `[u]\n${KEYS}`,
  );
  assert.deepEqual(Object.entries(resolveIdentity(config, "r").hops[0]?.tags ?? {}), [
    ["Team", "a b"],
    ["__proto__", "x=y"],
  ]);
});

test("what AWS takes in no policy and no tag is an error with its line", () => {
  const refused = (line: string) => {
    const config = awsConfig(
      `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n${line}`,
      `[u]\n${KEYS}`,
    );
    let message = "";
    assert.throws(
      () => resolveIdentity(config, "r"),
      (error: unknown) => {
        message = (error as Error).message;
        return error instanceof UserError;
      },
    );
    return message.replace(/^.*?: profile "r": /, "");
  };
  const id = (length: number) => JSON.stringify({ Id: "x".repeat(length) });
  assert.match(refused("policy = {"), /^policy is not JSON: /);
  assert.equal(refused(`policy = ${id(2048)}`), "policy has 2057 characters, and AWS takes 2048 at most");
  assert.equal(refused('policy = {"Id": "\u20ac"}'), "policy has letters that AWS takes in no policy");
  assert.match(
    refused("policy_arns = ReadOnlyAccess"),
    /^policy_arns has "ReadOnlyAccess", which is not the ARN/,
  );
  assert.equal(refused("policy_arns = ,"), "policy_arns names no policy");
  const many = (count: number, each: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => each(index)).join(", ");
  assert.match(
    refused(`policy_arns = ${many(11, (index) => `arn:aws:iam::aws:policy/P${index}`)}`),
    /^policy_arns has 11 policies, and AWS takes 10$/,
  );
  assert.match(
    refused(`tags = ${many(51, (index) => `k${index}=v`)}`),
    /^tags has 51 tags, and AWS takes 50$/,
  );
  assert.match(refused("tags = team=a!b"), /^tags has "team", and AWS takes letters, digits/);
  assert.match(refused(`tags = ${"k".repeat(129)}=v`), /128 in its name/);
});

test("a root tells all that is needed to use it", () => {
  const config = awsConfig(
    `[profile u]\nmfa_serial = device-1\n[aws-as u]\nmfa_serial = device-2
[sso-session c]\nsso_start_url = https://x\nsso_region = eu-west-1
[profile s]\nsso_session = c\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = R
[profile l]\nsso_start_url = https://y\nsso_region = eu-west-2\nsso_account_id = 1\nsso_role_name = L
[profile w]\nrole_arn = ${arn("w")}\nweb_identity_token_file = /t\nrole_session_name = wi
[aws-as k]\naccess_key_id = AKIAK\nmfa_serial = device-3
[profile b]\nsso_session = c`,
    `[u]\n${KEYS}aws_session_token = canary-token`,
  );
  const root = (name: string) => resolveIdentity(config, name).root;
  const user = root("u");
  assert.ok(user.kind === "static-keys");
  assert.equal(user.secretAccessKey.reveal(), "canary-secret");
  assert.equal(user.sessionToken?.reveal(), "canary-token");
  assert.equal(user.mfaSerial, "device-2");
  assert.deepEqual(user.position, { file: "~/.aws/credentials", line: 2 });
  assert.deepEqual(root("s"), {
    kind: "sso",
    profile: "s",
    session: "c",
    startUrl: "https://x",
    region: "eu-west-1",
    accountId: "111111111111",
    roleName: "R",
    position: { file: C, line: 9 },
  });
  assert.deepEqual(root("l"), {
    kind: "sso",
    profile: "l",
    startUrl: "https://y",
    region: "eu-west-2",
    accountId: "1",
    roleName: "L",
    position: { file: C, line: 14 },
  });
  assert.deepEqual(root("w"), {
    kind: "web-identity",
    profile: "w",
    tokenFile: "/t",
    roleArn: arn("w"),
    sessionName: "wi",
    position: { file: C, line: 20 },
  });
  assert.deepEqual(root("k"), {
    kind: "stored-keys",
    profile: "k",
    accessKeyId: "AKIAK",
    mfaSerial: "device-3",
    position: { file: C, line: 23 },
  });
  assert.deepEqual(root("b"), {
    kind: "sso",
    profile: "b",
    session: "c",
    startUrl: "https://x",
    region: "eu-west-1",
    position: { file: C, line: 26 },
  });
});

test("an identity shows its settings and no secret", () => {
  const config = awsConfig(
    `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\nregion = a\n[aws-as r]\nregion = b\nca_bundle = /x`,
    `[u]\n${KEYS}aws_session_token = canary-token\n`,
  );
  const role = resolveIdentity(config, "r");
  assert.equal(role.settings.get("region")?.value, "b");
  assert.equal(role.settings.get("ca_bundle")?.value, "/x");
  const user = resolveIdentity(config, "u");
  assert.equal(user.settings.size, 0);
  assert.doesNotMatch(inspect([role, user], { depth: 9 }) + JSON.stringify([role, user]), /canary/);
});

test("a stanza gives the name and the settings of its identity", () => {
  const config = awsConfig(
    `[profile as-u]\nregion = x\ncredential_process = aws-as process u\n[profile u]\nregion = y`,
    `[u]\n${KEYS}`,
  );
  const identity = resolveIdentity(config, "as-u");
  assert.equal(identity.name, "u");
  assert.equal(identity.settings.get("region")?.value, "y");
});

test("a role that no profile names has its source's settings, and the partition of its source's ARNs", () => {
  const identity = (extra: string) =>
    resolveIdentity(awsConfig(`[profile u]\nregion = cn-north-1\n${KEYS}${extra}`), "222222222222/team/x");
  const plain = identity("");
  assert.equal(plain.name, arn("team/x", "222222222222"));
  assert.deepEqual([...plain.settings.keys()], ["region"]);
  assert.deepEqual(plain.hops[0]?.position, { file: C, line: 1 });
  const expected = "arn:aws-cn:iam::222222222222:role/team/x";
  assert.equal(identity("mfa_serial = arn:aws-cn:iam::1:mfa/u").name, expected);
  assert.equal(
    identity("[profile r]\nsource_profile = u\nrole_arn = arn:aws-cn:iam::111111111111:role/r").name,
    expected,
  );
});

test("an unknown name suggests the ones that were meant", () => {
  const config = awsConfig("[profile prod]\n[profile staging-admin]\n[profile dev]", "[production]");
  for (const [typed, hints] of [
    ["prdo", ['did you mean "prod"?']],
    ["prod1", ['did you mean "prod"?']],
    ["rpdo", ['did you mean "prod"?']],
    ["stag", ['did you mean "staging-admin"?']],
    ["produc", ['did you mean "production" or "prod"?']],
    ["xyz", []],
    ["", []],
  ] as const) {
    assert.throws(
      () => resolveIdentity(config, typed),
      (error) => {
        assert.deepEqual(error instanceof UserError && error.hints, hints, typed);
        return true;
      },
    );
  }
});

test("a chain of thousands of profiles is followed", () => {
  let text = `[profile p0]\n${KEYS}`;
  for (let index = 1; index <= 3000; index += 1)
    text += `[profile p${index}]\nrole_arn = ${arn("r")}\nsource_profile = p${index - 1}\n`;
  assert.equal(resolveIdentity(awsConfig(text), "p3000").hops.length, 3000);
});

test("resolving throws nothing but a UserError, whatever the profiles say", () => {
  const name = fc.constantFrom("a", "b", "c", "__proto__");
  const line = fc.oneof(
    name.map((source) => `source_profile = ${source}`),
    name.map((identity) => `credential_process = aws-as process ${identity}`),
    fc.constantFrom(
      `role_arn = ${arn("r")}`,
      "role_arn = x",
      "aws_access_key_id = A",
      "aws_secret_access_key = canary",
      "web_identity_token_file = /t",
    ),
    fc.constantFrom(
      "credential_source = Environment",
      "sso_session = a",
      "sso_account_id = 1",
      "sso_role_name = r",
      "login_session = x",
    ),
    fc.constantFrom(
      "role_arn =",
      "tags =",
      "access_key_id = B",
      "credential_process =",
      "credential_process = aws-as process",
      "credential_process = x",
    ),
  );
  const section = fc
    .tuple(fc.constantFrom("profile", "aws-as", "sso-session"), name, fc.array(line, { maxLength: 4 }))
    .map(([type, title, lines]) => [`[${type} ${title}]`, ...lines].join("\n"));
  fc.assert(
    fc.property(
      fc.array(section, { maxLength: 8 }),
      fc.oneof(name, fc.constant(arn("r"))),
      (sections, asked) => {
        try {
          resolveIdentity(awsConfig(sections.join("\n")), asked);
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
          assert.doesNotMatch(error.message + error.hints.join(), /canary/);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test("a role on the instance's metadata says what its profile says about the service, and others say nothing", () => {
  const root = (source: string, extra = "") =>
    resolveIdentity(
      awsConfig(`[profile r]\nrole_arn = ${arn("r")}\ncredential_source = ${source}\n${extra}`),
      "r",
    ).root;
  const said =
    "ec2_metadata_service_endpoint = http://x\nec2_metadata_service_endpoint_mode = IPv6\nec2_metadata_v1_disabled = true";
  const common = { kind: "credential-source", profile: "r", position: { file: C, line: 3 } };
  assert.deepEqual(root("ec2InstanceMetadata", said), {
    ...common,
    source: "Ec2InstanceMetadata",
    metadata: { endpoint: "http://x", endpointMode: "IPv6", v1Disabled: "true" },
  });
  assert.deepEqual(root("Ec2InstanceMetadata"), { ...common, source: "Ec2InstanceMetadata", metadata: {} });
  assert.deepEqual(root("EcsContainer", said), { ...common, source: "EcsContainer" });
});

test("roots of a login session and of a program have the place of the property that says them", () => {
  const config = awsConfig(
    `[profile l]\nregion = x\nlogin_session = arn:aws:iam::1:user/l
[profile p]\nregion = x\ncredential_process = /bin/get\nmfa_serial = device-1
[profile q]\ncredential_process = /bin/get
[profile w]\nrole_arn = ${arn("w")}\nweb_identity_token_file = /t\nduration_seconds = 900
[profile k]\n${KEYS}`,
  );
  const root = (name: string) => resolveIdentity(config, name).root;
  assert.deepEqual(root("l"), {
    kind: "login-session",
    profile: "l",
    loginSession: "arn:aws:iam::1:user/l",
    position: { file: C, line: 3 },
  });
  const program = { kind: "process", command: "/bin/get" };
  assert.deepEqual(root("p"), {
    ...program,
    profile: "p",
    mfaSerial: "device-1",
    position: { file: C, line: 6 },
  });
  assert.deepEqual(root("q"), { ...program, profile: "q", position: { file: C, line: 9 } });
  assert.deepEqual(root("w"), {
    kind: "web-identity",
    profile: "w",
    tokenFile: "/t",
    roleArn: arn("w"),
    durationSeconds: 900,
    position: { file: C, line: 12 },
  });
  const { secretAccessKey: _, ...key } = root("k") as Extract<Identity["root"], { kind: "static-keys" }>;
  assert.deepEqual(key, {
    kind: "static-keys",
    profile: "k",
    accessKeyId: "AKIAUSER",
    position: { file: C, line: 15 },
  });
});

test("a role that says no more than it must has no more than that", () => {
  const config = awsConfig(`[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u`, `[u]\n${KEYS}`);
  const position = { file: C, line: 2 };
  assert.deepEqual(resolveIdentity(config, "r").hops, [{ profile: "r", roleArn: arn("r"), position }]);
});

test("values at the limits of what STS takes are taken", () => {
  for (const [property, value] of [
    ["durationSeconds", "duration_seconds = 900"],
    ["durationSeconds", "duration_seconds = 43200"],
    ["roleSessionName", "role_session_name = ab"],
    ["roleSessionName", `role_session_name = ${"x".repeat(64)}`],
    ["sourceIdentity", "source_identity = a+=,.@-_9"],
  ] as const) {
    const config = awsConfig(
      `[profile r]\nrole_arn = ${arn("r")}\nsource_profile = u\n${value}`,
      `[u]\n${KEYS}`,
    );
    assert.equal(String(resolveIdentity(config, "r").hops[0]?.[property]), value.split(" = ")[1]);
  }
});

test("errors that a command or a correction helps with say which", () => {
  const named = (source: string) =>
    `[profile r]\nrole_arn = ${arn("r")}\n${source}\n[profile user1]\n${KEYS}`;
  for (const [config, asked, hints] of [
    [named("source_profile = user2"), "r", ['did you mean "user1"?']],
    [named("source_profile = gone"), "r", []],
    [named("source_profile = r"), "r", ["give it a long-term key: aws-as keys add r"]],
    [
      named("credential_source = Moon"),
      "r",
      ["known sources: Environment, EcsContainer, Ec2InstanceMetadata"],
    ],
    ["[profile e]\nregion = x", "e", ["give it a long-term key: aws-as keys add e"]],
    [
      `[profile u]\n${KEYS}[profile v]\n${KEYS}`,
      arn("x"),
      [`choose one in ${C}, in the section [aws-as]: source_profile = u`],
    ],
  ] as const) {
    assert.throws(
      () => resolveIdentity(awsConfig(config), asked),
      (error) => {
        assert.deepEqual(error instanceof UserError && error.hints, hints, String(error));
        return true;
      },
    );
  }
});

const witnesses: [string, string, string][] = [
  ["its own device", "mfa_serial = arn:aws-cn:iam::1:mfa/u", "aws-cn"],
  ["its own role", `${KEYS}role_arn = arn:aws-cn:iam::111111111111:role/u\nsource_profile = other`, "aws-cn"],
  ["its own sign-in", "login_session = arn:aws-cn:iam::1:user/u", "aws-cn"],
  [
    "its device before its role",
    "mfa_serial = arn:aws-us-gov:iam::1:mfa/u\nrole_arn = arn:aws-cn:x",
    "aws-us-gov",
  ],
  ["nothing that is an ARN", "mfa_serial = GAHT12345678", "aws"],
  ["another user's role", "[profile r]\nsource_profile = other\nrole_arn = arn:aws-cn:iam::1:role/r", "aws"],
];
for (const [name, text, partition] of witnesses) {
  test(`a role that no profile names lies in the partition of its source, told by ${name}`, () => {
    const config = awsConfig(`[aws-as]\nsource_profile = u\n[profile u]\n${text}`, `[u]\n${KEYS}`);
    const { name, hops } = resolveIdentity(config, "222222222222/x");
    assert.equal(name, `arn:${partition}:iam::222222222222:role/x`);
    assert.deepEqual(hops.at(-1), { profile: name, roleArn: name, position: { file: C, line: 2 } });
  });
}

test("a role that no profile names has nothing of how its source's credentials are got", () => {
  const how =
    "role_arn source_profile credential_source web_identity_token_file role_session_name external_id mfa_serial duration_seconds policy policy_arns source_identity tags transitive_tag_keys sso_session sso_start_url sso_region sso_account_id sso_role_name sso_registration_scopes login_session credential_process access_key_id aws_access_key_id aws_secret_access_key aws_session_token";
  const lines = how.split(" ").filter((name) => !/^aws_(?!session)|^access/.test(name));
  const config = awsConfig(
    `[aws-as]\nsource_profile = u\n[profile u]\nregion = eu-west-1\n${lines.map((name) => `${name} = x\n`).join("")}[aws-as u]\naccess_key_id = AKIA`,
    `[u]\n${KEYS}`,
  );
  assert.deepEqual([...resolveIdentity(config, arn("x")).settings.keys()], ["region"]);
});
