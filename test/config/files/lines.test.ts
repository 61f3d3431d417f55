import assert from "node:assert/strict";
import test from "node:test";
import {
  findSpace,
  isCommentLine,
  skipSpace,
  splitLines,
  trimSpace,
} from "../../../src/config/files/lines.ts";

const white = " \t\r\v\f";
const trims: [string, string][] = [
  [`${white}a${white}b${white}`, `a${white}b`],
  [`${white}`, ""],
  ["", ""],
  ["a\xc3\xa0", "a\xc3\xa0"],
  ["\xa0a\xa0", "\xa0a\xa0"],
  [` \xa0 a \xa0${white}`, "\xa0 a \xa0"],
  ["a\xa0", "a\xa0"],
  ["\u2028a", "a"],
];
for (const [text, expected] of trims) {
  test(`the white space around ${JSON.stringify(text)} is cut, and the byte A0 is none`, () => {
    assert.equal(trimSpace(text), expected);
  });
}

test("white space is blank, tab, CR, vertical tab and form feed", () => {
  assert.equal(skipSpace(`${white}a`), white.length);
  assert.equal(skipSpace(`a${white}`, 1), 1 + white.length);
  assert.equal(skipSpace("\xa0"), 0);
  for (const space of white) assert.equal(findSpace(`ab${space}c`), 2);
  assert.equal(findSpace("ab\xa0"), -1);
});

test("a comment line begins with # or ;, behind whatever white space", () => {
  const lines = splitLines("# a\n; b\n # c\n\xc2\xa0\t; d\ne #\n\n");
  assert.deepEqual(
    lines.map((_, index) => isCommentLine(lines, index)),
    [true, true, true, true, false, false],
  );
  assert.equal(isCommentLine(lines, 9), false);
});
