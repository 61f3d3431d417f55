import assert from "node:assert/strict";
import test from "node:test";
import type { Change, Memory } from "../../src/emit/change.ts";
import { dotenv } from "../../src/emit/formats/dotenv.ts";
import { json } from "../../src/emit/formats/json.ts";
import { shellNamed } from "../../src/emit/shells.ts";
import { hostileValues } from "../support/hostile-values.ts";

const changes: Change[] = [
  { kind: "unset", name: "AWS_PROFILE" },
  { kind: "set", name: "AWS_ACCESS_KEY_ID", value: "ASIAEXAMPLE/+=" },
];

function dialectOf(name: string) {
  const shell = shellNamed(name);
  assert.ok(shell);
  return shell.dialect;
}

const sh = (list: Change[]) => dialectOf("sh").render(list);

test("shell code is one group, removals first, every statement ended twice", () => {
  assert.equal(
    sh(changes),
    "{\n'unset' AWS_PROFILE;\nAWS_ACCESS_KEY_ID='ASIAEXAMPLE/+=';\n'export' AWS_ACCESS_KEY_ID;\n};\n",
  );
});

test("a value that is not plain is written in octal, with a sentinel for trailing newlines", () => {
  assert.equal(
    sh([{ kind: "set", name: "A", value: "a,\n" }]),
    `{\nA="\`'printf' 'a\\054\\012.'\`";\nA="\${A%.}";\n'export' A;\n};\n`,
  );
});

test("json says null for what is to be removed", () => {
  assert.deepEqual(JSON.parse(json.dialect.render(changes)), {
    AWS_PROFILE: null,
    AWS_ACCESS_KEY_ID: "ASIAEXAMPLE/+=",
  });
});

test("dotenv holds bare values only, and no removals", () => {
  assert.equal(dotenv.dialect.render(changes), "AWS_ACCESS_KEY_ID=ASIAEXAMPLE/+=\n");
});

test("json carries every hostile value", () => {
  for (const value of hostileValues) {
    assert.deepEqual(JSON.parse(json.dialect.render([{ kind: "set", name: "A", value }])), { A: value });
  }
});

test("dotenv refuses what env files would change", () => {
  for (const value of hostileValues.filter((each) => !/^[A-Za-z0-9_/+=.,:@%-]*$/.test(each))) {
    assert.throws(() => dotenv.dialect.render([{ kind: "set", name: "A", value }]), /A holds characters/);
  }
});

test("a NUL byte is refused by the shell and never cut off", () => {
  assert.throws(() => sh([{ kind: "set", name: "A", value: "a\0b" }]), /A holds a NUL byte/);
});

test("no shell code is longer or other than printable ASCII allows", () => {
  for (const value of hostileValues) {
    assert.match(sh([{ kind: "set", name: "A", value }]), /^[\n\x20-\x7e]*$/);
  }
});

const nothing: [string, string][] = [
  ["sh", "':';\n"],
  ["fish", "true;\n"],
  ["csh", "if (1) :;\n"],
  ["elvish", "nop\n"],
  ["xonsh", "pass\n"],
  ["nu", "{}\n"],
  ["powershell", ""],
  ["cmd", ""],
];
for (const [name, text] of nothing) {
  test(`${name}: no changes are a text that does nothing and succeeds`, () => {
    assert.equal(dialectOf(name).render([]), text);
  });
}

const forgetting: [string, string][] = [
  ["sh", "{\n'unset' __aws_as_kept_AWS_PROFILE;\n};\n"],
  ["fish", "begin; set -e -g __aws_as_kept_AWS_PROFILE; true; end;\n"],
  ["csh", "if (1) eval 'if (1) unset __aws_as_kept_PRO;';\n"],
  ["elvish", '{"keep":[],"forget":["AWS_PROFILE"],"unset":[],"set":{},"restore":[],"note":{}}\n'],
  ["xonsh", '{"keep":[],"forget":["AWS_PROFILE"],"unset":[],"set":{},"restore":[],"note":{}}\n'],
  ["nu", '{"keep":[],"forget":["AWS_PROFILE"],"unset":[],"set":{},"restore":[],"note":{}}\n'],
  ["powershell", "forget AWS_PROFILE\nend\n"],
  // A switch never forgets alone, so this shell leaves.
  [
    "cmd",
    'call set "PROMPT=%__aws_as_prompt%"\r\nset "__aws_as_prompt="\r\ndoskey aws-as=\r\ndoskey aws-as-deactivate=\r\n',
  ],
];
for (const [name, text] of forgetting) {
  test(`${name}: what was kept of a variable is dropped`, () => {
    const forget: Memory = { kind: "forget", name: "AWS_PROFILE" };
    assert.equal(dialectOf(name).renderForFunctions([forget]), text);
  });
}
