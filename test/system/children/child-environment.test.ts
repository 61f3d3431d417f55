import assert from "node:assert/strict";
import test from "node:test";
import { childEnvironment } from "../../../src/system/children/child-environment.ts";

const cases: [string, Record<string, string | undefined>, Record<string, string>][] = [
  ["nothing", {}, {}],
  [
    "plain variables are kept",
    { PATH: "/bin", HOME: "/h", EMPTY: "" },
    { PATH: "/bin", HOME: "/h", EMPTY: "" },
  ],
  ["absent ones stay absent", { GONE: undefined }, {}],
  ["the caller's profile goes", { AWS_PROFILE: "p", AWS_DEFAULT_PROFILE: "p" }, {}],
  [
    "the caller's keys go",
    { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t", AWS_SECURITY_TOKEN: "t" },
    {},
  ],
  [
    "what was meant for us alone goes",
    { AWS_AS_PASSPHRASE: "p", AWS_AS_NEW_PASSPHRASE: "n", AWS_AS_MFA_CODE: "123456" },
    {},
  ],
  ["aws-cli's data path goes", { AWS_DATA_PATH: "/x" }, {}],
  ["in any case of letters", { Aws_Profile: "p" }, {}],
  [
    "files, addresses and trust are kept",
    {
      AWS_CONFIG_FILE: "c",
      AWS_SHARED_CREDENTIALS_FILE: "s",
      AWS_CA_BUNDLE: "b",
      HTTPS_PROXY: "h",
      AWS_REGION: "r",
    },
    {
      AWS_CONFIG_FILE: "c",
      AWS_SHARED_CREDENTIALS_FILE: "s",
      AWS_CA_BUNDLE: "b",
      HTTPS_PROXY: "h",
      AWS_REGION: "r",
    },
  ],
  [
    "attack-13: an empty element of PATH, the current folder, is left out",
    { PATH: ":/bin::/usr/bin:" },
    { PATH: "/bin:/usr/bin" },
  ],
];

for (const [name, environment, kept] of cases) {
  test(`a child's environment: ${name}`, () => {
    assert.deepEqual(childEnvironment(environment), { ...kept, AWS_AS_GUARD: "1" });
  });
}
