import assert from "node:assert/strict";
import test from "node:test";
import { otherClients } from "../../../src/commands/explain/other-clients.ts";
import { mergeDocuments } from "../../../src/config/aws-config.ts";
import { parseDocument } from "../../../src/config/files/document.ts";

const role = "role_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n";
const keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";
const sso =
  "sso_account_id = 111111111111\nsso_role_name = R\nsso_start_url = https://x\nsso_region = eu-west-1\n";
const web = "web_identity_token_file = /t\nrole_arn = arn:aws:iam::111111111111:role/w\n";
const stanza = "credential_process = /bin/aws-as process someone\n";
const foreign = "credential_process = /bin/get-keys\n";

/** Who does what, in short: `Java>sso`, from the sentences. */
function told(config: string, credentials = "", reached: "asked" | "source" = "asked"): string[] {
  const text = (body: string, header: string) => Buffer.from(body === "" ? "" : `${header}\n${body}`);
  const merged = mergeDocuments(
    parseDocument(text(config, "[profile p]"), "config", "config"),
    parseDocument(text(credentials, "[p]"), "credentials", "credentials"),
  );
  return otherClients(merged, "p", reached).map((sentence) => sentence.replace('profile "p": ', ""));
}

const rows: readonly (readonly [
  what: string,
  config: string,
  credentials: string,
  expected: readonly string[],
])[] = [
  ["a role and nothing else", role, "", []],
  ["a stanza and nothing else", `${stanza}region = eu-west-1\n`, "", []],
  ["somebody else's process and nothing else", foreign, "", []],
  ["keys in either file", "", keys, []],
  ["a role with keys: all agree that are known", role, keys, []],
  [
    "a role of the machine with keys: Go takes the keys first",
    "role_arn = arn:aws:iam::111111111111:role/r\ncredential_source = Environment\n",
    keys,
    [
      "Go and Terraform prefer the keys in the credentials file (credentials:2) to the role (config:2), which aws-as takes",
    ],
  ],
  [
    "a stanza with keys of the same name",
    stanza,
    keys,
    [
      "aws-cli and boto3, Go and Terraform, JavaScript, Ruby, PHP, C++ prefer the keys in the credentials file (credentials:2) to its credential_process (config:2)",
      ".NET finds no credentials in it",
    ],
  ],
  [
    "a stanza with keys in the config file",
    stanza + keys,
    "",
    [
      "Go and Terraform, JavaScript, Ruby prefer the keys in the config file (config:3) to its credential_process (config:2)",
      ".NET finds no credentials in it",
    ],
  ],
  [
    "a stanza with SSO",
    stanza + sso,
    "",
    [
      "aws-cli and boto3, Go and Terraform, Java, Rust, Ruby, PHP prefer IAM Identity Center (config:3) to its credential_process (config:2)",
    ],
  ],
  [
    "a stanza with a bare role_arn",
    `${stanza}role_arn = arn:aws:iam::111111111111:role/r\n`,
    "",
    ["aws-cli and boto3, Rust, Ruby refuse it", ".NET finds no credentials in it"],
  ],
  [
    "a stanza with a role and its source",
    stanza + role,
    "",
    [
      "aws-cli and boto3, JavaScript, Java, Rust, Ruby prefer the role (config:3) to its credential_process (config:2)",
      "Go and Terraform refuse it",
      ".NET finds no credentials in it",
    ],
  ],
  [
    "a stanza with mfa_serial",
    `${stanza}mfa_serial = arn:aws:iam::111111111111:mfa/u\n`,
    "",
    [".NET finds no credentials in it"],
  ],
  [
    "SSO with keys",
    sso,
    keys,
    [
      "Go and Terraform, JavaScript, C++ prefer the keys in the credentials file (credentials:2) to IAM Identity Center (config:2), which aws-as takes",
    ],
  ],
  [
    "web identity with keys",
    web,
    keys,
    [
      "Go and Terraform, JavaScript, C++ prefer the keys in the credentials file (credentials:2) to the web identity (config:2), which aws-as takes",
    ],
  ],
];
for (const [what, config, credentials, expected] of rows) {
  test(`clients that decide otherwise: ${what}`, () => {
    assert.deepEqual(told(config, credentials), expected);
  });
}

test("a source with keys and a role gives its keys in every client", () => {
  assert.deepEqual(told(role + sso, keys, "source"), []);
});

test("config-05: of a source with SSO settings and keys aws-as takes the keys, and explain says who does not", () => {
  assert.deepEqual(told(sso, keys, "source"), [
    "aws-cli and boto3, Java prefer IAM Identity Center (config:2) to the keys in the credentials file (credentials:2), which aws-as takes",
  ]);
});

test("config-05: so with a web identity or a process beside the keys of a source", () => {
  assert.deepEqual(told(web, keys, "source"), [
    "aws-cli and boto3, Java prefer the web identity (config:2) to the keys in the credentials file (credentials:2), which aws-as takes",
  ]);
  assert.deepEqual(told(foreign + keys, "", "source"), [
    "aws-cli and boto3, Java prefer credential_process (config:2) to the keys in the config file (config:3), which aws-as takes",
  ]);
});
