import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { configFiles, tildePath } from "../../src/config/aws-config.ts";

const home = join("/home", "me");

const choices: [string, Record<string, string>, string, string][] = [
  ["both files lie in ~/.aws", {}, join(home, ".aws", "config"), join(home, ".aws", "credentials")],
  [
    "the environment moves each of them",
    { AWS_CONFIG_FILE: "/c", AWS_SHARED_CREDENTIALS_FILE: "rel/s" },
    "/c",
    "rel/s",
  ],
  [
    "a leading ~/ is the home folder",
    { AWS_CONFIG_FILE: "~/c", AWS_SHARED_CREDENTIALS_FILE: "~x/s" },
    join(home, "c"),
    "~x/s",
  ],
  [
    "an empty variable is not set",
    { AWS_CONFIG_FILE: "" },
    join(home, ".aws", "config"),
    join(home, ".aws", "credentials"),
  ],
];

for (const [name, env, config, credentials] of choices) {
  test(name, () => assert.deepEqual(configFiles(env, home), { config, credentials }));
}

test("messages show ~ for the home folder and for nothing else", () => {
  const path = join("/home/me/.aws/config");
  assert.equal(tildePath(path, "/home/me"), "~/.aws/config");
  assert.equal(tildePath(path, "/home/me/"), "~/.aws/config");
  assert.equal(tildePath("/home/meier/.aws", "/home/me"), "/home/meier/.aws");
  assert.equal(tildePath("/etc/aws", "/"), "/etc/aws");
  assert.equal(tildePath("/etc/aws", ""), "/etc/aws");
});
