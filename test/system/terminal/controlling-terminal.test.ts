import assert from "node:assert/strict";
import test from "node:test";
import { parseProcStat } from "../../../src/system/proc-stat.ts";
import { foregroundByPs } from "../../../src/system/terminal/controlling-terminal.ts";

const stats: [string, string, boolean][] = [
  ["the foreground group", "10 (node) S 1 10 5 34816 10 4194304 0", true],
  ["a child in the foreground group", "11 (node) S 10 10 5 34816 10 4194304 0", true],
  ["a background job", "10 (node) S 1 10 5 34816 5 4194304 0", false],
  ["no terminal", "10 (node) S 1 10 10 0 -1 4194304 0", false],
  ["a name with spaces and parentheses", "10 (a) R 9 9 9 9 9 (b) S 1 10 5 34816 5 4194304", false],
  ["the same in the foreground", "10 (x) 1 (b) S 1 10 5 34816 10 4194304", true],
  ["nothing", "", false],
];
for (const [name, stat, expected] of stats) {
  test(`/proc/self/stat: ${name}`, () => {
    const { group, foregroundGroup } = parseProcStat(stat);
    assert.equal(group === foregroundGroup, expected);
  });
}

const outputs: [string, string, boolean][] = [
  ["the foreground group", "  812   812\n", true],
  ["a background job", "  812  790\n", false],
  ["no terminal on macOS", "  812     0\n", false],
  ["no terminal on Linux", "  812    -1\n", false],
  ["no such process", "", false],
];
for (const [name, output, expected] of outputs) {
  test(`ps: ${name}`, () => assert.equal(foregroundByPs(output), expected));
}
