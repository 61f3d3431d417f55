import assert from "node:assert/strict";
import test from "node:test";
import {
  mfaProcessOf,
  serviceUrls,
  sessionName,
  sessionSeconds,
  settingOf,
} from "../../src/config/settings.ts";
import { UserError } from "../../src/system/user-error.ts";
import { awsConfig } from "./files/config-text.ts";

const settings: [string, string, string | undefined][] = [
  ["nothing says it", "[profile a]\nx = 1", undefined],
  ["[aws-as] says it for all", "[aws-as]\nkey = all", "all"],
  ["a profile goes before [aws-as]", "[aws-as]\nkey = all\n[profile b]\nkey = b", "b"],
  ["[aws-as NAME] goes before the profile", "[profile a]\nkey = a\n[aws-as a]\nkey = own", "own"],
  ["the first name goes before the second", "[aws-as b]\nkey = b\n[profile a]\nkey = a", "a"],
  ["an empty value says that there is none", "[aws-as]\nkey = all\n[profile a]\nkey =", undefined],
  ["an empty value for all says nothing", "[aws-as]\nkey =", undefined],
];
for (const [name, text, expected] of settings) {
  test(`a setting of two names: ${name}`, () => {
    assert.equal(settingOf(awsConfig(text), "key", "a", "b"), expected);
  });
}

const processes: [string, Record<string, string>, string | undefined][] = [
  ["the identity's own", {}, "of-role"],
  ["the environment's before it", { AWS_AS_MFA_PROCESS: "of-env" }, "of-env"],
  ["an empty variable is not set", { AWS_AS_MFA_PROCESS: "" }, "of-role"],
];
for (const [name, env, expected] of processes) {
  test(`the command that prints codes: ${name}`, () => {
    const config = awsConfig("[profile r]\nmfa_process = of-role\n[profile u]\nmfa_process = of-user");
    assert.equal(mfaProcessOf(config, env, "r", "u"), expected);
    assert.equal(mfaProcessOf(config, {}, "other", "u"), "of-user");
    assert.equal(mfaProcessOf(config, {}, "other", "none"), undefined);
  });
}

const lengths: [string, number | string][] = [
  ["", 43_200],
  ["session_seconds = 900", 900],
  ["session_seconds = 129600", 129_600],
  ["session_seconds = 899", "899"],
  ["session_seconds = 129601", "129601"],
  ["session_seconds = 1h", "1h"],
  ["session_seconds = 1e3", "1e3"],
  ["session_seconds = x900", "x900"],
];
for (const [line, expected] of lengths) {
  test(`a base session lasts as the profile says: ${line || "nothing"}`, () => {
    const read = () => sessionSeconds(awsConfig(`[profile u]\n${line}\n`), "u");
    if (typeof expected === "number") return assert.equal(read(), expected);
    assert.throws(read, {
      message: `~/.aws/config:2: session_seconds = ${expected} is not a number from 900 to 129600`,
      hints: ["12 hours are session_seconds = 43200"],
    });
  });
}

const names: [string, string][] = [
  ["me", "me"],
  ["first.last+x=1,@y-z_0", "first.last+x=1,@y-z_0"],
  ["DOMAIN\\Jörg Müller", "DOMAIN-J-rg-M-ller"],
  ["x", "aws-as-x"],
  ["", "aws-as"],
  ["ü", "aws-as-"],
  ["n".repeat(65), "n".repeat(64)],
];
for (const [user, expected] of names) {
  test(`the session name of the user "${user}" is one that STS takes`, () => {
    assert.equal(sessionName(user), expected);
    assert.match(expected, /^[\w+=,.@-]{2,64}$/);
  });
}

test("a services section gives the addresses of services, each with its place", () => {
  const config = awsConfig(
    `[services s]
sts =
  endpoint_url = http://localhost:1
iam =
  max_attempts = 3
  endpoint_url=http://localhost:2
sso =
  x_endpoint_url = http://localhost:3
ec2 =
  endpoint_url = two words
s3 = endpoint_url`,
  );
  assert.deepEqual(
    [...serviceUrls(config, said("s"))],
    [
      ["sts", { value: "http://localhost:1", position: { file: "~/.aws/config", line: 2 } }],
      ["iam", { value: "http://localhost:2", position: { file: "~/.aws/config", line: 4 } }],
      // What is no address is an error where it is used, and not another address.
      ["ec2", { value: "two words", position: { file: "~/.aws/config", line: 9 } }],
    ],
  );
  assert.equal(serviceUrls(config, undefined).size, 0);
});

const said = (value: string) => ({ value, position: { file: "~/.aws/config", line: 7 } });

test("credentials-12: services that name no section are an error, so that nothing goes to AWS itself", () => {
  const config = awsConfig("[services local]\nsts =\n  endpoint_url = http://localhost:1\n[services ü]\n");
  const message = (name: string) => {
    try {
      return String(serviceUrls(config, said(name)).size);
    } catch (error) {
      assert.ok(error instanceof UserError);
      return [error.message, ...error.hints].join(" | ");
    }
  };
  assert.equal(message("local"), "1");
  assert.equal(
    message("locl"),
    '~/.aws/config:7: services = "locl", and there is no [services] section of that name | did you mean "local"?',
  );
  assert.match(message("ü"), /^~\/\.aws\/config:4: the name "ü" has letters/);
});

test("credentials-12: a line in [services] that cannot be read is an error for whoever uses the section", () => {
  const config = awsConfig("[services local]\nsts =\n  endpoint_url http://localhost:1\n");
  assert.throws(() => serviceUrls(config, said("local")), {
    message: '~/.aws/config:3: a sub-property without "=" (not shown: it may hold a secret)',
  });
});
