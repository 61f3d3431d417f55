import { trimSpace } from "../config/files/lines.ts";
import { same, views } from "./clients.ts";
import { eachProfile, everyProperty, headers, isReadByClients, type LineRule, whole } from "./line-rule.ts";
import { isAwsKey, propertyName, sectionShown } from "./property-names.ts";

/** How properties, comments and bytes are read. */
export const propertyRules: readonly LineRule[] = [
  {
    id: "duplicate-key",
    why: eachProfile,
    clients: views({
      botocore: `${whole}: Unable to parse config file`,
      dotnet: "drops the section",
      ...same("read the last one", "go1", "go2", "js", "java", "rust", "php", "ruby", "cpp"),
    }),
    mend: "take out all but one of the lines",
    find: ({ sections }) =>
      sections.flatMap(({ properties }) => {
        const first = new Map<string, number>();
        return properties.flatMap(({ name, line, separator }) => {
          if (separator === undefined) return [];
          const before = first.get(name.toLowerCase());
          if (before === undefined) first.set(name.toLowerCase(), line);
          return before === undefined
            ? []
            : [{ line, what: `${propertyName(name)} of line ${before} is said again in the same section` }];
        });
      }),
  },
  {
    id: "line-without-equals",
    why: eachProfile,
    clients: views({
      awsAs: whole,
      botocore: whole,
      ...same(whole, "java", "rust", "dotnet"),
      cpp: "reads nothing behind it",
      ...same("ignore the line", "go1", "go2", "js", "php", "ruby"),
    }),
    mend: "write it as NAME = VALUE, put a # before it, or take it out",
    find: ({ sections }) =>
      sections.flatMap(({ properties, line: header }) =>
        properties
          .filter(({ separator, indented }) => separator === undefined && !indented && header > 0)
          .map(({ line }) => ({ line, what: 'a line without "=" (not shown: it may hold a secret)' })),
      ),
  },
  {
    id: "key-before-section",
    why: eachProfile,
    clients: views({ awsAs: whole, botocore: whole, ...same(whole, "java", "rust"), cpp: "reads nothing" }),
    mend: "write the header of its section above it, such as [default]",
    find: ({ sections: [head] }) =>
      (head?.properties ?? [])
        .slice(0, 1)
        .map(({ line }) => ({ line, what: "a property stands before the first section" })),
  },
  {
    id: "nested-line-without-equals",
    why: eachProfile,
    clients: views({
      awsAs: whole,
      botocore: whole,
      ...same(whole, "java", "rust", "dotnet"),
      cpp: "reads nothing behind it",
    }),
    mend: "write it as NAME = VALUE, or take it out",
    find: ({ sections }) =>
      everyProperty(sections).flatMap(({ value, more }) =>
        value !== ""
          ? []
          : more
              .filter(({ text }) => !text.includes("="))
              .map(({ line }) => ({
                line,
                what: 'an indented line without "=" below a property without value',
              })),
      ),
  },
  {
    id: "inline-comment",
    why: "the comment becomes a part of the value",
    clients: views({
      ...same("take it for a part of the value", "botocore", "dotnet"),
      ...same("cut the value at ; and not at #", "php", "ruby"),
      ...same("cut it off", "go1", "go2", "js", "java", "rust", "cpp"),
    }),
    mend: "move the comment to a line of its own, in column 1",
    find: ({ sections }) =>
      everyProperty(sections.filter(isReadByClients)).flatMap(({ name, value, line }) =>
        /(?:^|\s)[#;]/.test(value)
          ? [{ line, what: `a comment stands behind the value of ${propertyName(name)}` }]
          : [],
      ),
  },
  {
    id: "byte-order-mark",
    why: "an editor on Windows has put three bytes before the first line",
    clients: views({
      ...same(whole, "botocore", "go1", "java", "rust"),
      ...same("lose the first section", "go2", "ruby", "cpp"),
      ...same("read it", "awsAs", "js", "dotnet", "php"),
    }),
    mend: "save the file as UTF-8 without a byte order mark",
    find: ({ bom }) => (bom ? [{ line: 1, what: "the file begins with a byte order mark" }] : []),
  },
  {
    id: "not-utf-8",
    why: eachProfile,
    clients: views({
      ...same(whole, "botocore", "rust", "ruby"),
      ...same("put other letters in their place", "java", "dotnet"),
      ...same("read it", "awsAs", "go1", "go2", "js", "php", "cpp"),
    }),
    mend: "save the file as UTF-8, or write the line in plain letters",
    find: ({ undecodable }) =>
      undecodable.slice(0, 5).map((line) => ({ line, what: "the line holds bytes that are no UTF-8" })),
  },
  {
    id: "colon-for-equals",
    why: "a colon separates name and value for some clients, and is an error for others",
    clients: views({
      ...same(whole, "awsAs", "java", "rust", "dotnet"),
      ...same("ignore the line", "js", "php", "ruby"),
      cpp: "reads nothing behind it",
      ...same("read it", "botocore", "go1", "go2"),
    }),
    mend: "write = in place of the colon",
    find: ({ sections }) =>
      everyProperty(sections)
        .filter(({ separator }) => separator === ":")
        .map(({ line, name }) => ({ line, what: `${propertyName(name)} is written with a colon` })),
  },
  {
    id: "indented-key-first",
    why: eachProfile,
    clients: views({
      ...same(whole, "awsAs", "java", "rust"),
      ruby: "fails with NoMethodError",
      ...same("read it", "botocore", "go1", "go2", "js", "dotnet", "php", "cpp"),
    }),
    mend: "write the properties flush left",
    find: ({ sections }) =>
      headers(sections).flatMap((section) =>
        section.properties
          .filter(({ indented }) => indented)
          .slice(0, 1)
          .map(({ line }) => ({ line, what: `the first property of ${sectionShown(section)} is indented` })),
      ),
  },
  {
    id: "indented-key",
    why: "an indented line continues the value above it, so that both properties are lost",
    clients: views({
      ...same("take it for a part of the value above", "awsAs", "botocore", "java", "rust", "ruby"),
      ...same("read it as a property", "go1", "go2", "js", "dotnet", "php", "cpp"),
    }),
    mend: "write the property flush left",
    find: ({ sections }) =>
      everyProperty(sections).flatMap(({ value, more }) =>
        value === ""
          ? []
          : more
              .filter(({ text }) => isAwsKey(beforeEquals(text)))
              .map(({ line, text }) => ({ line, what: `${beforeEquals(text)} is indented` })),
      ),
  },
  {
    id: "continued-value",
    why: "a value over several lines reaches each client in another form",
    clients: views({
      ...same("drop the further lines", "go1", "js", "php", "ruby"),
      ...same("join them by newlines", "awsAs", "botocore", "go2", "java", "rust"),
      dotnet: whole,
      cpp: "reads nothing behind it",
    }),
    mend: "write the value on one line",
    find: ({ sections }) =>
      everyProperty(sections).flatMap(({ name, value, more }) =>
        value === ""
          ? []
          : more
              .filter(({ text }) => !isAwsKey(beforeEquals(text)))
              .slice(0, 1)
              .map(({ line }) => ({ line, what: `the value of ${propertyName(name)} goes on in this line` })),
      ),
  },
  {
    id: "indented-comment-first",
    why: eachProfile,
    clients: views({
      ...same(whole, "awsAs", "java", "rust"),
      php: "refuses the whole file where the comment holds signs such as ( or !",
      ...same("read over it", "botocore", "go1", "go2", "js", "dotnet", "ruby", "cpp"),
    }),
    mend: "begin the comment in column 1",
    find: ({ sections }) =>
      headers(sections).flatMap(({ indentedComments }) =>
        indentedComments
          .filter(({ first }) => first)
          .map(({ line }) => ({ line, what: "an indented comment follows a header" })),
      ),
  },
  {
    id: "indented-comment",
    why: "the comment becomes a part of the value above it",
    clients: views({
      ...same("take it for a part of the value above", "awsAs", "java", "rust"),
      php: "refuses the whole file where the comment holds signs such as ( or !",
      ...same("read over it", "botocore", "go1", "go2", "js", "dotnet", "ruby", "cpp"),
    }),
    mend: "begin the comment in column 1",
    find: ({ sections }) =>
      sections.flatMap(({ indentedComments }) =>
        indentedComments
          .filter(({ first }) => !first)
          .map(({ line }) => ({ line, what: "an indented comment follows a property" })),
      ),
  },
  {
    id: "reserved-key",
    why: "PHP's reader of ini files takes the name for a word or sign of its own",
    clients: views({ php: `${whole}: syntax error` }),
    mend: "choose another name, or take the line out",
    find: ({ sections }) =>
      everyProperty(sections)
        .filter(({ name, separator }) => separator === "=" && reserved.test(name))
        .map(({ line }) => ({
          line,
          what: "the name of a property is a reserved word, or holds reserved signs",
        })),
  },
  {
    id: "brackets-in-value",
    why: "C++ takes the line for a header, and loses the rest of the profile",
    clients: views({ cpp: "takes the line for the header of a section" }),
    mend: "write the value without [ and ]",
    find: ({ sections }) =>
      everyProperty(sections.filter(isReadByClients))
        .filter(({ value }) => value.includes("[") && value.includes("]"))
        .map(({ line, name }) => ({ line, what: `the value of ${propertyName(name)} holds [ and ]` })),
  },
  {
    id: "capital-key",
    why: "names of properties are lower case for these clients",
    clients: views({
      ...same("do not read it", "go1", "js", "java", "php", "ruby", "cpp"),
      ...same("read it", "awsAs", "botocore", "go2", "rust", "dotnet"),
    }),
    mend: "write the name in lower case",
    find: ({ sections }) =>
      everyProperty(sections)
        .filter(({ name }) => isAwsKey(name) && name !== name.toLowerCase())
        .map(({ line, name }) => ({ line, what: `${name} is written with capital letters` })),
  },
];

const reserved = /^(?:yes|no|on|off|true|false|null|none)$|[(){}!|^~&"?]/i;

function beforeEquals(text: string): string {
  return trimSpace(text.slice(0, Math.max(text.indexOf("="), 0)));
}
