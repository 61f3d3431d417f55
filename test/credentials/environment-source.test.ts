import assert from "node:assert/strict";
import test from "node:test";
import type { Identity } from "../../src/config/resolve/identity.ts";
import { environmentSource } from "../../src/credentials/plan-for.ts";
import type { Environment } from "../../src/system/environment.ts";
import { hop, identity, processRoot, sourced } from "../support/identities.ts";

const user = identity("u");
const full = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };

const keys: [string, Environment, string[] | undefined][] = [
  ["all three", full, ["AKIA", "s", "t"]],
  ["a long-term key", { ...full, AWS_SESSION_TOKEN: undefined }, ["AKIA", "s"]],
  ["an empty token", { ...full, AWS_SESSION_TOKEN: "" }, ["AKIA", "s"]],
  ["no secret", { ...full, AWS_SECRET_ACCESS_KEY: undefined }, undefined],
  ["an empty secret", { ...full, AWS_SECRET_ACCESS_KEY: "" }, undefined],
  ["no id", { ...full, AWS_ACCESS_KEY_ID: undefined }, undefined],
  ["an empty id", { ...full, AWS_ACCESS_KEY_ID: "" }, undefined],
  ["nothing", {}, undefined],
];
for (const [name, env, expected] of keys) {
  test(`the key of an environment with ${name}`, () => {
    const { environmentKey, ...rest } = environmentSource(env, user);
    assert.deepEqual(rest, { surroundings: ["", "", ""] });
    if (environmentKey === undefined) return assert.equal(expected, undefined);
    const { accessKeyId, secretAccessKey, sessionToken } = environmentKey;
    const token = "sessionToken" in environmentKey ? [sessionToken?.reveal()] : [];
    assert.deepEqual([accessKeyId, secretAccessKey.reveal(), ...token], expected);
  });
}

test("containers and instances are told apart by their addresses, and by no token", () => {
  const env = {
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/a",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://b",
    AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://c",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "canary",
  };
  assert.deepEqual(environmentSource(env, user), { surroundings: ["/a", "http://b", "http://c"] });
});

const fromEnvironment = {
  kind: "credential-source",
  profile: "r",
  source: "Environment",
  position: processRoot.position,
} as const;
const chain = sourced("b", fromEnvironment, [hop("r"), hop("b")]);
const acting = { ...full, AWS_AS_IDENTITY: "b", AWS_AS_ACCESS_KEY_ID: "AKIA" };

const shells: [string, Identity, Environment, boolean][] = [
  ["acts as the identity itself", chain, acting, true],
  ["acts as a role on the way to it", chain, { ...acting, AWS_AS_IDENTITY: "r" }, true],
  ["acts as another identity", chain, { ...acting, AWS_AS_IDENTITY: "x" }, false],
  ["has a key that was set since", chain, { ...acting, AWS_AS_ACCESS_KEY_ID: "AKIAOTHER" }, false],
  ["acts as nobody", chain, full, false],
  ["has an empty name", chain, { ...acting, AWS_AS_IDENTITY: "" }, false],
  [
    "is of no concern to a container",
    sourced("b", { ...fromEnvironment, source: "EcsContainer" }),
    acting,
    false,
  ],
  ["is of no concern to a key in a file", identity("b"), acting, false],
];
for (const [name, who, env, refused] of shells) {
  test(`a shell that ${name} ${refused ? "cannot" : "can"} give the key`, () => {
    if (!refused) return assert.doesNotThrow(() => environmentSource(env, who));
    assert.throws(() => environmentSource(env, who), {
      message: `~/.aws/config:1: profile "r" takes its keys from the environment, where the session of "${env["AWS_AS_IDENTITY"]}" stands now`,
      hints: [
        "give this shell back the keys that were there before: aws-as-deactivate, or open another shell",
      ],
    });
  });
}
