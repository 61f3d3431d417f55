import assert from "node:assert/strict";
import test from "node:test";
import type { Change, Memory } from "../../src/emit/change.ts";
import type { Environment } from "../../src/system/environment.ts";
import {
  changedByHand,
  changesTo,
  changesToLeave,
  changesToNothing,
  displacedBy,
  leftBehind,
  notesOf,
  ours,
  rememberedAtStart,
  type Target,
} from "../../src/variables/changes.ts";
import { checksum, type Place, readRemembered, written } from "../../src/variables/memory.ts";
import { hostileValues } from "../support/hostile-values.ts";

const target = {
  identity: "my-role1",
  accessKeyId: "ASIA1",
  secretAccessKey: "s",
  sessionToken: "t",
  expiration: "2026-01-01T00:00:00Z",
};

/** A place with this environment, where no tool says anything. */
function at(env: Environment, folder = "/home/me"): Place {
  return { env, folder, said: new Map() };
}

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
  AWS_AS_MARKS: written({
    sums: new Map([
      ["AWS_ACCESS_KEY_ID", checksum("ASIA1")],
      ["AWS_SECRET_ACCESS_KEY", checksum("s")],
      ["AWS_SESSION_TOKEN", checksum("t")],
      ["AWS_CREDENTIAL_EXPIRATION", checksum("2026-01-01T00:00:00Z")],
    ]),
    displaced: new Map(),
  }),
};
const inRegion = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1", AWS_AS_REGION: "eu-west-1" };

test("a switch sets the credentials, their end, and whose they are", () => {
  assert.deepEqual(apply({}, changesTo(target, at({}))), acting);
});

test("a switch sets both regions of an identity that has one", () => {
  assert.deepEqual(apply({}, changesTo({ ...target, region: "eu-west-1" }, at({}))), {
    ...acting,
    ...inRegion,
  });
});

test("a switch removes what would beat the credentials", () => {
  const rivals = {
    AWS_PROFILE: "x",
    AWS_DEFAULT_PROFILE: "x",
    AWS_SECURITY_TOKEN: "x",
    AWS_ROLE_ARN: "x",
    AWS_EB_PROFILE: "x",
    AWS_ACCESS_KEY: "x",
    AWS_SECRET_KEY: "x",
    AWS_BEARER_TOKEN_BEDROCK: "x",
    AWS_CREDENTIAL_SCOPE: "x",
    AWS_SESSION_EXPIRATION: "x",
    AWS_ACCOUNT_ID: "x",
    AWS_WEB_IDENTITY_TOKEN_FILE: "x",
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "x",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "x",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "x",
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "x",
  };
  assert.deepEqual(apply({ ...rivals, OTHER: "y" }, changesTo(target, at(rivals))), {
    ...acting,
    OTHER: "y",
  });
});

test("a switch keeps the user's own region, and takes back ours", () => {
  const own = { AWS_REGION: "us-east-1" };
  assert.deepEqual(apply(own, changesTo(target, at(own))), { ...acting, ...own });
  assert.deepEqual(
    apply({ ...acting, ...inRegion }, changesTo(target, at({ ...acting, ...inRegion }))),
    acting,
  );
});

test("removals come before everything else", () => {
  const kinds = changesTo({ ...target, region: "r" }, at({})).map((change) => change.kind);
  assert.equal(kinds.lastIndexOf("unset") < kinds.indexOf("set"), true);
});

test("leaving removes what we set and nothing else", () => {
  const env = { ...acting, ...inRegion, AWS_PROFILE: "mine", HOME: "/" };
  assert.deepEqual(apply(env, changesToNothing(at(env))), { AWS_PROFILE: "mine", HOME: "/" });
});

test("leaving a shell that aws-as never changed changes nothing", () => {
  const env = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "us-east-1" };
  assert.deepEqual(changesToNothing(at(env)), []);
});

test("leaving keeps credentials and a region that were changed by hand", () => {
  const env = { ...acting, ...inRegion, AWS_ACCESS_KEY_ID: "AKIAHAND", AWS_REGION: "us-east-1" };
  const after = apply(env, changesToNothing(at(env)));
  assert.equal(after["AWS_ACCESS_KEY_ID"], "AKIAHAND");
  assert.equal(after["AWS_REGION"], "us-east-1");
  assert.deepEqual(
    Object.keys(after).filter((name) => name.startsWith("AWS_AS_")),
    [],
  );
});

