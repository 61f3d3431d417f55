import assert from "node:assert/strict";
import test from "node:test";
import { makeHome } from "../../support/home.ts";

test("`aws-as completion` prints code for each shell that its own completion names", async (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const { stdout } = await home.run(["complete", "fish", "aws-as", "completion", ""]);
  const shells = stdout.split("\n").slice(0, -1);
  assert.deepEqual(shells, ["bash", "zsh", "fish", "tcsh", "powershell", "pwsh"]);
  for (const shell of shells) {
    const { status, stdout: code, stderr } = await home.run(["completion", shell]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(code, /complete/);
    assert.doesNotMatch(code, /AWS_AS_PART/);
  }
  const unknown = await home.run(["completion", "dash"]);
  assert.deepEqual([unknown.status, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /no completion for "dash"[\s\S]*known: bash, /);
});

test("`aws-as complete` is silent about what is wrong, opens no store and asks nobody", async (t) => {
  const home = makeHome({ config: "[profile broken\n", env: { AWS_AS_STORE: "nonsense" } });
  t.after(() => home.remove());
  for (const env of [{}, { AWS_CONFIG_FILE: home.path }, { HOME: "/nonexistent" }]) {
    const { status, stdout, stderr } = await home.run(["complete", "bash", "aws-as logi"], { env });
    assert.deepEqual([status, stdout, stderr], [0, "login\n", ""]);
  }
  const { stdout } = await home.run(["complete", "bash", "aws-as use "]);
  assert.equal(stdout, "my-user1\n");
});

test("`aws-as complete` is no command for people", async (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const { stdout } = await home.run(["--help"]);
  assert.match(stdout, /^ {2}completion /m);
  assert.doesNotMatch(stdout, /complete\b(?! commands)/);
});
