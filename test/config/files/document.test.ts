import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { type Document, parseDocument, printDocument } from "../../../src/config/files/document.ts";
import type { FileKind } from "../../../src/config/files/lines.ts";
import { joinLines, splitLines } from "../../../src/config/files/lines.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { arbitraryBytes, arbitraryConfigText } from "./arbitrary-config.ts";

function parse(text: string, kind: FileKind = "config"): Document {
  return parseDocument(Buffer.from(text), "~/.aws/config", kind);
}

/** Sections as `type name: property=value`, to compare whole files at a glance. */
function outline(text: string, kind: FileKind = "config"): string[] {
  return parse(text, kind).sections.flatMap((section) => [
    `${section.type} ${section.name}`,
    ...section.properties.filter(({ used }) => used).map(({ name, value }) => `  ${name}=${value}`),
  ]);
}

const readings: [string, string, string[]][] = [
  [
    "rule 1: lines end with LF or CRLF, mixed as they come",
    "[profile a]\r\nx = 1\ny = 2\r\n",
    ["profile a", "  x=1", "  y=2"],
  ],
  ["rule 1: a lone CR ends no line", "[profile a]\nx = 1\ry = 2\n", ["profile a", "  x=1\ry = 2"]],
  [
    "rule 1: comments and blank lines mean nothing",
    "# a\n; b\n \t\n[profile a]\n#x = 1\n;y = 2\n\r\n",
    ["profile a"],
  ],
  ["rule 1: a byte order mark is skipped", "\ufeff[profile a]\nx = 1", ["profile a", "  x=1"]],
  [
    "rule 2: a comment may follow the bracket, with or without a blank",
    "[profile a] # x\n[profile b];y\n[profile c]\t#",
    ["profile a", "profile b", "profile c"],
  ],
  ["rule 2: white space may follow the bracket", "[profile a] \t\r\n", ["profile a"]],
  [
    "rule 3: an indented line continues the property before it, over blank lines and comments",
    "[profile a]\nx = 1\n\n# note\n  2\n",
    ["profile a", "  x=1\n2"],
  ],
  [
    "rule 4: a property is a name, an equals sign and a value that may be empty",
    "[profile a]\nx=\ny = 1",
    ["profile a", "  x=", "  y=1"],
  ],
  [
    "rule 6: the config file knows six kinds of section and passes over the others",
    "[default]\n[profile default]\n[profile a]\n[sso-session s]\n[services v]\n[aws-as]\n[aws-as a]\n[preview]\nx = 1\n[plugins p]\n[profile]\n[aws-asx y]",
    [
      "profile default",
      "profile default",
      "profile a",
      "sso-session s",
      "services v",
      "settings aws-as",
      "aws-as a",
      "ignored preview",
      "  x=1",
      "ignored plugins p",
      "ignored profile",
      "ignored aws-asx y",
    ],
  ],
  [
    "rule 6: types are told apart by case",
    "[Profile a]\n[DEFAULT]",
    ["ignored Profile a", "ignored DEFAULT"],
  ],
  [
    "rule 8: white space in the brackets is trimmed and any run of it separates type and name",
    "[ \tprofile \t a\t]\n[ default ]\n[\taws-as ]",
    ["profile a", "profile default", "settings aws-as"],
  ],
  ["rule 8: without white space there is no type", "[profilefoo]\nx = 1", ["ignored profilefoo", "  x=1"]],
  [
    "rule 9: a name is made of letters, digits and _.@:/+%-",
    "[profile aZ09_.@:/+%-]",
    ["profile aZ09_.@:/+%-"],
  ],
  [
    "rule 9: a name may stand in quotes, and then has blanks within (config-06)",
    "[profile \"a\"]\nx = 1\n[profile 'my work']\n[sso-session 'my sso']\n[services \"s\"]\n[aws-as 'my work']",
    ["profile a", "  x=1", "profile my work", "sso-session my sso", "services s", "aws-as my work"],
  ],
  [
    "rule 9: a section with another name is passed over, the next one is not",
    '[profile \'a"]\nx = 1\n[profile a b]\n[profile ü]\n[profile "ü"]\n[profile a=b]\n[profile ok]\ny = 2',
    [
      "ignored profile 'a\"",
      "  x=1",
      "ignored profile a b",
      "ignored profile ü",
      'ignored profile "ü"',
      "ignored profile a=b",
      "profile ok",
      "  y=2",
    ],
  ],
  [
    "rule 12: a section without properties is there, and empty",
    "[profile a]\n[profile b]",
    ["profile a", "profile b"],
  ],
  [
    "rule 13: names and values are trimmed, and the first equals sign separates",
    "[profile a]\nx \t=\t a = b=c \t\r\n",
    ["profile a", "  x=a = b=c"],
  ],
  [
    "rule 13: a colon separates where it comes first, behind one word (config-11)",
    "[profile a]\nexternal_id: a=b\nregion: eu-west-1\nx:y\ntwo words: a = b",
    ["profile a", "  external_id=a=b", "  region=eu-west-1", "  x=y"],
  ],
  [
    "rule 13: wide white space is trimmed too (config-08)",
    "\u00a0\n[profile a]\u00a0\nx\u00a0=\u00a01\u00a0\ny =\u3000à\u2003\u00a0\r\nz = 1\u00a0# note\n\u00a0# note",
    ["profile a", "  x=1", "  y=à", "  z=1"],
  ],
  ["rule 14: names read as lower case", "[profile a]\nAws_Region = EU", ["profile a", "  aws_region=EU"]],
  [
    "rule 14: a name with white space inside is passed over, with its value",
    "[profile a]\nx y = 1\n  no equals sign here\nv w =\n  nor here\nz = 2",
    ["profile a", "  z=2"],
  ],
  [
    "rule 15: # and ; behind white space begin a comment",
    "[profile a]\nx = 1 # c\ny = 2\t;c\nz = # all",
    ["profile a", "  x=1", "  y=2", "  z="],
  ],
  [
    "rule 15: # and ; within a word are part of the value",
    "[profile a]\nx = 1#c;d\ny =#1",
    ["profile a", "  x=1#c;d", "  y=#1"],
  ],
  [
    "rule 16: a continuation is trimmed and joined with a newline, and no comment begins within it",
    "[profile a]\nx = 1 # cut\n\t 2 # kept \n  3;",
    ["profile a", "  x=1\n2 # kept\n3;"],
  ],
  [
    "rule 1: an indented comment is a comment, wherever it stands (config-02, config-03, config-04)",
    "[profile a]\n  # a\nx = 1\n  # b\n\t; c\n  2\ns3 =\n  # d\n  e = f\n",
    ["profile a", "  x=1\n2", "  s3=\ne = f"],
  ],
  [
    "rule 3: a section whose properties are all indented has them (config-01)",
    "[profile a]\n    x = 1\n    y = 2\n      3\n[profile b]\n\tx = 4\ny = 5",
    ["profile a", "  x=1", "  y=2\n3", "profile b", "  x=4", "  y=5"],
  ],
  [
    "rule 3: so has a file that is indented as a whole, headers and all",
    "  [profile a]\n  x = 1\n\n  [profile b]\n  y = 2\n",
    ["profile a", "  x=1", "profile b", "  y=2"],
  ],
  [
    "rule 17: sub-properties are judged in [services] alone (config-03)",
    "[profile a]\ns3 =\n  a = b\n  bare\n  = c\nx = 1",
    ["profile a", "  s3=\na = b\nbare\n= c", "  x=1"],
  ],
  [
    "rule 17: an empty value followed by lines is a set of sub-properties with odd names and blank lines between",
    "[profile a]\ns3 =\n  max_queue_size = 10\n\n  odd name! = x=y\n  empty =\ny = 1",
    ["profile a", "  s3=\nmax_queue_size = 10\nodd name! = x=y\nempty =", "  y=1"],
  ],
  [
    "rule 17: a value that is only a comment is empty, so sub-properties follow",
    "[profile a]\ns3 = # note\n  a = b",
    ["profile a", "  s3=\na = b"],
  ],
];

