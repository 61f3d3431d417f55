import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Document, parseDocument, printDocument } from "../../../src/config/files/document.ts";
import {
  addSection,
  type NewSection,
  removeProperty,
  removeSection,
  setProperty,
} from "../../../src/config/files/edit.ts";
import type { FileKind } from "../../../src/config/files/lines.ts";
import { cutApart, joinPieces } from "../../../src/config/files/pieces.ts";
import type { SectionKey } from "../../../src/config/files/written-text.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { parsableConfigText } from "./arbitrary-config.ts";

function parse(text: string | Buffer, kind: FileKind = "config"): Document {
  return parseDocument(Buffer.from(text), "~/.aws/config", kind);
}

const text = (document: Document) => printDocument(document).toString();
const profile = (name: string): SectionKey => ({ type: "profile", name });
const stanza: NewSection = {
  type: "profile",
  name: "new",
  comments: ["written by aws-as init"],
  properties: [["region", "eu-west-1"]],
};
const STANZA = "[profile new]\n# written by aws-as init\nregion = eu-west-1\n";

const additions: [string, string, string | undefined, string][] = [
  ["an empty file gets nothing but the section", "", undefined, STANZA],
  [
    "a section at the end is set apart by a blank line",
    "[profile a]\nx = 1\n",
    undefined,
    `[profile a]\nx = 1\n\n${STANZA}`,
  ],
  [
    "blank lines at the end stay at the end",
    "[profile a]\nx = 1\n\n\n",
    undefined,
    `[profile a]\nx = 1\n\n${STANZA}\n\n`,
  ],
  [
    "a file without a final newline stays one",
    "[profile a]\nx = 1",
    undefined,
    `[profile a]\nx = 1\n\n${STANZA.slice(0, -1)}`,
  ],
  [
    "line endings are the file's own",
    "[profile a]\r\nx = 1\r\n",
    undefined,
    `[profile a]\r\nx = 1\r\n\r\n${STANZA.replaceAll("\n", "\r\n")}`,
  ],
  [
    "line endings are the file's own without a final newline",
    "[profile a]\r\nx = 1",
    undefined,
    `[profile a]\r\nx = 1\r\n\r\n${STANZA.replaceAll("\n", "\r\n").slice(0, -2)}`,
  ],
  ["a byte order mark stays in front", "\ufeff", undefined, `\ufeff${STANZA}`],
  ["a comment in front stays in front", "# mine\n", undefined, `# mine\n\n${STANZA}`],
  [
    "behind another section",
    "[profile a]\nx = 1\n\n# about b\n[profile b]\n",
    "a",
    `[profile a]\nx = 1\n\n${STANZA}\n# about b\n[profile b]\n`,
  ],
  [
    "behind another section's continuation lines",
    "[profile a]\ns3 =\n  y = 1\n\n# c\n  z = 2\n\n[profile b]\n",
    "a",
    `[profile a]\ns3 =\n  y = 1\n\n# c\n  z = 2\n\n${STANZA}\n[profile b]\n`,
  ],
  [
    "behind another section's comments",
    "[profile a]\nx = 1\n# y = 2\n\n[profile b]\n",
    "a",
    `[profile a]\nx = 1\n# y = 2\n\n${STANZA}\n[profile b]\n`,
  ],
  [
    "before the comment that describes the next section",
    "[profile a]\nx = 1\n# about b\n[profile b]\n",
    "a",
    `[profile a]\nx = 1\n${STANZA}# about b\n[profile b]\n`,
  ],
  [
    "in the file's own dense style",
    "[profile a]\nx = 1\n[profile b]\n",
    "a",
    `[profile a]\nx = 1\n${STANZA}[profile b]\n`,
  ],
  [
    "behind the last of several sections of that name",
    "[profile a]\n[profile b]\n[profile a]\n",
    "a",
    `[profile a]\n[profile b]\n[profile a]\n\n${STANZA}`,
  ],
];

for (const [name, before, after, expected] of additions) {
  test(`adding a section: ${name}, and removing it restores the file`, () => {
    const edited = addSection(parse(before), stanza, after === undefined ? undefined : profile(after));
    assert.equal(text(edited), expected);
    assert.equal(text(removeSection(edited, stanza)), before);
  });
}

test("our own sections and those of the credentials file have headers of their own", () => {
  const config = addSection(parse(""), { type: "settings", name: "aws-as", properties: [["store", "file"]] });
  assert.equal(text(config), "[aws-as]\nstore = file\n");
  assert.equal(text(addSection(parse(""), { type: "aws-as", name: "a", properties: [] })), "[aws-as a]\n");
  assert.equal(text(addSection(parse("", "credentials"), { ...profile("a"), properties: [] })), "[a]\n");
  assert.equal(text(addSection(parse(""), { ...profile("default"), properties: [] })), "[profile default]\n");
  assert.throws(() => addSection(parse("", "credentials"), { type: "aws-as", name: "a", properties: [] }));
});

