/** The manual page that the build makes of what help says. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import test from "node:test";
import { commandNames, hidden } from "../../src/argv.ts";
import { helpOnCommand, isLine } from "../../src/cli/help.ts";
import { commands } from "../../src/commands/commands.ts";
import { installed } from "../support/installed.ts";

const page = resolve(import.meta.dirname, "../../../dist/aws-as.1");

/** What a reader sees on a terminal so wide that no command is broken. */
function shown(program: "man" | "mandoc"): { readonly text: string; readonly complaints: string } {
  const env = { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", MANWIDTH: "1000" };
  const words = {
    man: ["--warnings", "--no-hyphenation", "--local-file", page],
    mandoc: ["-T", "utf8", "-O", "width=1000", page],
  }[program];
  const run = spawnSync(program, words, { env, encoding: "utf8" });
  // Bold, as typewriters had it.
  return { text: run.stdout.replaceAll(/.[\b]/g, ""), complaints: run.stderr };
}

for (const program of ["man", "mandoc"] as const) {
  test(`${program} shows the page without a complaint, and commands as they are to be typed`, async (t) => {
    if (!installed(program, t)) return;
    const { text, complaints } = shown(program);
    assert.equal(complaints, "");
    for (const name of commandNames.filter((name) => !hidden.some((other) => other === name))) {
      const { usage, options, examples, paragraphs } = await helpOnCommand(name, commands);
      const lines = [
        usage,
        ...options.map(([option]) => option),
        ...examples.flatMap(({ lines }) => lines.map((line) => `$ ${line}`)),
        ...paragraphs.filter(isLine).map((line) => line.slice(2)),
      ];
      for (const line of lines) assert.ok(text.includes(line), `${name}: ${line}`);
    }
    for (const name of ["AWS_AS_PROMPT", "passphrase_process"])
      assert.match(text, new RegExp(`^ +${name}$`, "m"));
  });
}

test("mandoc finds nothing to warn of in the source", (t) => {
  if (!installed("mandoc", t)) return;
  const { status, stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning", page], { encoding: "utf8" });
  assert.deepEqual([status, stdout], [0, ""]);
});