for (const [name, text, expected] of readings) {
  test(name, () => assert.deepEqual(outline(text), expected));
}

test("rule 7: in the credentials file a section is a bare name, and [profile NAME] is passed over", () => {
  assert.deepEqual(
    outline("[a]\nx = 1\n[profile b]\ny = 2\n[default]\n[ sso-session ]\n[aws-as x]", "credentials"),
    [
      "profile a",
      "  x=1",
      "ignored profile b",
      "  y=2",
      "profile default",
      "profile sso-session",
      "ignored aws-as x",
    ],
  );
});

test("rule 9: in the credentials file a name has its blanks without quotes, as aws-cli writes it (config-07)", () => {
  assert.deepEqual(outline("[my keys]\n['my work']\n[ü x]\n[services x]", "credentials"), [
    "profile my keys",
    "ignored 'my work'",
    "ignored ü x",
    "ignored services x",
  ]);
});

const failures: [string, string, string][] = [
  [
    "rule 2: a header without its bracket",
    "\n[profile a\nx = 1",
    '~/.aws/config:2: section must end with ]: "[profile a"',
  ],
  [
    "rule 2: a header with words behind its bracket",
    "[profile a] b",
    '~/.aws/config:1: section must end with ]: "[profile a]"',
  ],
  [
    "rule 3: an indented line before the first section",
    "# c\n  x = 1",
    "~/.aws/config:2: a property before the first section",
  ],
  [
    "rule 4: a line without an equals sign",
    "[profile a]\nbare words",
    '~/.aws/config:2: a line without "=" (not shown: it may hold a secret)',
  ],
  [
    "rule 4: an ARN whose equals sign got lost",
    "[profile a]\nrole_arn arn:aws:iam::111111111111:role/x",
    '~/.aws/config:2: a line without "=" (not shown: it may hold a secret)',
  ],
  [
    "rule 4: a line without an equals sign in an unknown section",
    "[preview]\nbare",
    '~/.aws/config:2: a line without "=" (not shown: it may hold a secret)',
  ],
  [
    "rule 4: a line whose equals sign is in its comment",
    "[profile a]\nx # = 1",
    '~/.aws/config:2: a line without "=" (not shown: it may hold a secret)',
  ],
  ["rule 4: a line without a name", "[profile a]\n= 1", '~/.aws/config:2: no name before "="'],
  ["rule 4: a property before any section", "x = 1", "~/.aws/config:1: a property before the first section"],
  [
    "rule 17: a sub-property without an equals sign",
    "[services a]\ns3 =\n  a = b\n  bare",
    '~/.aws/config:4: a sub-property without "=" (not shown: it may hold a secret)',
  ],
  [
    "rule 17: a sub-property without a name",
    "[services a]\ns3 =\n  = b",
    '~/.aws/config:3: no sub-property name before "="',
  ],
];

