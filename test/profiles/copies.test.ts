import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { mergeDocuments } from "../../src/config/aws-config.ts";
import { parseDocument, printDocument } from "../../src/config/files/document.ts";
import { identityProperties, isAboutCredentials } from "../../src/config/resolve/identity-properties.ts";
import { applyActions } from "../../src/profiles/actions.ts";
import { markedSections } from "../../src/profiles/marks.ts";
import { planStanzas } from "../../src/profiles/plan-stanzas.ts";
import { withoutBotocore } from "../support/botocore/botocore.ts";

/** What a generated profile has of the one that it serves, read by real clients. */

const role = "role_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n";
const keys =
  "[u]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token_expiration = x\n";

/** Lines of a profile as people and their tools write them. */
const bodies: Readonly<Record<string, string>> = {
  "unknown and new settings":
    "request_checksum_calculation = when_required\ncli_binary_format = raw-in-base64-out\nfoo_bar=1\naccount_id_endpoint_mode = required\naws_account_id = 111111111111\n",
  "empty values": "cli_pager =\nregion=\noutput = \n",
  "a nested block": "s3 =\n  max_concurrent_requests = 20\n  addressing_style = path\nregion = eu-west-1\n",
  "a nested block with comments and blank lines":
    "s3 =\n    # mine\n    max_concurrent_requests = 20\n\n    ; and\n    addressing_style=path\nregion = eu-west-1\n",
  "two nested blocks with tabs": "s3 =\n\tuse_accelerate_endpoint = true\ns3api =\n\ta = b\noutput = json\n",
  "a value over several lines": "note = one\n  two\n   three\nregion = eu-west-1\n",
  "odd spellings": "Region:eu-west-1\nOUTPUT   =   json\nuser_agent_extra = a  b   \n",
  "comments behind values": "region = eu-west-1 # mine\noutput = json ; mine\n",
  "characters that some clients stumble over":
    "endpoint_url = http://[::1]:4566\ncli_pager = less -R '#x' \"%s\" $HOME\nnote = a=b=c\nregion = eu-west-1\n",
  "letters beyond ASCII": "note = Zürich à\nausgabe_für = x\nregion = eu-west-1\u00a0\n",
  "a name with blanks": "odd name = 1\nregion = eu-west-1\n",
  "the services section": "services = local\nregion = eu-west-1\n",
  "indented lines": "    region = eu-west-1\n    s3 =\n        a = b\n    cli_pager =\n",
  "names that only begin alike": "policy_note = x\nmfa_serial_note = y\nssoish = z\nregion = eu-west-1\n",
};

const all = Object.entries(bodies).map(([what, body], number) => ({ what, name: `p${number}`, body }));
const configText = [
  "[profile u]\nregion = eu-north-1\n",
  ...all.map(({ name, body }) => {
    const indent = /^ +/.exec(body)?.[0] ?? "";
    return `[profile ${name}]\n${role.replace(/^/gm, indent).trimEnd()}\n${body}`;
  }),
  "[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:9\n",
].join("\n");

function init(config: string, credentials = keys) {
  const document = parseDocument(Buffer.from(config), "~/.aws/config", "config");
  const credentialsFile = parseDocument(Buffer.from(credentials), "~/.aws/credentials", "credentials");
  const merged = mergeDocuments(document, credentialsFile);
  const names = [...merged.profiles.keys()].filter((name) => !name.startsWith("as-"));
  const { actions, warnings } = planStanzas({
    config: merged,
    document,
    credentials: credentialsFile,
    names,
    explicit: false,
    prefix: "as-",
    command: "/usr/bin/node /usr/local/bin/aws-as",
    marked: markedSections(document).profiles,
  });
  return { actions, warnings, after: printDocument(applyActions(document, actions)).toString() };
}

type Profiles = Record<string, Record<string, unknown>>;

function readByBotocore(config: string, credentials: string): Profiles {
  const script =
    "import json, botocore.session\nprint(json.dumps(botocore.session.Session().full_config['profiles']))";
  const env = {
    ...process.env,
    LC_ALL: "C.UTF-8",
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
  };
  return JSON.parse(execFileSync("python3", ["-c", script], { env, encoding: "utf8" }));
}

type Load = (options: object) => Promise<{ configFile: Profiles; credentialsFile: Profiles }>;
const ofSdk = createRequire(createRequire(import.meta.url).resolve("@aws-sdk/client-sts"));

