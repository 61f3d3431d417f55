import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk } from "../support/desk.ts";
import { ended } from "../support/home.ts";

const child = join(import.meta.dirname, "../support/clients/who-is-child.js");

test("the JavaScript SDK acts as a role, from any folder with a bare PATH", async (t) => {
  const desk = await makeDesk(t);
  const login = await desk.alone("aws-as", ["login", "my-role1", "--code", desk.fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  for (const name of ["my-role1", "my-role2"]) {
    const sdk = spawn(process.execPath, [child, "default"], {
      cwd: "/",
      // What a program has that was started from a desktop's menu: no PATH of the user's, some folder.
      env: {
        ...desk.home.env,
        PATH: "/usr/bin:/bin",
        AWS_PROFILE: `as-${name}`,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      },
      detached: true,
    });
    const run = await ended(sdk);
    assert.match(run.stdout, new RegExp(`^arn:aws:sts::111111111111:assumed-role/${name}/\\S+\n$`));
    assert.equal(run.stderr, "");
  }
  assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2, GetCallerIdentity: 2 });
});
