import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { ended } from "../support/home.ts";
import { startPty, withoutPty } from "../support/pty.ts";

const child = join(import.meta.dirname, "../support/js-sdk-child.js");

/** What a program has that was started from a desktop's menu: no PATH of the user's, some folder. */
function bare({ home }: Desk, profile: string): Record<string, string> {
  return {
    ...home.env,
    PATH: "/usr/bin:/bin",
    AWS_PROFILE: profile,
    // Nothing of the SDK's own may stand between the lines that are compared.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

const skip = withoutPty();
const where = { cwd: "/" };

test("the JavaScript SDK acts as a role, from any folder with a bare PATH", async (t) => {
  const desk = await makeDesk(t);
  const login = await desk.alone("aws-as", ["login", "my-role1", "--code", desk.fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  for (const name of ["my-role1", "my-role2"]) {
    const sdk = spawn(process.execPath, [child, "default", "2"], {
      ...where,
      env: bare(desk, `as-${name}`),
      detached: true,
    });
    const run = await ended(sdk);
    assert.match(run.stdout, new RegExp(`^(arn:aws:sts::111111111111:assumed-role/${name}/\\S+\n){2}$`));
    assert.equal(run.stderr, "");
  }
  assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2, GetCallerIdentity: 4 });
});

for (const [chain, words] of [
  // The default chain goes on to the next provider and hides what this one said.
  ["default", /^failed: Could not load credentials from any providers\n$/],
  [
    "ini",
    /^failed: Command failed: \S+ \S+ process my-role1\naws-as: error: "my-role1" needs an MFA code, .*: there is no terminal\naws-as: hint: .*: aws-as login my-role1\n+$/,
  ],
] as const) {
  test(`without a terminal the JavaScript SDK fails (${chain} chain)`, async (t) => {
    const desk = await makeDesk(t);
    const env = bare(desk, "as-my-role1");
    const run = await ended(spawn(process.execPath, [child, chain, "1"], { ...where, env, detached: true }));
    assert.match(run.stdout, words);
    assert.deepEqual(desk.fake.requests.counts(), {});
  });

  test(`a no on the terminal holds for the JavaScript SDK's next try (${chain} chain)`, {
    skip,
  }, async (t) => {
    const desk = await makeDesk(t);
    const env = bare(desk, "as-my-role1");
    const sdk = startPty(process.execPath, [child, chain, "2"], { ...where, env });
    t.after(() => sdk.close());
    await sdk.waitFor(`MFA code for my-user1 (${one.mfaSerial}): `);
    sdk.press("ctrl-d");
    await sdk.exit();
    assert.equal(sdk.output().match(/^failed: /gm)?.length, 2, sdk.output());
    assert.equal(sdk.output().match(/MFA code for/g)?.length, 1, sdk.output());
    assert.deepEqual(desk.fake.requests.counts(), {});
  });
}

test("the JavaScript SDK takes a code that is typed for it", { skip }, async (t) => {
  const desk = await makeDesk(t);
  const sdk = startPty(process.execPath, [child, "default", "2"], {
    ...where,
    env: bare(desk, "as-my-role1"),
  });
  t.after(() => sdk.close());
  await sdk.waitFor("): ");
  sdk.type(`${desk.fake.code(one.mfaSerial)}\r`);
  await sdk.exit();
  assert.match(sdk.output(), /\n(arn:aws:sts::111111111111:assumed-role\/my-role1\/\S+\n){2}$/);
});