async function readByJavaScript(configFilepath: string, filepath: string): Promise<Profiles> {
  const { loadSharedConfigFiles } = ofSdk(["@smithy/core", "config"].join("/")) as {
    loadSharedConfigFiles: Load;
  };
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    filepath,
    configFilepath,
    ignoreCache: true,
  });
  const names = Object.keys({ ...configFile, ...credentialsFile });
  return Object.fromEntries(names.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
}

/** What a client makes of a profile, without its credentials. */
function settings(profile: Record<string, unknown> | undefined): unknown {
  const said = Object.entries(profile ?? {});
  return Object.fromEntries(said.filter(([name]) => !isAboutCredentials(name)));
}

for (const [client, skip, read] of [
  ["botocore", withoutBotocore(), readByBotocore],
  ["the JavaScript SDK", false, readByJavaScript],
] as const) {
  test(`clients-03: ${client} reads the same of a generated profile as of the one that it serves`, {
    skip,
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "aws-as-copies-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [config, credentials] = [join(folder, "config"), join(folder, "credentials")];
    const texts = [configText, configText.replaceAll("\n", "\r\n"), `\ufeff${configText.trimEnd()}`];
    for (const text of client === "botocore" ? texts.slice(0, 2) : texts) {
      writeFileSync(config, init(text).after);
      writeFileSync(credentials, `${keys}region = sa-east-1\ncli_pager =\n`);
      const profiles = await read(config, credentials);
      for (const { what, name } of all) {
        assert.deepEqual(settings(profiles[`as-${name}`]), settings(profiles[name]), what);
        const odd = Object.keys(profiles[`as-${name}`] ?? {}).filter(isAboutCredentials);
        assert.deepEqual(odd, ["credential_process"], what);
      }
    }
  });
}

test("clients-03: the lines of a profile are copied byte for byte, and init run again changes nothing", () => {
  const { after, warnings } = init(configText);
  assert.deepEqual(warnings, []);
  for (const { what, name, body } of all) {
    const stanza = new RegExp(`\\[profile as-${name}\\]\n[^]*?(?=\n\\[|$)`).exec(after)?.[0] ?? "";
    const lines = body.replace(/^ {4}/gm, (indent) => (what === "indented lines" ? "" : indent)).split("\n");
    for (const line of lines) assert.ok(stanza.split("\n").includes(line), `${what}: ${line} in\n${stanza}`);
  }
  assert.deepEqual(init(after).actions, []);
});

test("clients-03: init again brings each copy up to date: what was changed, added and taken away", () => {
  for (const { what, body } of all.filter(({ body }) => !body.startsWith(" "))) {
    for (const [from, to] of [
      ["", body],
      [body, ""],
      [body, "region = us-east-2\ns3 =\n  max_concurrent_requests = 1\n"],
      ["s3 =\n  # x\n  a = b\n\nregion = us-east-2\n", body],
    ] as const) {
      const before = init(`[profile p]\n${role}${from}\n[services local]\n`);
      const changed = before.after.replace(`${role}${from}`, () => `${role}${to}`);
      const again = init(changed);
      const fresh = init(`[profile p]\n${role}${to}\n[services local]\n`);
      const linesOf = (text: string) => text.split("\n").toSorted();
      assert.deepEqual(linesOf(again.after), linesOf(fresh.after), `${what}\n${again.after}`);
      assert.deepEqual(init(again.after).actions, [], what);
    }
  }
});

test("clients-03: settings of the credentials file are copied, but for what may be a secret, which is named", () => {
  const { after, warnings } = init(
    `[profile u]\noutput = text\n`,
    `${keys}region = sa-east-1\ns3 =\n  a = b\nokta_password = hunter2\nx_principal_arn = arn\n`,
  );
  assert.match(after, /\noutput = text\nregion = sa-east-1\ns3 =\n {2}a = b\nx_principal_arn = arn\n/);
  assert.doesNotMatch(after, /hunter2|AKIA|expiration/);
  assert.deepEqual(warnings, [
    '~/.aws/credentials:8: okta_password may be a secret, so that "as-u" goes without it',
  ]);
});

test("clients-03: nothing about credentials is copied", () => {
  const others = [
    "sso_whatever",
    "aws_security_token",
    "x_security_token_expires",
    "expiration",
    "aws_credential_expiration",
  ];
  const names = [...identityProperties.filter((name) => !role.includes(`${name} =`)), ...others];
  for (const name of names) {
    const text = `[profile p]\n${role}${name} = 900\nregion = eu-west-1\n`;
    const { after } = init(text);
    assert.equal(after.split(`${name} = 900`).length, 2, name);
  }
});
