import assert from "node:assert/strict";
import test from "node:test";
import type { Change } from "../../src/emit/change.ts";
import { changesTo, changesToNothing } from "../../src/switch/changes.ts";
import type { Environment } from "../../src/system/environment.ts";

const target = {
  identity: "my-role1",
  accessKeyId: "ASIA1",
  secretAccessKey: "s",
  sessionToken: "t",
  expiration: "2026-01-01T00:00:00Z",
};

/** The environment after the changes. */
function apply(env: Environment, changes: Change[]): Environment {
  const after = { ...env };
  for (const change of changes) {
    if (change.kind === "set") after[change.name] = change.value;
    else delete after[change.name];
  }
  return after;
}

const acting = {
  AWS_ACCESS_KEY_ID: "ASIA1",
  AWS_SECRET_ACCESS_KEY: "s",
  AWS_SESSION_TOKEN: "t",
  AWS_CREDENTIAL_EXPIRATION: "2026-01-01T00:00:00Z",
  AWS_AS_IDENTITY: "my-role1",
  AWS_AS_ACCESS_KEY_ID: "ASIA1",
};
const inRegion = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1", AWS_AS_REGION: "eu-west-1" };

test("a switch sets the credentials, their end, and whose they are", () => {
  assert.deepEqual(apply({}, changesTo(target, {})), acting);
});

test("a switch sets both regions of an identity that has one", () => {
  assert.deepEqual(apply({}, changesTo({ ...target, region: "eu-west-1" }, {})), { ...acting, ...inRegion });
});

test("a switch removes what would beat the credentials", () => {
  const rivals = {
    AWS_PROFILE: "x",
    AWS_DEFAULT_PROFILE: "x",
    AWS_SECURITY_TOKEN: "x",
    AWS_ROLE_ARN: "x",
    AWS_ROLE_SESSION_NAME: "x",
    AWS_WEB_IDENTITY_TOKEN_FILE: "x",
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "x",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "x",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "x",
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "x",
  };
  assert.deepEqual(apply({ ...rivals, OTHER: "y" }, changesTo(target, rivals)), { ...acting, OTHER: "y" });
});

test("a switch keeps the user's own region, and takes back ours", () => {
  const own = { AWS_REGION: "us-east-1" };
  assert.deepEqual(apply(own, changesTo(target, own)), { ...acting, ...own });
  assert.deepEqual(apply({ ...acting, ...inRegion }, changesTo(target, { ...acting, ...inRegion })), acting);
});

test("removals come before everything else", () => {
  const kinds = changesTo({ ...target, region: "r" }, {}).map((change) => change.kind);
  assert.equal(kinds.lastIndexOf("unset") < kinds.indexOf("set"), true);
});

test("leaving removes what we set and nothing else", () => {
  const env = { ...acting, ...inRegion, AWS_PROFILE: "mine", HOME: "/" };
  assert.deepEqual(apply(env, changesToNothing(env)), { AWS_PROFILE: "mine", HOME: "/" });
});

test("leaving a shell that aws-as never changed changes nothing", () => {
  const env = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "us-east-1" };
  assert.deepEqual(changesToNothing(env), []);
});

test("leaving keeps credentials and a region that were changed by hand", () => {
  const env = { ...acting, ...inRegion, AWS_ACCESS_KEY_ID: "AKIAHAND", AWS_REGION: "us-east-1" };
  const after = apply(env, changesToNothing(env));
  assert.equal(after["AWS_ACCESS_KEY_ID"], "AKIAHAND");
  assert.equal(after["AWS_REGION"], "us-east-1");
  assert.deepEqual(
    Object.keys(after).filter((name) => name.startsWith("AWS_AS_")),
    [],
  );
});