test("a section is never written twice, in whatever spelling it is there", () => {
  for (const there of [
    "[profile new]",
    "[ profile\tnew ] # c",
    '[profile "new"]',
    "[profile 'new']",
    "[profile new]\nx = 1\n[profile b]",
  ]) {
    assert.throws(
      () => addSection(parse(there), stanza),
      (error) =>
        error instanceof UserError &&
        error.message === '~/.aws/config:1: the section "[profile new]" exists already',
      there,
    );
  }
  assert.throws(() => addSection(parse("[default]"), { ...profile("default"), properties: [] }), UserError);
  assert.throws(
    () => addSection(parse("[aws-as]"), { type: "settings", name: "aws-as", properties: [] }),
    UserError,
  );
  assert.doesNotThrow(() => addSection(parse("[aws-as new]\n[sso-session new]\n[new]"), stanza));
});

test("names, properties and values that some client misreads are refused, without showing the value", () => {
  const add = (name: string, key: string, value: string) =>
    addSection(parse("[profile a]\n"), { ...profile(name), properties: [[key, value]] });
  for (const name of ["", "a b", "a]", "ü", "a#b", 'a"', "a\nb", "a=b"]) {
    assert.throws(() => add(name, "x", "1"), UserError, name);
  }
  for (const key of ["", "X", "a b", "a-b", "yes", "null", "1a", "a=", "ü", "#a"]) {
    assert.throws(() => add("n", key, "1"), UserError, key);
  }
  for (const value of [
    "",
    " canary",
    "canary ",
    "can\nary",
    "can\rary",
    "canary [x",
    "x] canary",
    "canary #x",
    "canary\t;x",
    "#canary",
    ";canary",
    "canary\0",
    "canary\ud800",
  ]) {
    assert.throws(
      () => add("n", "x", value),
      (error) => error instanceof UserError && !/canary/.test(error.message),
      JSON.stringify(value),
    );
  }
  for (const value of ["a=b", "a#b", "a;b", '{"a": 1}', "é☃", "/a\\ b/c d", "%s", "$(x)"]) {
    const { sections } = add("n", "x", value);
    assert.equal(sections[1]?.properties[0]?.value, value);
  }
});

const settings: [string, string, string][] = [
  [
    "a new property goes behind the last one",
    "[profile a]\nx = 1\n\n# about b\n[profile b]\n",
    "[profile a]\nx = 1\nnew = ü v\n\n# about b\n[profile b]\n",
  ],
  [
    "a new property goes below the header of an empty section",
    "[profile a] # c\n\n[profile b]\n",
    "[profile a] # c\nnew = ü v\n\n[profile b]\n",
  ],
  [
    "a new property goes behind continuation lines",
    "[profile a]\ns3 =\n  y = 1\n# c\n  z = 2\n# d\n",
    "[profile a]\ns3 =\n  y = 1\n# c\n  z = 2\nnew = ü v\n# d\n",
  ],
  ["a file without a final newline stays one", "[profile a]\r\nx = 1", "[profile a]\r\nx = 1\r\nnew = ü v"],
  ["a lone header without a newline", "[profile a]", "[profile a]\nnew = ü v"],
  [
    "the last section of that name gets it",
    "[profile a]\n[profile b]\n[profile a]\nx = 1\n[profile c]\n",
    "[profile a]\n[profile b]\n[profile a]\nx = 1\nnew = ü v\n[profile c]\n",
  ],
];

for (const [name, before, expected] of settings) {
  test(`setting a property: ${name}, and removing it restores the file`, () => {
    const edited = setProperty(parse(before), profile("a"), "new", "ü v");
    assert.equal(text(edited), expected);
    assert.equal(text(removeProperty(edited, profile("a"), "new")), before);
  });
}

const replacements: [string, string, string][] = [
  ["spelling and spacing stay", "[profile a]\nOld\t=  1  \r\nx = 1\n", "[profile a]\nOld\t=  v\r\nx = 1\n"],
  ["spacing stays dense", "[profile a]\nold=1", "[profile a]\nold=v"],
  ["an empty value gets its blank", "[profile a]\nold =\nx = 1\n", "[profile a]\nold = v\nx = 1\n"],
  [
    "continuation lines go, comments between them stay",
    "[profile a]\nold = 1\n  2\n# c\n  3\nx = 1\n",
    "[profile a]\nold = v\n# c\nx = 1\n",
  ],
  [
    "the comment on its line moves to a line of its own",
    "[profile a]\nold = 1 # why\n",
    "[profile a]\n# why\nold = v\n",
  ],
  [
    "of several the one that counts is set",
    "[profile a]\nold = 1\nold = 2\n[profile b]\nold = 3\n",
    "[profile a]\nold = 1\nold = v\n[profile b]\nold = 3\n",
  ],
  [
    "of several sections the one that counts is set",
    "[profile a]\nold = 1\n[profile a]\nold = 2\n[profile a]\n",
    "[profile a]\nold = 1\n[profile a]\nold = v\n[profile a]\n",
  ],
];

for (const [name, before, expected] of replacements) {
  test(`replacing a property: ${name}`, () => {
    assert.equal(text(setProperty(parse(before), profile("a"), "old", "v")), expected);
  });
}