/** The shell's environment and what its functions remember, after changes that those carry out. */
function carryOut(env: Environment, kept: Environment, changes: readonly (Change | Memory)[]) {
  const state = { env: { ...env } as Record<string, string | undefined>, kept: { ...kept } as typeof env };
  for (const change of changes) {
    const { name } = change;
    const kept = state.kept as Record<string, string | undefined>;
    if (change.kind === "set") state.env[name] = change.value;
    else if (change.kind === "unset") delete state.env[name];
    else if (change.kind === "keep") kept[name] = state.env[name];
    else if (change.kind === "forget") delete kept[name];
    else if (change.kind === "note" && name === "memory") kept[ours.memory] = change.value;
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

interface Shell {
  readonly env: Environment;
  /** What the functions remember; what the program wants to be told again is among it. */
  readonly kept: Environment;
}

/** What the program is told of a shell. */
function told({ env, kept }: Shell, folder?: string, said: Place["said"] = new Map()): Place {
  return { ...at({ ...env, [ours.memory]: kept[ours.memory] ?? "" }, folder), said };
}

/** A switch as the functions do it. */
function switched(shell: Shell, to: Target, ...where: [string?, Place["said"]?]): Shell {
  const place = told(shell, ...where);
  return carryOut(shell.env, shell.kept, [...displacedBy(place), ...changesTo(to, place)]);
}

/** The shell after aws-as has left it. */
function left(shell: Shell, ...where: [string?, Place["said"]?]): Shell {
  const { env, kept } = carryOut(shell.env, shell.kept, changesToLeave(told(shell, ...where)).changes);
  const { [ours.memory]: _, ...rest } = kept;
  return { env, kept: rest };
}

test("leaving for good gives back all that the switch displaced", () => {
  const acting = switched({ env: own, kept: {} }, inEurope);
  const { AWS_AS_MARKS: _, ...set } = apply({}, changesTo(inEurope, at({})));
  const { AWS_AS_MARKS: __, ...found } = acting.env;
  assert.deepEqual(found, { ...set, HOME: "/" });
  assert.deepEqual(left(acting), { env: own, kept: {} });
});

test("a second switch does not take the first one's variables for the user's", () => {
  const first = switched({ env: own, kept: {} }, inEurope);
  const second = switched(first, {
    ...inEurope,
    identity: "my-role2",
    accessKeyId: "ASIA2",
    region: "eu-west-2",
  });
  assert.deepEqual(left(second), { env: own, kept: {} });
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
  assert.deepEqual(left(second).env, {
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
  const { env: after, kept } = left({ env, kept: acting.kept });
  assert.deepEqual(kept, {});
  assert.equal(after["AWS_PROFILE"], "later");
  assert.equal(after["AWS_REGION"], "ap-south-1");
  assert.equal(after["AWS_ACCESS_KEY_ID"], "AKIALATER");
  // Nobody gets a key id with the secret of another, neither the user's of before nor ours.
  assert.equal(after["AWS_SECRET_ACCESS_KEY"], undefined);
});

test("leaving after being nobody gives back too", () => {
  const acting = switched({ env: own, kept: {} }, inEurope);
  const nobody = carryOut(acting.env, acting.kept, changesToNothing(at(acting.env)));
  assert.deepEqual(nobody.env, { AWS_REGION: "us-east-1", HOME: "/" });
  assert.deepEqual(left(nobody), { env: own, kept: {} });
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
  const names = changesTo(inEurope, at({ ...acting, ...inRegion })).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test("what is not there is neither removed nor kept", () => {
  const { AWS_SESSION_TOKEN: _, AWS_CREDENTIAL_EXPIRATION: __, ...env } = acting;
  assert.deepEqual(
    changesToNothing(at(env)).map(({ kind, name }) => `${kind} ${name}`),
    [
      "unset AWS_ACCESS_KEY_ID",
      "unset AWS_SECRET_ACCESS_KEY",
      "unset AWS_AS_IDENTITY",
      "unset AWS_AS_ACCESS_KEY_ID",
      "unset AWS_AS_MARKS",
    ],
  );
  const nothing = [{ kind: "note", name: "memory", value: "" }];
  for (const place of [{}, { ...acting, ...inRegion }, { ...acting, AWS_AS_REGION: "eu-west-1" }]) {
    assert.deepEqual(displacedBy(at(place)), nothing);
  }
});

test("leaving for good does not give a key back half, where the user has set another one", () => {
  const acting = switched({ env: own, kept: {} }, inEurope);
  const { AWS_SECRET_ACCESS_KEY: _, AWS_SESSION_TOKEN: __, ...rest } = acting.env;
  const env: Environment = { ...rest, AWS_ACCESS_KEY_ID: "AKIALATER" };
  const { env: after, kept } = left({ env, kept: acting.kept });
  assert.deepEqual([after["AWS_ACCESS_KEY_ID"], after["AWS_SECRET_ACCESS_KEY"]], ["AKIALATER", undefined]);
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

/** What direnv says in a folder whose .envrc sets these. */
function direnv(...names: string[]): [string?, Place["said"]?] {
  return ["/home/me/proj", new Map([["DIRENV_DIFF", Buffer.from(JSON.stringify({ p: {}, n: names }))]])];
}

test("shells-01: what direnv had set comes back in its folder, and nowhere else", () => {
  const inside = { AWS_PROFILE: "prod", DIRENV_DIFF: "packed" };
  const acting = switched({ env: inside, kept: {} }, inEurope, ...direnv("AWS_PROFILE"));
  assert.equal(left(acting, ...direnv("AWS_PROFILE")).env["AWS_PROFILE"], "prod");
  const { DIRENV_DIFF: _, ...outside } = acting.env;
  assert.deepEqual(left({ ...acting, env: outside }, "/home/me"), { env: {}, kept: {} });
  // Another project's, too.
  const other = { ...acting.env, DIRENV_DIFF: "another" };
  assert.equal(left({ ...acting, env: other }, ...direnv("OTHER")).env["AWS_PROFILE"], undefined);
  const { back, ended } = changesToLeave(told({ ...acting, env: outside }, "/home/me"));
  assert.deepEqual([back, ended], [[], ["AWS_PROFILE=prod"]]);
});

test("shells-01: what direnv does not name is the shell's own, and what it cannot be read of may be direnv's", () => {
  const start = rememberedAtStart(at({ AWS_PROFILE: "mine" }));
  const inside = { AWS_PROFILE: "mine", DIRENV_DIFF: "packed" };
  const acting = switched({ env: inside, kept: { [ours.memory]: start } }, inEurope, ...direnv("PATH"));
  const { DIRENV_DIFF: _, ...outside } = acting.env;
  assert.equal(left({ ...acting, env: outside }, "/").env["AWS_PROFILE"], "mine");
  const unreadable = new Map([["DIRENV_DIFF", undefined]]);
  const second = switched({ env: inside, kept: { [ours.memory]: start } }, inEurope, "/proj", unreadable);
  const { DIRENV_DIFF: __, ...gone } = second.env;
  assert.equal(left({ ...second, env: gone }, "/").env["AWS_PROFILE"], undefined);
});

test("shells-01: what was set after the start comes back in its folder and below, what the shell began with everywhere", () => {
  const later = switched({ env: { AWS_PROFILE: "hook" }, kept: {} }, inEurope, "/home/me/proj");
  assert.equal(left(later, "/home/me/proj").env["AWS_PROFILE"], "hook");
  assert.equal(left(later, "/home/me/proj/deep/er").env["AWS_PROFILE"], "hook");
  assert.equal(left(later, "/home/me/project").env["AWS_PROFILE"], undefined);
  assert.equal(left(later, "/home/me").env["AWS_PROFILE"], undefined);
  const memory = rememberedAtStart(at(own));
  const first = switched({ env: own, kept: { [ours.memory]: memory } }, inEurope, "/home/me/proj");
  assert.deepEqual(left(first, "/").env, own);
});

test("shells-01: credentials come back as a whole or not at all", () => {
  const inside = { AWS_ACCESS_KEY_ID: "AKIAPROD", AWS_SECRET_ACCESS_KEY: "p", DIRENV_DIFF: "packed" };
  const tool = direnv("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
  const acting = switched({ env: inside, kept: {} }, inEurope, ...tool);
  assert.equal(left(acting, ...tool).env["AWS_SECRET_ACCESS_KEY"], "p");
  // direnv takes its two away, and with them ours, whose place they have.
  const { DIRENV_DIFF: _, AWS_ACCESS_KEY_ID: __, AWS_SECRET_ACCESS_KEY: ___, ...outside } = acting.env;
  assert.deepEqual(left({ ...acting, env: outside }, "/home/me"), { env: {}, kept: {} });
  const { changes } = changesToLeave(told({ ...acting, env: outside }, "/home/me"));
  assert.ok(!changes.some(({ kind, name }) => kind === "restore" && name === "AWS_SECRET_ACCESS_KEY"));
});

test("shells-01: what a switcher of another tool has cleared since stays away", () => {
  const asp = {
    AWS_PROFILE: "prod",
    AWS_DEFAULT_PROFILE: "prod",
    AWS_EB_PROFILE: "prod",
    AWS_PROFILE_REGION: "",
  };
  const acting = switched({ env: asp, kept: {} }, inEurope);
  assert.deepEqual(left(acting).env, asp);
  const { AWS_PROFILE_REGION: _, ...cleared } = acting.env;
  assert.deepEqual(left({ ...acting, env: cleared }).env, {});
  // `unset` of ours means those of before, too.
  const keys = switched({ env: own, kept: {} }, inEurope);
  const { AWS_ACCESS_KEY_ID: __, AWS_SECRET_ACCESS_KEY: ___, AWS_REGION: ____, ...rest } = keys.env;
  assert.deepEqual(left({ ...keys, env: rest }).env, {
    AWS_PROFILE: "mine",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
    HOME: "/",
  });
});

test("shells-02: what an identity without a region means does not depend on what was typed before", () => {
  for (const regions of [
    { AWS_REGION: "us-east-1" },
    { AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-2" },
    {},
  ]) {
    const direct = apply(regions, changesTo(target, at(regions)));
    const first = apply(regions, changesTo(inEurope, at(regions)));
    assert.equal(first["AWS_DEFAULT_REGION"], "eu-west-1");
    assert.deepEqual(apply(first, changesTo(target, at(first))), direct);
    const second = apply(first, changesTo({ ...inEurope, region: "eu-west-2" }, at(first)));
    assert.deepEqual(apply(second, changesTo(target, at(second))), direct);
    assert.deepEqual(apply(second, changesToNothing(at(second))), regions);
    assert.deepEqual(apply(direct, changesToNothing(at(direct))), regions);
  }
});

test("shells-02: a region of the user's that is the identity's own comes back as any other", () => {
  const env = { AWS_REGION: "eu-west-1" };
  const acting = apply(env, changesTo(inEurope, at(env)));
  assert.deepEqual(apply(acting, changesToNothing(at(acting))), env);
});

test("shells-03: the account of the credentials is told, or nobody's", () => {
  const env = { AWS_ACCOUNT_ID: "999999999999" };
  const known = apply(env, changesTo({ ...target, accountId: "111111111111" }, at(env)));
  assert.equal(known["AWS_ACCOUNT_ID"], "111111111111");
  assert.equal(apply(env, changesTo(target, at(env)))["AWS_ACCOUNT_ID"], undefined);
  assert.deepEqual(apply(known, changesToNothing(at(known))), {});
  const acting = switched({ env, kept: {} }, { ...target, accountId: "111111111111" });
  assert.deepEqual(left(acting), { env, kept: {} });
});

test("shells-12: keys that were pasted over ours stay, and what is left of our session goes", () => {
  const acting = apply({}, changesTo({ ...inEurope, accountId: "111111111111" }, at({})));
  const pasted = { AWS_ACCESS_KEY_ID: "AKIANOMFA", AWS_SECRET_ACCESS_KEY: "theirs" };
  const env = { ...acting, ...pasted };
  assert.deepEqual(apply(env, changesToNothing(at(env))), pasted);
  assert.deepEqual(leftBehind(env), ["AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID"]);
  const whole = { ...env, AWS_SESSION_TOKEN: "theirs", AWS_CREDENTIAL_EXPIRATION: "2030-01-01T00:00:00Z" };
  const { AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION } = whole;
  assert.deepEqual(apply(whole, changesToNothing(at(whole))), {
    ...pasted,
    AWS_SESSION_TOKEN,
    AWS_CREDENTIAL_EXPIRATION,
  });
  // Nor does our token come back beside them after another switch.
  const second = switched({ env, kept: {} }, inEurope);
  assert.deepEqual(left(second).env, pasted);
});

test("what is remembered is read as it was written, whatever it holds", () => {
  for (const shown of hostileValues) {
    const remembered = {
      sums: new Map([["A", checksum(shown)]]),
      displaced: new Map([["B", { shown, folder: checksum("/"), tools: "" }]]),
    };
    assert.match(written(remembered), /^[A-Za-z0-9_.%=:-]*$/);
    assert.deepEqual(readRemembered(written(remembered)), remembered);
  }
  for (const text of ["", ":", "==", "A", "A=%zz=b=c", "=:=:"]) assert.ok(readRemembered(text));
});
