import fc from "fast-check";

/** Any bytes at all, the ones that matter to a parser more often. */
export const arbitraryBytes: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...Buffer.from("[]=#; \t\r\n\0abc"), 0xef, 0xbb, 0xbf, 0xff, 0xa0),
    ),
    { maxLength: 80 },
  )
  .map((bytes) => Buffer.from(bytes));

const ending = fc.constantFrom("\n", "\n", "\n", "\r\n");
const blank = fc.constantFrom("", " ", "\t", "\r", "\xc2\xa0");
const comment = fc.constantFrom("# note", ";", "#x = 1", "# \u00fc", "  # note", "\t;");
const header = fc.constantFrom(
  "[default]",
  "[profile default]",
  "[profile a]",
  "[ profile\tb ]",
  "[profile a] # again",
  '[profile "q"]',
  "[profile 'q r']",
  "  [profile c]",
  "[aws-as a]",
  "[aws-as]",
  "[sso-session s];c",
  "[preview]",
  "[a]",
);
const property = fc.constantFrom(
  "x = 1",
  "X=2",
  "y = 1 # c",
  "region\t=\teu-west-1",
  "s3 =",
  "odd name = 1",
  "v = a=b",
  "u = \u00fc",
  "raw = \xff\xfe",
  "w: 1",
  "z\xc2\xa0= 1\xc2\xa0",
  "    t = 1",
);
const continuation = fc.constantFrom("  a = b", "\tc = d # e", " # = f");
const oddity = fc.constantFrom("bare", "= x", "[open", "\0");

/** Text made of lines such as config files have, nearly always one that parses. `oddities` lets in lines that do not. */
function configText(oddities: boolean): fc.Arbitrary<Buffer> {
  const line = fc.oneof(
    { weight: 2, arbitrary: blank },
    { weight: 2, arbitrary: comment },
    { weight: 4, arbitrary: header },
    {
      weight: 8,
      arbitrary: fc
        .tuple(property, fc.array(continuation, { maxLength: 2 }))
        .map(([first, more]) => [first, ...more].join("\n")),
    },
    { weight: oddities ? 1 : 0, arbitrary: fc.oneof(oddity, continuation) },
  );
  return fc
    .tuple(
      fc.constantFrom("", "", "", "\xef\xbb\xbf"),
      header,
      fc.array(fc.tuple(line, ending), { maxLength: 14 }),
      fc.boolean(),
    )
    .map(([bom, first, lines, finalEnding]) => {
      const text = `${bom}${first}\n${lines.map(([body, end]) => body + end).join("")}`;
      return Buffer.from(finalEnding ? text : text.replace(/\r?\n$/, ""), "latin1");
    });
}

export const arbitraryConfigText = configText(true);
export const parsableConfigText = configText(false);
