import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { configFiles } from "../../src/config/aws-config.ts";
import { resolveIdentity } from "../../src/config/resolve/resolve.ts";
import { UserError } from "../../src/system/user-error.ts";
import { fakeMachine } from "../support/fake-machine.ts";
import { told } from "../support/told.ts";
import { awsConfig } from "./files/config-text.ts";

// Files as people have them, from public reports: what aws-cli and boto3 read, aws-as reads, and says why where not.

const key =
  "aws_access_key_id = AKIAEXAMPLEEXAMPLE00\naws_secret_access_key = abcdEFGHijklMNOPqrstUVWXyz0123456789abcd\n";
const keys = `[keys]\n${key}`;
const role = "role_arn = arn:aws:iam::111111111111:role/x\nsource_profile = keys\n";

/** The way to an identity in short, or the error with its hints. */
function way(name: string, config: string, credentials = keys): string {
  try {
    const { root, hops } = resolveIdentity(awsConfig(config, credentials), name);
    return [root.profile, ...hops.map(({ roleArn }) => roleArn.replace(/^.*role\//, ""))].join(" > ");
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return [error.message, ...error.hints].join(" | ");
  }
}

const read: readonly (readonly [
  what: string,
  name: string,
  config: string,
  credentials: string,
  way: string,
])[] = [
  [
    "config-01: a profile whose lines are all indented",
    "work",
    `[default]\nregion = eu-west-1\n\n[profile work]\n    ${role.replace("\n", "\n    ")}`,
    keys,
    "keys > x",
  ],
  [
    "config-01: a file that is indented as a whole",
    "work",
    `\t[profile work]\n\t${role.replace("\n", "\n\t")}`,
    keys,
    "keys > x",
  ],
  [
    "config-02: an indented comment below a secret",
    "work",
    `[profile work]\n${role}`,
    `${keys}  # the key of my laptop\n`,
    "keys > x",
  ],
  [
    "config-03: a comment, and a bare word, in settings that aws-as does not use",
    "work",
    `[profile work]\n${role}s3 =\n  # faster\n  max_concurrent_requests = 20\n  word\n`,
    keys,
    "keys > x",
  ],
  [
    "config-04: an indented comment below a header",
    "work",
    `[profile work]\n  # ask Bob first\n${role}`,
    keys,
    "keys > x",
  ],
  ["config-06: a name in quotes", "dev", `[profile "dev"]\n${role}`, keys, "keys > x"],
  ["config-06: a name with a blank in quotes", "my work", `[profile 'my work']\n${role}`, keys, "keys > x"],
  [
    "config-07: a name with a blank in the credentials file",
    "work",
    `[profile work]\n${role.replace("keys", "my keys")}`,
    `[my keys]\n${key}`,
    "my keys > x",
  ],
  [
    "config-08: no-break spaces around names and values",
    "work",
    `[profile work]\u00a0\n${role.replaceAll(" = ", "\u00a0=\u00a0").replaceAll("\n", "\u00a0\u00a0\n")}`,
    keys,
    "keys > x",
  ],
  [
    "config-11: a colon in place of an equals sign",
    "work",
    `[profile work]\n${role.replaceAll(" =", ":")}`,
    keys,
    "keys > x",
  ],
  [
    "config-12: [DEFAULT], which is nobody's",
    "work",
    `[DEFAULT]\nrole_arn = arn:aws:iam::222222222222:role/y\n[profile work]\n${role}`,
    keys,
    "keys > x",
  ],
  ["config-20: a header with nothing in it", "work", `[]\nx = y\n[profile work]\n${role}`, keys, "keys > x"],
  [
    "a damaged line in another profile",
    "work",
    `[profile other]\nword\n[profile work]\n${role}[profile third\n`,
    keys,
    "keys > x",
  ],
];

for (const [what, name, config, credentials, expected] of read) {
  test(`${what} is read`, () => assert.equal(way(name, config, credentials), expected));
}

test("config-08: what is trimmed is trimmed in what STS is sent", () => {
  const { hops } = resolveIdentity(
    awsConfig(`[profile work]\n${role}external_id = e1\u00a0\n`, keys),
    "work",
  );
  assert.equal(hops[0]?.externalId, "e1");
});

test("config-11: a value keeps the equals sign behind the colon that separates it", () => {
  const { hops } = resolveIdentity(awsConfig(`[profile work]\n${role}external_id: a=b\n`, keys), "work");
  assert.equal(hops[0]?.externalId, "a=b");
});

const letters = "has letters that not all AWS clients take, so aws-as does not read the section";
const rename =
  "rename it: letters, digits and _.@:/+%- are read by every client | see how clients read it: aws-as doctor";
const noEquals = 'a line without "=" (not shown: it may hold a secret)';

const refused: readonly (readonly [
  what: string,
  name: string,
  config: string,
  credentials: string,
  said: string,
])[] = [
  [
    "shells-09, credentials-04: a name of other letters",
    "本番",
    `\n[profile 本番]\n${role}`,
    keys,
    `~/.aws/config:2: the name "本番" ${letters} | ${rename}`,
  ],
  [
    "credentials-04: other signs",
    "a&b",
    `[profile a&b]\n${role}`,
    keys,
    `~/.aws/config:1: the name "a&b" ${letters} | ${rename}`,
  ],
  [
    "shells-09: other letters in quotes",
    "ü x",
    `[profile "ü x"]\n${role}`,
    keys,
    `~/.aws/config:1: the name "ü x" ${letters} | ${rename}`,
  ],
  [
    "shells-09: an apostrophe",
    "it's",
    `[profile it's]\n${role}`,
    keys,
    `~/.aws/config:1: the name "it's" ${letters} | ${rename}`,
  ],
  [
    "credentials-04: a source of other letters",
    "r",
    `[profile r]\n${role.replace("keys", "müller")}`,
    `[müller]\n${key}`,
    `~/.aws/config:3: profile "r" names "müller" as source_profile, and that is not read: ~/.aws/credentials:1: the name "müller" ${letters} | ${rename}`,
  ],
  [
    "a name with a blank and no quotes",
    "my work",
    `[profile my work]\n${role}`,
    keys,
    '~/.aws/config:1: the name "my work" has a blank and no quotes, so that aws-as, aws-cli and others do not read the section | choose a name without blanks, or put it in quotes, which aws-cli and aws-as read | see how clients read it: aws-as doctor',
  ],
  [
    "a profile without the word",
    "work",
    `[work]\n${role}`,
    keys,
    '~/.aws/config:1: the section of "work" lacks the word profile, so that clients pass over it | write its header as [profile NAME] | see how clients read it: aws-as doctor',
  ],
  [
    "the word in the credentials file",
    "work",
    "",
    `[profile work]\n${key}`,
    '~/.aws/credentials:1: the section of "work" is written with the word profile, which belongs in the config file alone | write its header as [NAME] | see how clients read it: aws-as doctor',
  ],
  [
    "the word in capitals",
    "work",
    `[Profile work]\n${role}`,
    keys,
    '~/.aws/config:1: the header of "work" does not begin with [profile and a blank, so that clients pass over it | write its header as [profile NAME] | see how clients read it: aws-as doctor',
  ],
  [
    "a header without its bracket",
    "work",
    `[profile work\n${role}`,
    keys,
    '~/.aws/config:1: section must end with ]: "[profile work"',
  ],
  [
    "a damaged line of its own",
    "work",
    `[profile work]\n${role}word\n`,
    keys,
    `~/.aws/config:4: ${noEquals}`,
  ],
  [
    "a damaged line in its source",
    "work",
    `[profile work]\n${role}`,
    `${keys}abcd\n`,
    `~/.aws/credentials:4: ${noEquals}`,
  ],
  [
    "a damaged line in its [aws-as NAME]",
    "work",
    `[profile work]\n${role}[aws-as work]\nmfa_serial\n`,
    keys,
    `~/.aws/config:5: ${noEquals}`,
  ],
  [
    "a header that got lost",
    "work",
    role,
    keys,
    'no profile "work" in ~/.aws/config or ~/.aws/credentials | it may be because of ~/.aws/config:1: a property before the first section: aws-as doctor',
  ],
  [
    "an sso-session of other letters",
    "work",
    "[profile work]\nsso_session = ü\nsso_account_id = 1\nsso_role_name = r\n[sso-session ü]\n",
    keys,
    `~/.aws/config:2: profile "work" names sso_session "ü", and that is not read: ~/.aws/config:5: the name "ü" ${letters} | ${rename}`,
  ],
  [
    "config-13: two sources of one role",
    "work",
    `[profile work]\n${role}web_identity_token_file = /tmp/token.jwt\n`,
    keys,
    '~/.aws/config:2: profile "work" has source_profile and web_identity_token_file; a role has one source',
  ],
  [
    "config-19: a temporary key without its token",
    "work",
    `[profile work]\n${role}`,
    keys.replace("AKIA", "ASIA"),
    '~/.aws/credentials:2: profile "keys" has a temporary key (ASIA…) without its aws_session_token | write all three lines of the temporary credentials, or take out these two',
  ],
  [
    "config-19: a temporary key whose token has its old name",
    "keys",
    "",
    `${keys.replace("AKIA", "ASIA")}aws_security_token = t\n`,
    '~/.aws/credentials:2: profile "keys" has a temporary key (ASIA…) without its aws_session_token | ~/.aws/credentials:4: name it aws_session_token; only aws-cli and boto3 read aws_security_token',
  ],
  [
    "config-21: a secret in quotes",
    "work",
    `[profile work]\n${role}`,
    keys.replace(/(abcd.*)\n/, '"$1"\n'),
    '~/.aws/credentials:3: profile "keys" has its aws_secret_access_key in quotes, which AWS clients take for a part of it | take the quotes off',
  ],
  [
    "config-21: an id in quotes",
    "work",
    `[profile work]\n${role}`,
    keys.replace(/(AKIA.*)\n/, "'$1'\n"),
    '~/.aws/credentials:2: profile "keys" has its aws_access_key_id in quotes, which AWS clients take for a part of it | take the quotes off',
  ],
];

for (const [what, name, config, credentials, said] of refused) {
  test(`${what} is told with file and line`, () => assert.equal(way(name, config, credentials), said));
}

test("config-14: roles of Ceph and MinIO may be used where an endpoint is named, and nowhere else", () => {
  const arns = [
    "arn:aws:iam:::role/S3Access",
    "arn:aws:iam::tenant1:role/x",
    "arn:minio:iam:::role/x",
    "arn:aws:iam::123456789:role/x",
  ];
  for (const arn of arns) {
    const text = `[profile work]\nrole_arn = ${arn}\nsource_profile = keys\n`;
    const short = arn.replace(/^.*role\//, "");
    assert.match(
      way("work", text),
      /^~\/\.aws\/config:2: profile "work": role_arn ".*" is not the ARN of a role$/,
    );
    assert.equal(way("work", `${text}endpoint_url = http://127.0.0.1:8000\n`), `keys > ${short}`);
    assert.equal(
      way("work", `${text}services = s\n[services s]\nsts =\n  endpoint_url = http://127.0.0.1:8000\n`),
      `keys > ${short}`,
    );
    // By the ARN itself, and where the environment names the endpoint.
    assert.equal(way(arn, `${text}endpoint_url = http://127.0.0.1:8000\n`), `keys > ${short}`);
    const config = { ...awsConfig(text, keys), elsewhere: true };
    assert.equal(resolveIdentity(config, "work").hops[0]?.roleArn, arn);
  }
  const web =
    "[profile w]\nrole_arn = arn:minio:iam:::role/x\nweb_identity_token_file = /t\nendpoint_url = http://127.0.0.1:9\n";
  assert.equal(way("w", web), "w");
  const user =
    "[profile w]\nrole_arn = arn:aws:iam:::user/x\nsource_profile = keys\nendpoint_url = http://127.0.0.1:9\n";
  assert.match(way("w", user), /is not the ARN of a role$/);
});

test("credentials-08: variables in the paths of the files stand for what they do in a shell", () => {
  const env = { HOME: "/home/me", team: "/srv/team" };
  const pathOf = (value: string) => configFiles({ ...env, AWS_CONFIG_FILE: value }, "/home/me").config;
  assert.equal(pathOf("$HOME/aws-cfg"), "/home/me/aws-cfg");
  assert.equal(pathOf("${team}/config"), "/srv/team/config");
  assert.equal(pathOf("~/aws-cfg"), join("/home/me/aws-cfg"));
  assert.equal(pathOf("$NOTHING/config"), "$NOTHING/config");
  assert.equal(pathOf("/a$/b"), "/a$/b");
});

/** Odd profiles of each kind beside one that is good. */
const crowd = `[profile good]
${role}
[profile ü-dev]
${role}
[profile 'my work']
${role}
[profile local]
${role}endpoint_url = http://[::1]:4566
region = eu-west-1

[profile damaged]
word
[profile nbsp]
${role}region = eu-west-1\u00a0
[profile minio]
aws_access_key_id = minioadmin
aws_secret_access_key = minioadmin
endpoint_url = http://127.0.0.1:9
[profile r2]
aws_access_key_id = 0123456789abcdef0123456789abcdef
aws_secret_access_key = abcdEFGHijklMNOPqrstUVWXyz0123456789abcd
endpoint_url = http://127.0.0.1:9
[profile last]
${role}`;

test("config-09, config-10, credentials-16: odd profiles stop init for nobody, and each is told with its line", async () => {
  const machine = fakeMachine({ config: crowd, credentials: keys });
  const { status, stdout, stderr } = await told(machine, ["init", "--dry-run", "--offline"]);
  assert.equal(status, 0, stderr);
  const added = [...stdout.matchAll(/^\+\[profile (.*)\]$/gm)].map(([, name]) => name);
  assert.deepEqual(added, ["as-good", "as-local", "as-nbsp", "as-last", "as-keys"]);
  assert.deepEqual(stderr.match(/(?<=warning: ).*/g), [
    "1 section of the AWS files is not read (~/.aws/config:5); why: aws-as doctor",
    'left out "my work": ~/.aws/config:9: the name has a blank, and only aws-cli and boto3 would read a profile of such a name',
    `left out "damaged": ~/.aws/config:20: ${noEquals}`,
    'left out "minio": ~/.aws/config:26: the key is none of AWS: an access key id is 16 or more capital letters and digits, such as AKIA…',
    'left out "r2": ~/.aws/config:30: the key is none of AWS: an access key id is 16 or more capital letters and digits, such as AKIA…',
  ]);
});

test("config-09, config-10: init --adopt takes the good profiles, and none that clients read differently", async () => {
  const machine = fakeMachine({ config: crowd, credentials: keys });
  const { status, stdout, stderr } = await told(machine, ["init", "--adopt", "--dry-run"]);
  assert.equal(status, 0, stderr);
  const adopted = [...stdout.matchAll(/^\+credential_process = .* process (.*)$/gm)].map(([, name]) => name);
  assert.deepEqual(adopted, ["good", "local", "nbsp", "last"]);
  assert.match(
    stderr,
    /left out "my work": ~\/\.aws\/config:9: not every client reads this name of a profile/,
  );
  assert.match(stderr, /left out "damaged": ~\/\.aws\/config:20: a line without "="/);
});

test("config-01: a profile whose lines are indented is served beside, and not adopted", async () => {
  const indented = `[profile work]\n    ${role.replace("\n", "\n    ")}`;
  const init = await told(fakeMachine({ config: indented, credentials: keys }), [
    "init",
    "--dry-run",
    "--offline",
    "work",
  ]);
  assert.match(init.stdout, /^\+\[profile as-work\]$/m);
  const { status, stderr } = await told(fakeMachine({ config: indented, credentials: keys }), [
    "init",
    "--adopt",
    "work",
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /~\/\.aws\/config:2: the line is indented, and not every client reads it/);
});

test("credentials-04: list, init and keys import --all say which sections they pass over", async () => {
  const files = { config: `[profile ü-dev]\n${role}[profile a&b]\n${role}`, credentials: `[müller]\n${key}` };
  const passedOver =
    "3 sections of the AWS files are not read (~/.aws/config:1, ~/.aws/config:4, ~/.aws/credentials:1); why: aws-as doctor";
  const list = await told(fakeMachine(files), ["list"]);
  assert.match(list.stderr, new RegExp(passedOver.replaceAll(/[().]/g, "\\$&")));
  const all = await told(fakeMachine(files), ["keys", "import", "--all"]);
  assert.ok(all.stderr.includes(passedOver), all.stderr);
  assert.match(all.stderr, /there is no key in plain text to import in the sections that are read/);
  const one = await told(fakeMachine(files), ["keys", "import", "müller"]);
  assert.match(one.stderr, /error: ~\/\.aws\/credentials:1: the name "müller" has letters/);
});

test("a key whose section has a damaged line is not imported: the line may be half of the secret", async () => {
  const files = { credentials: `${keys}efgh\n` };
  const { status, stderr } = await told(fakeMachine(files), ["keys", "import", "keys"]);
  assert.equal(status, 1);
  assert.match(stderr, /the key of "keys" cannot be imported: ~\/\.aws\/credentials:4: a line without "="/);
});

test("config-22: no profile of ours stands before a header that JavaScript does not see, and init tells of it", async () => {
  const config = `[profile keys]\ncredential_process = /bin/creds keys\n[profile prod];production\n${role}[profile z]\nregion = x\n`;
  const { stdout, stderr } = await told(fakeMachine({ config }), ["init", "--dry-run", "--offline"]);
  assert.match(stdout, /source_profile = keys\n(?: *\n|\+.*\n)*\+\[profile as-keys\]/);
  assert.doesNotMatch(stdout, /credential_process = .*process keys\n \[profile prod\]/);
  assert.match(
    stderr,
    /~\/\.aws\/config:3: a comment follows the header without a blank, so that JavaScript takes the lines below it/,
  );
});

test("a limit in a profile that other clients read is told by init, with adoption as the cure", async () => {
  const config = `[profile ro]\n${role}policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess\n`;
  const { stderr } = await told(fakeMachine({ config, credentials: keys }), [
    "init",
    "--dry-run",
    "--offline",
  ]);
  assert.match(
    stderr,
    /~\/\.aws\/config:4: other clients pass over policy_arns of "ro", so that "aws --profile ro" acts without: aws-as init --adopt ro/,
  );
});
