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

const where = { cwd: "/" };

test("the JavaScript SDK acts as a role, from any folder with a bare PATH", async (t) => {
  const desk = await makeDesk(t);
  const login = await desk.alone("aws-as", ["login", "my-role1", "--code", desk.fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  for (const name of ["my-role1", "my-role2"]) {
    const sdk = spawn(process.execPath, [child, "2"], {
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

test("without a terminal the JavaScript SDK's error names the command that helps", async (t) => {
  const desk = await makeDesk(t);
  const sdk = spawn(process.execPath, [child, "1"], {
    ...where,
    env: bare(desk, "as-my-role1"),
    detached: true,
  });
  const run = await ended(sdk);
  console.log(run);
  assert.deepEqual(desk.fake.requests.counts(), {});
});

test("the JavaScript SDK asks on the terminal; a no holds for its second try", {
  skip: withoutPty(),
}, async (t) => {
  const desk = await makeDesk(t);
  const sdk = startPty(process.execPath, [child, "2"], { ...where, env: bare(desk, "as-my-role1") });
  t.after(() => sdk.close());
  await sdk.waitFor(`MFA code for my-user1 (${one.mfaSerial}): `);
  sdk.press("ctrl-d");
  await sdk.exit();
  console.log(sdk.output());
  assert.equal(sdk.output().split("MFA code for").length, 2);
  assert.deepEqual(desk.fake.requests.counts(), {});
});

test("the JavaScript SDK takes a code that is typed for it", { skip: withoutPty() }, async (t) => {
  const desk = await makeDesk(t);
  const sdk = startPty(process.execPath, [child, "2"], { ...where, env: bare(desk, "as-my-role1") });
  t.after(() => sdk.close());
  await sdk.waitFor("): ");
  sdk.type(`${desk.fake.code(one.mfaSerial)}\r`);
  await sdk.exit();
  assert.match(sdk.output(), /\n(arn:aws:sts::111111111111:assumed-role\/my-role1\/\S+\n){2}$/);
});
