import type { FindingId } from "../../../src/commands/doctor/finding.ts";

/** What one client's own reader makes of a file: an error, or profiles by name. */
export type Reading = "refused" | Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A file with one oddity, the rule that it breaks, and what the clients that tests can run make of it. */
export interface Sample {
  readonly name: string;
  readonly kind: "config" | "credentials";
  readonly text: string;
  readonly id: FindingId;
  readonly line: number;
  readonly botocore?: Reading;
  readonly js?: Reading;
}

const a = "[profile a]\nregion = x\n";
const read = { a: { region: "x" } };

export const samples: readonly Sample[] = [
  ...config("a section twice", "duplicate-section", 3, `${a}[profile a]\noutput = json\n`, {
    botocore: "refused",
    js: { a: { region: "x", output: "json" } },
  }),
  ...config("an unknown section twice", "duplicate-section", 5, `${a}[x]\nb = c\n[x]\nb = d\n`, {
    botocore: "refused",
    js: read,
  }),
  ...config("a key twice", "duplicate-key", 3, `${a}region = y\n`, {
    botocore: "refused",
    js: { a: { region: "y" } },
  }),
  ...config("a key twice, once with capitals", "duplicate-key", 3, `${a}Region = y\n`, {
    botocore: "refused",
  }),
  ...config("a bare word", "line-without-equals", 3, `${a}word\n`, { botocore: "refused", js: read }),
  ...config("a bare word in a section of nobody's", "line-without-equals", 4, `${a}[x]\nword\n`, {
    botocore: "refused",
    js: read,
  }),
  ...config("a key before any section", "key-before-section", 1, `region = y\n${a}`, { botocore: "refused" }),
  ...config("a nested bare word", "nested-line-without-equals", 4, `${a}s3 =\n  word\n`, {
    botocore: "refused",
  }),
  ...config("a comment behind a value", "inline-comment", 2, "[profile a]\nregion = x # y\n", {
    botocore: { a: { region: "x # y" } },
    js: read,
  }),
  ...config("a comment in place of a value", "inline-comment", 3, `${a}output = ; none\n`, {
    botocore: { a: { region: "x", output: "; none" } },
  }),
  ...config("a type that begins like profile", "prefix-section", 3, `${a}[profile-as a]\nregion = y\n`, {
    botocore: { a: { region: "y" } },
    js: read,
  }),
  ...config("a name of two words", "spaced-name", 3, `${a}[profile b c]\nregion = y\n`, {
    botocore: read,
    js: read,
  }),
  ...config("blanks inside the brackets", "header-inner-space", 3, `${a}[ profile b ]\nregion = y\n`, {
    botocore: read,
    js: read,
  }),
  ...config("both defaults", "default-twice", 3, "[default]\nregion = x\n[profile default]\nregion = y\n", {
    botocore: { default: { region: "y" } },
    js: { default: { region: "y" } },
  }),
  ...config(
    "both defaults the other way",
    "default-twice",
    3,
    "[profile default]\nregion = x\n[default]\nregion = y\n",
    {
      botocore: { default: { region: "y" } },
      js: { default: { region: "x" } },
    },
  ),
  ...config("a byte order mark", "byte-order-mark", 1, `\ufeff${a}`, { botocore: "refused", js: read }),
  ...config("bytes that are no UTF-8", "not-utf-8", 1, `# \xfc\n${a}`, { botocore: "refused", js: read }),
  ...config("a colon", "colon-for-equals", 3, `${a}output: json\n`, {
    botocore: { a: { region: "x", output: "json" } },
    js: read,
  }),
  ...config("keys indented below the header", "indented-key-first", 2, "[profile a]\n  region = x\n", {
    botocore: read,
    js: read,
  }),
  ...config("one indented key", "indented-key", 3, `${a}  output = json\n`, {
    botocore: { a: { region: "x\noutput = json" } },
    js: { a: { region: "x", output: "json" } },
  }),
  ...config("a value that goes on", "continued-value", 3, `${a}  y\n`, {
    botocore: { a: { region: "x\ny" } },
    js: read,
  }),
  ...config(
    "an indented comment below the header",
    "indented-comment-first",
    2,
    "[profile a]\n  # y\nregion = x\n",
    {
      botocore: read,
      js: read,
    },
  ),
  ...config("an indented comment below a key", "indented-comment", 3, `${a}  # y\n`, {
    botocore: read,
    js: read,
  }),
  ...config("a profile without the word", "bare-section", 3, `${a}[b]\nregion = y\n`, {
    botocore: read,
    js: read,
  }),
  ...config("quotes around a name", "quoted-section", 3, `${a}[profile "b"]\nregion = y\n`, {
    botocore: { ...read, b: { region: "y" } },
    js: { ...read, b: { region: "y" } },
  }),
  ...config("quotes around two words", "quoted-section", 3, `${a}[profile "b c"]\nregion = y\n`, {
    botocore: { ...read, "b c": { region: "y" } },
    js: read,
  }),
  ...config("an odd name", "odd-name", 3, `${a}[profile b=c]\nregion = y\n`, {
    botocore: { ...read, "b=c": { region: "y" } },
    js: read,
  }),
  ...config("two blanks in a header", "header-wide-space", 3, `${a}[profile  b]\nregion = y\n`, {
    botocore: { ...read, b: { region: "y" } },
    js: read,
  }),
  ...config("a tab in a header", "header-wide-space", 3, `${a}[profile\tb]\nregion = y\n`, {
    botocore: { ...read, b: { region: "y" } },
    js: { ...read, b: { region: "y" } },
  }),
  ...config("a comment behind a header", "header-comment", 1, "[profile a] # y\nregion = x\n", {
    botocore: read,
    js: read,
  }),
  ...config(
    "a comment close behind a header (config-22)",
    "header-comment-tight",
    3,
    `${a}[profile b];y\nregion = y\n`,
    {
      botocore: { ...read, b: { region: "y" } },
      // The lines below the header that it does not see are those of the section before.
      js: { a: { region: "y" } },
    },
  ),
  ...config(
    "a bracket in the comment behind a header (config-20)",
    "header-comment-bracket",
    3,
    `${a}[profile b] # [y]\nregion = y\n`,
    {
      botocore: read,
    },
  ),
  ...config("nothing between the brackets (config-20)", "empty-header", 3, `${a}[]\nx = y\n`, {
    botocore: "refused",
  }),
  ...config("DEFAULT (config-12)", "capital-default", 1, `[DEFAULT]\noutput = json\n${a}`, {
    botocore: { a: { region: "x", output: "json" } },
    js: read,
  }),
  ...config(
    "an indented header",
    "indented-header",
    3,
    `[profile a]\nregion = x\n  [profile b]\nregion = y\n`.replace("region = x\n", "\n"),
    {
      botocore: { a: {}, b: { region: "y" } },
    },
  ),
  ...config("a value in quotes (config-21)", "quoted-value", 3, `${a}external_id = "e1"\n`, {
    botocore: { a: { region: "x", external_id: '"e1"' } },
    js: { a: { region: "x", external_id: '"e1"' } },
  }),
  ...config("a letter without width", "invisible-letter", 2, "[profile a]\nregion = x\u200b\n", {
    botocore: { a: { region: "x\u200b" } },
  }),
  ...config(
    "a no-break space behind a value (config-08)",
    "wide-space",
    2,
    "[profile a]\nregion = x\u00a0\n",
    {
      botocore: read,
      js: read,
    },
  ),
  ...config("a colon before an equals sign (config-11)", "colon-for-equals", 3, `${a}external_id: a=b\n`, {
    botocore: { a: { region: "x", external_id: "a=b" } },
    js: { a: { region: "x", "external_id: a": "b" } },
  }),
  ...config(
    "many indented keys (config-17)",
    "indented-key-first",
    2,
    "[profile a]\n  region = x\n  output = json\n",
    {
      botocore: { a: { region: "x", output: "json" } },
    },
  ),
  ...config("an odd name in quotes", "odd-name", 3, `${a}[profile "ü x"]\nregion = y\n`, {
    botocore: { ...read, "ü x": { region: "y" } },
  }),
  ...config("a reserved name", "reserved-key", 3, `${a}yes = 1\n`, {
    botocore: { a: { region: "x", yes: "1" } },
    js: { a: { region: "x", yes: "1" } },
  }),
  ...config("brackets in a value", "brackets-in-value", 3, `${a}output = [json]\n`, {
    botocore: { a: { region: "x", output: "[json]" } },
    js: { a: { region: "x", output: "[json]" } },
  }),
  ...config("capital letters", "capital-key", 3, `${a}Output = json\n`, {
    botocore: { a: { region: "x", output: "json" } },
    js: { a: { region: "x", Output: "json" } },
  }),
  ...config("a tilde", "process-needs-shell", 2, "[profile a]\ncredential_process = ~/x process a\n"),
  ...config("a pipe", "process-needs-shell", 2, "[profile a]\ncredential_process = /x a | y\n"),
  ...config("a variable set before", "process-needs-shell", 2, "[profile a]\ncredential_process = A=b /x\n"),
  ...config("a quoted program", "process-quoted-program", 2, '[profile a]\ncredential_process = "/x y" a\n'),
  ...config(
    "a comment within quotes",
    "process-quoted-comment",
    2,
    '[profile a]\ncredential_process = /x "a;b"\n',
  ),
  {
    name: "a name with a blank in the credentials file (config-07)",
    kind: "credentials",
    id: "spaced-name-in-credentials",
    line: 1,
    text: "[my keys]\nregion = x\n",
    botocore: { "my keys": { region: "x" } },
  },
  {
    name: "a section of ours in the credentials file",
    kind: "credentials",
    id: "own-section-in-credentials",
    line: 1,
    text: "[aws-as a]\nregion = x\n",
    botocore: { "aws-as a": { region: "x" } },
  },
  {
    name: "the word profile in the credentials file",
    kind: "credentials",
    id: "profile-section-in-credentials",
    line: 1,
    text: "[profile a]\nregion = x\n",
    botocore: { "profile a": { region: "x" } },
  },
];

/** Bytes, as one sample holds some that are no text. */
export function bytesOf({ text }: Sample): Buffer {
  return text.includes("\xfc") ? Buffer.from(text, "latin1") : Buffer.from(text);
}

function config(
  name: string,
  id: FindingId,
  line: number,
  text: string,
  readings: Pick<Sample, "botocore" | "js"> = {},
): Sample[] {
  return [{ name, kind: "config", id, line, text, ...readings }];
}
