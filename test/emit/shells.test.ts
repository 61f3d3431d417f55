import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { version } from "../../src/cli/version.ts";
import { formats, shellNamed, shells } from "../../src/emit/shells.ts";
import { programCall } from "../support/home.ts";

test("shells are found by every name that a person may type", () => {
  const found: [string, string[]][] = shells.map(({ names: [first, ...others] }) => [first, others]);
  assert.deepEqual(found, [
    ["sh", ["bash", "zsh", "ksh", "dash", "ash", "mksh", "yash", "posh"]],
    ["fish", []],
    ["csh", ["tcsh"]],
    ["elvish", []],
    ["xonsh", []],
    ["nu", ["nushell"]],
    ["powershell", ["pwsh"]],
    ["cmd", []],
  ]);
  for (const shell of shells) for (const name of shell.names) assert.equal(shellNamed(name), shell, name);
  assert.equal(shellNamed("json"), undefined);
  assert.deepEqual(
    formats.map(({ names }) => names),
    [["json"], ["dotenv"]],
  );
});

for (const { names, completionAlone } of shells) {
  test(`${names[0]}: activation tells the functions' version, and no part of a text is left open`, () => {
    const printed = (...words: string[]) =>
      execFileSync(...programCall(...words), { encoding: "utf8", env: {} });
    // In sh all but letters, digits and single blanks stands in octal.
    const code = printed("activate", "--shell", names[0]).replace(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(parseInt(digits, 8)),
    );
    assert.match(code, new RegExp(`AWS_AS_FUNCTIONS.{0,9}${version.replaceAll(".", "\\.")}`));
    assert.doesNotMatch(code, /AWS_AS_PART/);
    for (const name of completionAlone.flatMap((each) => each.names)) {
      // What deactivation removes has names that begin with __aws_as.
      assert.doesNotMatch(printed("completion", name), /AWS_AS_PART|__aws_as/);
    }
  });
}
