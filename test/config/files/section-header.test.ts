import assert from "node:assert/strict";
import test from "node:test";
import { readSectionHeader } from "../../../src/config/files/lines.ts";

const headers: [string, "config" | "credentials", [type: string, name: string, bareDefault?: boolean]][] = [
  ["[default]", "config", ["profile", "default", true]],
  ["[profile default]", "config", ["profile", "default"]],
  ["[profile a] # [b]", "config", ["profile", "a"]],
  ["[profile a];]", "config", ["profile", "a"]],
  ["[sso-session s]", "config", ["sso-session", "s"]],
  ["[services s]", "config", ["services", "s"]],
  ["[aws-as]", "config", ["settings", "aws-as"]],
  ["[aws-as a]", "config", ["aws-as", "a"]],
  ["[other]", "config", ["ignored", "other"]],
  ["[other a]", "config", ["ignored", "other a"]],
  ["[profile a b]", "config", ["ignored", "profile a b"]],
  ["[profile \xc3\xbc]", "config", ["ignored", "profile ü"]],
  ["[default]", "credentials", ["profile", "default"]],
  ["[aws-as]", "credentials", ["profile", "aws-as"]],
  ["[profile a]", "credentials", ["ignored", "profile a"]],
];
for (const [text, kind, [type, name, bareDefault = false]] of headers) {
  test(`in the ${kind} file ${text} is ${type} ${name}`, () => {
    assert.deepEqual(readSectionHeader(text, kind, "f", 1), { type, name, bareDefault });
  });
}

const longest = "x".repeat(31);
const broken: [string, string][] = [
  ["[profile a", ': "[profile a"'],
  ["[profile a]x", ': "[profile a]"'],
  [`[${longest}`, `: "[${longest}"`],
  [`[${longest}x`, ""],
  [`[profile\t${longest}`, `: "[profile\\t${longest}"`],
  [`[profile ${longest}x`, ""],
  ["[ \t_.@:/+%- _.@:/+%- \t", ': "[ \\t_.@:/+%- _.@:/+%-"'],
  ["[default aws_secret_access_key = canary", ""],
  ["[a b c", ""],
];
for (const [text, shown] of broken) {
  test(`${text.length > 40 ? "a long header" : text} that does not end is ${shown ? "" : "not "}shown`, () => {
    assert.throws(() => readSectionHeader(text, "config", "f", 1), {
      message: `f:1: section must end with ]${shown}`,
    });
  });
}
