import assert from "node:assert/strict";
import test from "node:test";
import type { Change, Memory } from "../../src/emit/change.ts";
import {
  changedByHand,
  changesTo,
  changesToLeave,
  changesToNothing,
  displacedBy,
  notesOf,
  type Target,
} from "../../src/switch/changes.ts";
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

/** The shell's environment and what its functions remember, after changes that those carry out. */
function carryOut(env: Environment, kept: Environment, changes: (Change | Memory)[]) {
  const state = { env: { ...env } as Record<string, string | undefined>, kept: { ...kept } as typeof env };
  for (const change of changes) {
    const { name } = change;
    const kept = state.kept as Record<string, string | undefined>;
    if (change.kind === "set") state.env[name] = change.value;
    else if (change.kind === "unset") delete state.env[name];
    else if (change.kind === "keep") kept[name] = state.env[name];
    else if (change.kind === "forget") delete kept[name];
    else if (change.kind === "restore" && kept[name] !== undefined) {
      state.env[name] = kept[name];
      delete kept[name];
    }
  }
  return state;
}

const inEurope = { ...target, region: "eu-west-1" };
const own = {
  AWS_PROFILE: "mine",
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "AKIAOWN",
  AWS_SECRET_ACCESS_KEY: "own",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
  HOME: "/",
};

/** A switch as the functions do it. */
function switched({ env, kept }: { env: Environment; kept: Environment }, to: Target) {
  return carryOut(env, kept, [...displacedBy(to, env), ...changesTo(to, env)]);
}

test("leaving for good gives back all that the switch displaced", () => {
  const acting = switched({ env: own, kept: {} }, inEurope);
  assert.deepEqual(acting.env, { ...apply({}, changesTo(inEurope, {})), HOME: "/" });
  assert.deepEqual(carryOut(acting.env, acting.kept, changesToLeave(acting.env)), { env: own, kept: {} });
});

test("a second switch does not take the first one's variables for the user's", () => {
  const first = switched({ env: own, kept: {} }, inEurope);
  const second = switched(first, {
    ...inEurope,
    identity: "my-role2",
    accessKeyId: "ASIA2",
    region: "eu-west-2",
  });
  assert.deepEqual(carryOut(second.env, second.kept, changesToLeave(second.env)), { env: own, kept: {} });
});

test("what the user set between two switches replaces what was kept before, credentials as a whole", () => {
  const first = switched({ env: { ...own, AWS_SESSION_TOKEN: "old" }, kept: {} }, inEurope);
  const { AWS_SESSION_TOKEN: _, ...rest } = first.env;
  const byHand: Environment = {
    ...rest,
    AWS_PROFILE: "new",
    AWS_ACCESS_KEY_ID: "AKIANEW",
    AWS_SECRET_ACCESS_KEY: "new",
  };
  const { AWS_CREDENTIAL_EXPIRATION: __, ...env } = byHand;
  const second = switched({ env, kept: first.kept }, inEurope);
  const { env: left } = carryOut(second.env, second.kept, changesToLeave(second.env));
  assert.deepEqual(left, {
    ...own,
    AWS_PROFILE: "new",
    AWS_ACCESS_KEY_ID: "AKIANEW",
    AWS_SECRET_ACCESS_KEY: "new",
  });
});

test("leaving for good does not overwrite what the user has set since", () => {
  const acting = switched({ env: own, kept: {} }, inEurope);
  const env = {
    ...acting.env,
    AWS_PROFILE: "later",
    AWS_ACCESS_KEY_ID: "AKIALATER",
    AWS_REGION: "ap-south-1",
  };
  const { env: left, kept } = carryOut(env, acting.kept, changesToLeave(env));
  assert.deepEqual(kept, {});
  assert.equal(left["AWS_PROFILE"], "later");
  assert.equal(left["AWS_REGION"], "ap-south-1");
  assert.equal(left["AWS_ACCESS_KEY_ID"], "AKIALATER");
  // Nobody gets a key id with the secret of another.
  assert.equal(left["AWS_SECRET_ACCESS_KEY"], target.secretAccessKey);
});

test("leaving after being nobody gives back too", () => {
  const acting = switched({ env: own, kept: {} }, inEurope);
  const nobody = carryOut(acting.env, acting.kept, changesToNothing(acting.env));
  assert.deepEqual(nobody.env, { HOME: "/" });
  assert.deepEqual(carryOut(nobody.env, nobody.kept, changesToLeave(nobody.env)), { env: own, kept: {} });
});

