import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { dialect as powershell, quoted } from "../../src/emit/powershell/shell.ts";
import { assertGolden } from "../support/golden.ts";
import { program, programCall } from "../support/home.ts";
import { hostileValues } from "../support/hostile-values.ts";

// No PowerShell runs here: what is printed for it is compared with texts that were read with care.

test("powershell: activation prints exactly the functions that were reviewed", () => {
  const text = execFileSync(...programCall("--shell", "powershell"), { encoding: "utf8" });
  const neutral = text
    .replaceAll(quoted(process.execPath), "'node'")
    .replaceAll(quoted(program), "'aws-as'")
    .replace(/(?<=\$PID -eq )\d+/, "1");
  assertGolden("powershell.ps1", neutral);
  assert.match(text, /^[\n\x20-\x7e]*$/);
});

test("powershell: every hostile value is a literal in ASCII that ends where it should", () => {
  for (const value of hostileValues) {
    const text = powershell.render([{ kind: "set", name: "A", value }]);
    const [, plain, encoded] =
      /^\$env:A = (?:'((?:[^']|'')*)'|\[Text\.Encoding\]::UTF8\.GetString\(\[Convert\]::FromBase64String\('([A-Za-z0-9+/=]+)'\)\))\n$/.exec(
        text,
      ) ?? [];
    assert.match(text, /^[\n\x20-\x7e]*$/);
    assert.equal(plain?.replaceAll("''", "'") ?? Buffer.from(encoded ?? "", "base64").toString(), value);
  }
});

test("powershell: the functions get every hostile value as a line of three words, and an end", () => {
  for (const value of hostileValues) {
    const text = powershell.renderForFunctions([
      { kind: "keep", name: "B" },
      { kind: "unset", name: "B" },
      { kind: "set", name: "A", value },
      { kind: "restore", name: "C" },
    ]);
    const [, encoded] = /^keep B\nunset B\nset A ([A-Za-z0-9+/=]*)\nrestore C\nend\n$/.exec(text) ?? [];
    assert.equal(Buffer.from(encoded ?? "?", "base64").toString(), value);
  }
});

test("powershell: a removal is no error where there is nothing, and a failure throws", () => {
  assert.equal(
    powershell.render([{ kind: "unset", name: "A" }]),
    "Remove-Item -LiteralPath Env:A -ErrorAction SilentlyContinue\n",
  );
  assert.equal(powershell.failure, "throw 'aws-as failed'\n");
  assert.throws(() => powershell.render([{ kind: "set", name: "A", value: "a\0b" }]), /NUL/);
});
