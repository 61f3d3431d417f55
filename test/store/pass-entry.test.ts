import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { entryOf, nameOfEntry, prefixFrom } from "../../src/store/pass/pass-entry.ts";
import { UserError } from "../../src/system/user-error.ts";

test("an entry shows the item's name, so that a person recognises it", () => {
  assert.match(
    entryOf("long-term key AKIAIOSFODNN7EXAMPLE"),
    /^long-term key AKIAIOSFODNN7EXAMPLE [0-9a-f]{16}$/,
  );
  assert.match(
    entryOf("role my-role1 in 111111111111 0a1b"),
    /^role my-role1 in 111111111111 0a1b [0-9a-f]{16}$/,
  );
  assert.match(entryOf(""), /^item [0-9a-f]{16}$/);
});

test("names that differ in case, in a replaced character or far behind have different entries", () => {
  const long = "x".repeat(500);
  const names = [
    "a/b",
    "a:b",
    "a_b",
    "A_b",
    "a_B",
    "a b",
    "a  b",
    " a b",
    ".a b",
    "",
    ".",
    "..",
    long,
    `${long}y`,
  ];
  const entries = names.map((name) => entryOf(name).toLowerCase());
  assert.equal(new Set(entries).size, names.length);
});

test("no item's name leads out of the folder, hides its entry, or is an option", () => {
  const hostile = [
    "../../etc/passwd",
    "..",
    ".git",
    "/etc/passwd",
    "-rf",
    "--recursive",
    "a\0b",
    "a\nb",
    "\u202eb",
  ];
  const check = (name: string) => {
    const entry = entryOf(name);
    assert.match(entry, /^[A-Za-z0-9_=,@+][A-Za-z0-9 _.,=@+-]* [0-9a-f]{16}$/, JSON.stringify(name));
    assert.ok(Buffer.byteLength(`${entry}.gpg`) <= 255);
  };
  for (const name of hostile) check(name);
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 400 }), check));
});

test("an entry gives its item's name back where it shows all of it", () => {
  for (const name of ["long-term key AKIAIOSFODNN7EXAMPLE", "role a,b=c@d+e in 1 0a"]) {
    assert.equal(nameOfEntry(entryOf(name)), name);
  }
  for (const name of ["a/b", "", " a", "-a", "x".repeat(500)]) {
    assert.equal(nameOfEntry(entryOf(name)), undefined, name);
  }
  for (const entry of ["github.com", "long-term key AKIA 0123456789abcdef", ""]) {
    assert.equal(nameOfEntry(entry), undefined, entry);
  }
});

test("the folder of our entries is `aws-as`, or where the setting says", () => {
  assert.equal(prefixFrom(undefined), "aws-as");
  assert.equal(prefixFrom("work/aws keys/"), "work/aws keys");
});

test("a folder that would lie outside, hidden, or look like an option is wrong usage", () => {
  for (const setting of [
    "",
    "/",
    "/etc",
    "..",
    "a/../b",
    "a//b",
    ".git",
    "a/.b",
    "-f",
    "a\nb",
    "a/ b",
    "a\0",
  ]) {
    assert.throws(
      () => prefixFrom(setting),
      (error) => error instanceof UserError && error.exitCode === 2 && /pass_prefix/.test(error.message),
      JSON.stringify(setting),
    );
  }
});