test("an identity without a region displaces none", () => {
  const acting = switched({ env: own, kept: {} }, target);
  assert.equal(acting.env["AWS_REGION"], "us-east-1");
  assert.equal(acting.kept["AWS_REGION"], undefined);
});

test("the prompt is told a name that no prompt interprets, and the end in seconds", () => {
  const env = { ...acting, AWS_AS_IDENTITY: "$(x) \u00e9%\u{1f600}!a-b.c@d/e:f,g+h=i" };
  assert.deepEqual(notesOf(env), [
    { kind: "note", name: "shown", value: "__x___%_!a-b.c@d/e:f,g+h=i".replace(/[%!]/g, "_") },
    { kind: "note", name: "of", value: env.AWS_AS_IDENTITY },
    { kind: "note", name: "key", value: "ASIA1" },
    { kind: "note", name: "until", value: String(Date.UTC(2026, 0, 1) / 1000) },
  ]);
});

test("there is nothing to tell the prompt of a shell that acts as nobody, or without an end", () => {
  assert.deepEqual(notesOf({}), []);
  assert.deepEqual(notesOf({ ...acting, AWS_CREDENTIAL_EXPIRATION: "soon" }), []);
});

test("no variable is changed twice, also where a region is there already", () => {
  const names = changesTo(inEurope, { ...acting, ...inRegion }).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test("what is not there is neither removed nor kept", () => {
  const { AWS_SESSION_TOKEN: _, AWS_CREDENTIAL_EXPIRATION: __, ...env } = acting;
  assert.deepEqual(
    changesToNothing(env).map(({ kind, name }) => `${kind} ${name}`),
    [
      "unset AWS_ACCESS_KEY_ID",
      "unset AWS_SECRET_ACCESS_KEY",
      "unset AWS_AS_IDENTITY",
      "unset AWS_AS_ACCESS_KEY_ID",
    ],
  );
  assert.deepEqual(displacedBy(inEurope, {}), []);
  assert.deepEqual(displacedBy(inEurope, { ...acting, ...inRegion }), []);
  assert.deepEqual(displacedBy(inEurope, { ...acting, AWS_AS_REGION: "eu-west-1" }), []);
});

test("leaving for good does not give a key back half, where the user has set another one", () => {
  const acting = switched({ env: own, kept: {} }, inEurope);
  const { AWS_SECRET_ACCESS_KEY: _, AWS_SESSION_TOKEN: __, ...rest } = acting.env;
  const env: Environment = { ...rest, AWS_ACCESS_KEY_ID: "AKIALATER" };
  const { env: left, kept } = carryOut(env, acting.kept, changesToLeave(env));
  assert.deepEqual([left["AWS_ACCESS_KEY_ID"], left["AWS_SECRET_ACCESS_KEY"]], ["AKIALATER", undefined]);
  assert.deepEqual(kept, {});
});

for (const name of ["AWS_AS_IDENTITY", "AWS_AS_ACCESS_KEY_ID", "AWS_CREDENTIAL_EXPIRATION"]) {
  test(`there is nothing to tell the prompt without ${name}`, () => {
    assert.deepEqual(notesOf({ ...acting, [name]: undefined }), []);
  });
}

test("the prompt's end is the second in which the session is still good", () => {
  const until = notesOf({ ...acting, AWS_CREDENTIAL_EXPIRATION: "1970-01-01T00:00:09.900Z" }).at(-1);
  assert.deepEqual(until, { kind: "note", name: "until", value: "9" });
});

const hands: [string, Environment, boolean][] = [
  ["the key that came with our name", acting, false],
  ["another key", { ...acting, AWS_ACCESS_KEY_ID: "AKIAHAND" }, true],
  ["no key any more", { ...acting, AWS_ACCESS_KEY_ID: undefined }, false],
  ["a key without a name of ours", { AWS_ACCESS_KEY_ID: "AKIA" }, false],
  ["nothing", {}, false],
];
for (const [name, env, expected] of hands) {
  test(`a shell with ${name} was ${expected ? "" : "not "}changed by hand`, () => {
    assert.equal(changedByHand(env), expected);
  });
}