for (const [name, text, message] of failures) {
  test(`${name} is an error with file and line`, () => {
    assert.deepEqual(
      parse(text).errors.map((error) => error.message),
      [message],
    );
  });
}

test("a line that cannot be read spoils its own section and no other", () => {
  const text = "[profile a]\nx = 1\n[profile b]\nword\ny = 2\n[profile c\nz = 3\n[profile d]\nv = 4\n";
  const { sections, errors } = parse(text);
  assert.deepEqual(
    sections.map(({ type, name, error }) => [type, name, error?.at?.line]),
    [
      ["profile", "a", undefined],
      ["profile", "b", 4],
      ["ignored", "profile c", 6],
      ["profile", "d", undefined],
    ],
  );
  assert.deepEqual(
    errors.map(({ at }) => at?.line),
    [4, 6],
  );
});

/** The same text in other encodings, with the name that the error gives them, and that `iconv` takes. */
const encodings: [name: string, bytes: (text: string) => Buffer][] = [
  ["UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le")],
  ["UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16()],
  ["UTF-16LE", (text) => Buffer.from(text, "utf16le")],
  ["UTF-16BE", (text) => Buffer.from(text, "utf16le").swap16()],
  ["UTF-32", (text) => wide(`\ufeff${text}`)],
  ["UTF-32LE", wide],
  ["UTF-32BE", (text) => wide(text).swap32()],
];

function wide(text: string): Buffer {
  return Buffer.concat(
    [...text].map((char) => Buffer.from([char.charCodeAt(0), char.charCodeAt(0) >> 8, 0, 0])),
  );
}

