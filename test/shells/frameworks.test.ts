import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import test from "node:test";
import { installed } from "../support/installed.ts";

// The segments for prompt frameworks that docs/shells.md shows, run by the rules of what reads them.

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/shells.md"), "utf8");

function block(language: string): string {
  const [, text] = new RegExp(`\\n\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`\\n`).exec(page) ?? [];
  assert.ok(text, language);
  return text;
}

const acting = {
  AWS_AS_IDENTITY: "my%role1",
  AWS_AS_ACCESS_KEY_ID: "ASIA1",
  AWS_ACCESS_KEY_ID: "ASIA1",
  AWS_CREDENTIAL_EXPIRATION: "2099-01-01T00:00:00Z",
};
const states: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ["an identity", acting, "my%role1"],
  [
    "one whose session has ended",
    { ...acting, AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" },
    "my%role1 expired",
  ],
  ["another key", { ...acting, AWS_ACCESS_KEY_ID: "AKIA1" }, "?"],
  ["a profile", { ...acting, AWS_PROFILE: "x" }, "?"],
  ["nobody", {}, ""],
];

for (const [state, env, shows] of states) {
  test(`shells-07: powerlevel10k's segment shows ${state}`, (t) => {
    if (!installed("zsh", t)) return;
    const script = `p10k() { print -rn -- "${"$"}{(%)@[-1]}" }\n${block("zsh")}\nprompt_aws_as`;
    const run = spawnSync("zsh", ["-f", "-c", script], {
      env: { PATH: process.env["PATH"], TZ: "Pacific/Auckland", ...env },
      encoding: "utf8",
    });
    assert.deepEqual([run.stderr, run.stdout], ["", shows]);
  });

  test(`shells-07: starship's segment shows ${state}`, () => {
    const toml = block("toml");
    const [, when = ""] = /^when = '(.*)'$/m.exec(toml) ?? [];
    const [, command = ""] = /^command = """\n([\s\S]*?)"""$/m.exec(toml) ?? [];
    const run = spawnSync("sh", ["-c", `if ${when}; then\n${command}\nfi`], {
      env: { PATH: process.env["PATH"], ...env },
      encoding: "utf8",
    });
    assert.deepEqual([run.stderr, run.stdout.trimEnd()], ["", shows]);
  });
}

test("shells-07: the segments parse where they are to be put", (t) => {
  assert.equal(typeof JSON.parse(block("json")).template, "string");
  if (!installed("zsh", t)) return;
  // p10k's own file is one anonymous function.
  const run = spawnSync(
    "zsh",
    ["-f", "-n", "-c", `() {\n  emulate -L zsh -o extended_glob\n${block("zsh")}\n}\n`],
    { encoding: "utf8" },
  );
  assert.deepEqual([run.stderr, run.status], ["", 0]);
});
