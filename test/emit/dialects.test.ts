import assert from "node:assert/strict";
import test from "node:test";
import type { Change } from "../../src/emit/change.ts";
import { dialectNamed, dialects } from "../../src/emit/dialect.ts";
import { hostileValues } from "../support/hostile-values.ts";

const changes: Change[] = [
  { kind: "unset", name: "AWS_PROFILE" },
  { kind: "set", name: "AWS_ACCESS_KEY_ID", value: "ASIAEXAMPLE/+=" },
];

function render(name: string, list: Change[] = changes): string {
  const dialect = dialects.find((each) => each.names.includes(name));
  assert.ok(dialect);
  return dialect.render(list);
}

test("shell code is one group, removals first, every statement ended twice", () => {
  assert.equal(
    render("sh"),
    "{\n'unset' AWS_PROFILE;\nAWS_ACCESS_KEY_ID='ASIAEXAMPLE/+=';\n'export' AWS_ACCESS_KEY_ID;\n};\n",
  );
});

test("a value that is not plain is written in octal, with a sentinel for trailing newlines", () => {
  assert.equal(
    render("sh", [{ kind: "set", name: "A", value: "a,\n" }]),
    `{\nA="\`'printf' 'a\\054\\012.'\`";\nA="\${A%.}";\n'export' A;\n};\n`,
  );
});

test("json says null for what is to be removed", () => {
  assert.deepEqual(JSON.parse(render("json")), { AWS_PROFILE: null, AWS_ACCESS_KEY_ID: "ASIAEXAMPLE/+=" });
});

test("dotenv holds bare values only, and no removals", () => {
  assert.equal(render("dotenv"), "AWS_ACCESS_KEY_ID=ASIAEXAMPLE/+=\n");
});

test("json carries every hostile value", () => {
  for (const value of hostileValues) {
    assert.deepEqual(JSON.parse(render("json", [{ kind: "set", name: "A", value }])), { A: value });
  }
});

test("dotenv refuses what env files would change", () => {
  for (const value of hostileValues.filter((each) => !/^[A-Za-z0-9_/+=.,:@%-]*$/.test(each))) {
    assert.throws(() => render("dotenv", [{ kind: "set", name: "A", value }]), /A holds characters/);
  }
});

test("a NUL byte is refused by the shell and never cut off", () => {
  assert.throws(() => render("sh", [{ kind: "set", name: "A", value: "a\0b" }]), /A holds a NUL byte/);
});

test("no shell code is longer or other than printable ASCII allows", () => {
  for (const value of hostileValues) {
    assert.match(render("sh", [{ kind: "set", name: "A", value }]), /^[\n\x20-\x7e]*$/);
  }
});

test("dialects are found by kind and name", () => {
  assert.equal(dialectNamed("shell", "zsh")?.names[0], "sh");
  assert.equal(dialectNamed("format", "zsh"), undefined);
  assert.equal(dialectNamed("shell", "json"), undefined);
});