test("[profile default] is set, not the [default] that it beats", () => {
  const before = "[default]\nx = 1\n[profile default]\nx = 2\n[default]\nx = 3\n";
  assert.equal(text(setProperty(parse(before), profile("default"), "x", "v")), before.replace("2", "v"));
  assert.equal(text(setProperty(parse("[default]\n"), profile("default"), "x", "v")), "[default]\nx = v\n");
});

test("bytes that are no UTF-8 survive an edit of their own line", () => {
  const before = Buffer.from("[profile a]\nold = \xff # \xfe\xe4\ny = \xff", "latin1");
  const edited = setProperty(parse(before), profile("a"), "old", "v");
  assert.deepEqual(
    printDocument(edited),
    Buffer.from("[profile a]\n# \xfe\xe4\nold = v\ny = \xff", "latin1"),
  );
});

test("removing a property takes it out wherever it is said, and keeps comments between its lines", () => {
  const before =
    "[profile a]\nx = 1\n  2\n# keep\n\n  3\nX = 4\ny = 1\nx y = 5\n[profile a]\nx=6\n[profile b]\nx = 7\n";
  assert.equal(
    text(removeProperty(parse(before), profile("a"), "x")),
    "[profile a]\n# keep\n\ny = 1\nx y = 5\n[profile a]\n[profile b]\nx = 7\n",
  );
});

test("removing what is not there changes nothing", () => {
  const before = "[profile a]\nx = 1";
  assert.equal(text(removeProperty(parse(before), profile("a"), "y")), before);
  assert.equal(text(removeProperty(parse(before), profile("b"), "x")), before);
  assert.equal(text(removeSection(parse(before), profile("b"))), before);
});

test("removing a section takes out all of that name and leaves what describes the next one", () => {
  assert.equal(
    text(
      removeSection(
        parse(
          "# top\n[profile a]\nx = 1\n# own\n\n[profile b]\ny = 1\n\n[profile a]\n# about c\n[profile c]\n",
        ),
        profile("a"),
      ),
    ),
    "# top\n\n[profile b]\ny = 1\n\n# about c\n[profile c]\n",
  );
});

test("setting a property of a section that is not there is an error", () => {
  assert.throws(
    () => setProperty(parse("[profile a]\n"), profile("b"), "x", "1"),
    /^UserError: there is no section \[profile b\] in ~\/\.aws\/config$/,
  );
});

/** The lines that `after` has and `before` has not, when all of `before` is still there in order; else undefined. */
function insertedLines(before: string, after: string): string[] | undefined {
  const rest = before.split("\n");
  const extra: string[] = [];
  for (const line of after.split("\n")) {
    if (rest[0] === line) rest.shift();
    else extra.push(line);
  }
  return rest.length === 0 ? extra : undefined;
}

test("in a piece of a file a new line ends as in the whole file", () => {
  const whole = parse("[profile a]\r\nx = 1\n[profile b]");
  const edited = (document: Document) => setProperty(document, profile("b"), "x", "1");
  const [first, last] = cutApart(whole, []);
  assert.ok(first && last);
  const joined = joinPieces(whole, [first, edited(last)]);
  assert.equal(text(joined), text(edited(whole)));
  assert.equal(text(addSection(joined, stanza)), text(addSection(edited(whole), stanza)));
  // Two lines, of which the last one stays without an end.
  const added = addSection(last, stanza);
  assert.equal(text(joinPieces(whole, [first, added])), text(addSection(whole, stanza)));
});

test("an edit leaves all other bytes alone, and its reverse restores the file, whatever the file", () => {
  const key = fc.constantFrom<SectionKey>(profile("a"), profile("b"), profile("default"), {
    type: "aws-as",
    name: "a",
  });
  fc.assert(
    fc.property(parsableConfigText, key, fc.boolean(), (bytes, near, behind) => {
      const before = parse(bytes);
      const has = before.sections.some(({ type, name }) => type === near.type && name === near.name);
      const added = addSection(before, stanza, has && behind ? near : undefined);
      const inserted = insertedLines(
        bytes.toString("latin1").replaceAll("\r\n", "\n"),
        printDocument(added).toString("latin1").replaceAll("\r\n", "\n"),
      );
      assert.deepEqual(
        // It is indented as the header below it is, which would otherwise continue it.
        inserted?.filter((line) => line !== "").map((line) => line.trimStart()),
        STANZA.trimEnd().split("\n"),
      );
      assert.deepEqual(printDocument(removeSection(added, stanza)), bytes);
      if (!has) return;
      const set = setProperty(before, near, "brand_new", "v");
      assert.deepEqual(printDocument(removeProperty(set, near, "brand_new")), bytes);
      // What stands before an indented header cannot always go: the header would continue the line above.
      try {
        removeSection(before, near);
      } catch (error) {
        assert.match(String(error), /^UserError: .*: the header is indented/);
        assert.match(bytes.toString("latin1"), /^ +\[/m);
      }
      removeProperty(before, near, "x");
      setProperty(before, near, "x", "other");
    }),
    { numRuns: 3000 },
  );
});