for (const [encoding, encode] of encodings) {
  test(`config-18: a file in ${encoding} is one error that names the encoding, and its hint converts the file`, () => {
    const folder = mkdtempSync(join(tmpdir(), "aws-as encoding-"));
    const path = join(folder, "config");
    const text = "[profile work]\r\nregion = eu-west-1\r\n# à\r\n";
    writeFileSync(path, encode(text));
    try {
      assert.throws(
        () => parseDocument(readFileSync(path), path, "config"),
        (error) => {
          assert.ok(error instanceof UserError);
          assert.equal(error.message, `${path}:1: the file is in ${encoding}, and AWS clients read UTF-8`);
          const [, command = ""] = /^convert it: (.*)$/.exec(error.hints[0] ?? "") ?? [];
          execFileSync("sh", ["-c", command]);
          return true;
        },
      );
      assert.equal(readFileSync(path, "utf8").replace("\ufeff", ""), text);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("rule 5: no error shows a secret that stands on the line", () => {
  const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  for (const text of [
    `[a]\naws_secret_access_key ${secret}`,
    `[a]\n= ${secret}`,
    `aws_secret_access_key = ${secret}`,
    `  ${secret}`,
    `[a]\n  ${secret}`,
    `[a aws_secret_access_key = ${secret}`,
    `[a] aws_secret_access_key = ${secret}`,
    `[a aws_secret_access_key ${secret}`,
    `[${secret}`,
    `[a ${secret}`,
  ]) {
    const [error, ...others] = parse(text, "credentials").errors;
    assert.ok(error instanceof UserError && others.length === 0, text);
    assert.ok(!error.message.includes("wJalr"), error.message);
    assert.match(error.message, /^~\/\.aws\/config:\d: /);
  }
  for (const text of [`aws_session_token =\n  ${secret}`, `aws_session_token =\n  =${secret}`]) {
    const { errors } = parse(`[services a]\n${text}`);
    assert.ok(errors.length === 1 && !String(errors[0]?.message).includes("wJalr"), text);
  }
});

test("an error cannot steer the terminal that shows it", () => {
  const [error] = parse("[profile \x1b[2J").errors;
  assert.ok(error !== undefined && !error.message.includes("\x1b"));
});

test("values are read as UTF-8, names of any bytes survive", () => {
  assert.deepEqual(outline("[profile a]\nx = à\u00a0\nÀB = ☃"), ["profile a", "  x=à", "  àb=☃"]);
  const document = parseDocument(
    Buffer.from([...Buffer.from("[profile a]\nx = "), 0xff, 0x00, 0xfe]),
    "f",
    "config",
  );
  assert.equal(document.sections[0]?.properties[0]?.value, "\ufffd\0\ufffd");
});

test("sections and properties know their lines", () => {
  const [a, b] = parse("# c\n[profile a]\nx = 1\n\n  2\n# about b\n[profile b]\n").sections;
  assert.deepEqual([a?.line, a?.lastLine, b?.line, b?.lastLine], [2, 6, 7, 7]);
  assert.deepEqual([a?.properties[0]?.line, a?.properties[0]?.lastLine], [3, 5]);
});

test("cutting into lines loses no byte, whatever the bytes", () => {
  fc.assert(
    fc.property(arbitraryBytes, (bytes) => {
      assert.deepEqual(Buffer.from(joinLines(splitLines(bytes.toString("latin1"))), "latin1"), bytes);
    }),
  );
});

test("what was read prints as the same bytes, and a file that cannot be read is a UserError", () => {
  let read = 0;
  let whole = 0;
  fc.assert(
    fc.property(
      fc.oneof(arbitraryBytes, arbitraryConfigText),
      fc.constantFrom<FileKind>("config", "credentials"),
      (bytes, kind) => {
        let document: Document;
        try {
          document = parseDocument(bytes, "f", kind);
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
          assert.match(error.message, /^f:\d+: /);
          return;
        }
        read += 1;
        if (document.errors.length === 0) whole += 1;
        for (const error of document.errors) {
          assert.ok(error instanceof UserError, String(error));
          assert.match(error.message, /^f:\d+: /);
        }
        assert.deepEqual(printDocument(document), bytes);
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(read > 1900, `${read} of 2000 files could be read`);
  assert.ok(whole > 500, `only ${whole} of 2000 inputs were readable, so this test shows little`);
});
