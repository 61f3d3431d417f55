import { trimSpace } from "../config/files/lines.ts";
import { differs, fine, refuses } from "./clients.ts";
import {
  eachProfile,
  everyProperty,
  headers,
  isAwsKey,
  isReadByClients,
  type LineRule,
  ofSection,
  propertyName,
  sectionShown,
  whole,
} from "./line-rule.ts";

/** How properties, comments and bytes are read. */
export const propertyRules = [
  {
    id: "duplicate-key",
    severity: "broken",
    why: eachProfile,
    clients: [
      refuses(`${whole}: Unable to parse config file`, "botocore"),
      differs("drops the section", "dotnet"),
      differs("read the last one", "go1", "go2", "js", "java", "rust", "php", "ruby", "cpp"),
    ],
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
    severity: "broken",
    why: eachProfile,
    clients: [
      refuses(ofSection, "awsAs"),
      refuses(whole, "botocore", "java", "rust", "dotnet"),
      differs("reads nothing behind it", "cpp"),
      differs("ignore the line", "go1", "go2", "js", "php", "ruby"),
    ],
    mend: "write it as NAME = VALUE, put a # before it, or take it out",
    find: ({ sections }) =>
      sections.flatMap(({ properties, line: header }) =>
        properties
          .filter(({ separator }) => separator === undefined && header > 0)
          .map(({ line }) => ({ line, what: 'a line without "=" (not shown: it may hold a secret)' })),
      ),
  },
  {
    id: "key-before-section",
    severity: "broken",
    why: eachProfile,
    clients: [
      differs("reads over it", "awsAs"),
      refuses(whole, "botocore", "java", "rust"),
      differs("reads nothing", "cpp"),
    ],
    mend: "write the header of its section above it, such as [default]",
    find: ({ sections: [head] }) =>
      (head?.properties ?? [])
        .slice(0, 1)
        .map(({ line }) => ({ line, what: "a property stands before the first section" })),
  },
  {
    id: "nested-line-without-equals",
    severity: "broken",
    why: eachProfile,
    clients: [
      refuses(whole, "botocore", "java", "rust", "dotnet"),
      differs("reads nothing behind it", "cpp"),
      fine("reads over it, but in [services]", "awsAs"),
    ],
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
    severity: "broken",
    why: "the comment becomes a part of the value",
    clients: [
      differs("take it for a part of the value", "botocore", "dotnet"),
      differs("cut the value at ; and not at #", "php", "ruby"),
      fine("cut it off", "go1", "go2", "js", "java", "rust", "cpp"),
    ],
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
    severity: "broken",
    why: "an editor on Windows has put three bytes before the first line",
    clients: [
      refuses(whole, "botocore", "go1", "java", "rust"),
      differs("lose the first section", "go2", "ruby", "cpp"),
      fine("read it", "awsAs", "js", "dotnet", "php"),
    ],
    mend: "save the file as UTF-8 without a byte order mark",
    find: ({ bom }) => (bom ? [{ line: 1, what: "the file begins with a byte order mark" }] : []),
  },
  {
    id: "not-utf-8",
    severity: "broken",
    why: eachProfile,
    clients: [
      refuses(whole, "botocore", "rust", "ruby"),
      differs("put other letters in their place", "java", "dotnet"),
      fine("read it", "awsAs", "go1", "go2", "js", "php", "cpp"),
    ],
    mend: "save the file as UTF-8, or write the line in plain letters",
    find: ({ undecodable }) =>
      undecodable.slice(0, 5).map((line) => ({ line, what: "the line holds bytes that are no UTF-8" })),
  },
  {
    id: "quoted-value",
    severity: "broken",
    why: "quotes belong to the value for most clients: AWS refuses a key, an ARN or an external id that has them",
    clients: [
      differs("keep the quotes", "awsAs", "botocore", "js", "rust"),
      fine("take them off", "go1", "go2"),
    ],
    mend: "write the value without quotes",
    find: ({ sections }) =>
      everyProperty(sections.filter(isReadByClients)).flatMap(({ name, value, line }) =>
        isAwsKey(name) && !isProcess(name) && /^(["'])[^"']*\1(?:\s+[#;].*)?$/.test(value)
          ? [{ line, what: `the value of ${propertyName(name)} is in quotes` }]
          : [],
      ),
  },
  {
    id: "invisible-letter",
    severity: "broken",
    why: "a letter without width, as it comes out of web pages, is a part of the name or value for every client",
    clients: [differs("take it for a letter", "awsAs", "botocore", "js")],
    mend: "type the line anew",
    find: ({ invisible }) =>
      invisible.map((line) => ({ line, what: "the line holds a letter without width" })),
  },
  {
    id: "wide-space",
    severity: "warning",
    why: "a no-break space, as it comes out of wikis and chats, is white space to some clients and a letter to others",
    clients: [
      differs("take it for a part of the name or value", "java", "rust"),
      fine("trim it", "awsAs", "botocore", "go1", "go2", "js"),
    ],
    mend: "type the blanks of the line anew",
    find: ({ wideSpaced }) =>
      wideSpaced.map((line) => ({ line, what: "the line holds a no-break space or another wide one" })),
  },
  {
    id: "colon-for-equals",
    severity: "warning",
    why: "a colon separates name and value for some clients, and is an error for others",
    clients: [
      refuses("refuse the whole file, or with a = behind it take both for the name", "java", "rust"),
      refuses(whole, "dotnet"),
      differs("ignore the line, or with a = behind it take both for the name", "js", "php", "ruby"),
      differs("reads nothing behind it", "cpp"),
      fine("read it", "awsAs", "botocore", "go1", "go2"),
    ],
    mend: "write = in place of the colon",
    find: ({ sections }) =>
      everyProperty(sections)
        .filter(({ separator }) => separator === ":")
        .map(({ line, name }) => ({ line, what: `${propertyName(name)} is written with a colon` })),
  },
  {
    id: "indented-key-first",
    severity: "warning",
    why: eachProfile,
    clients: [
      refuses(whole, "java", "rust"),
      refuses("fails with NoMethodError", "ruby"),
      differs("drops the lines, and keeps the empty profile", "go2"),
      fine("read them", "awsAs", "botocore", "go1", "js", "dotnet", "php", "cpp"),
    ],
    mend: "write the properties flush left",
    find: ({ sections }) =>
      headers(sections).flatMap((section) =>
        section.properties
          .filter(({ indented }) => indented)
          .slice(0, 1)
          .map(({ line }) => ({ line, what: `properties of ${sectionShown(section)} are indented` })),
      ),
  },
  {
    id: "indented-key",
    severity: "warning",
    why: "an indented line continues the value above it, so that both properties are lost",
    clients: [
      differs("take it for a part of the value above", "awsAs", "botocore", "java", "rust", "ruby"),
      differs("drops the line", "go2"),
      fine("read it as a property", "go1", "js", "dotnet", "php", "cpp"),
    ],
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
    severity: "warning",
    why: "a value over several lines reaches each client in another form",
    clients: [
      differs("drop the further lines", "go1", "js", "php", "ruby"),
      differs("join them by newlines", "awsAs", "botocore", "go2", "java", "rust"),
      refuses(whole, "dotnet"),
      differs("reads nothing behind it", "cpp"),
    ],
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
    severity: "warning",
    why: eachProfile,
    clients: [
      refuses(whole, "java", "rust"),
      refuses("refuses the whole file where the comment holds signs such as ( or !", "php"),
      fine("read over it", "awsAs", "botocore", "go1", "go2", "js", "dotnet", "ruby", "cpp"),
    ],
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
    severity: "warning",
    why: "for these clients the comment is a part of the value above it, also of a secret",
    clients: [
      differs("take it for a part of the value above", "java", "rust"),
      refuses("refuses the whole file where the comment holds signs such as ( or !", "php"),
      fine("read over it", "awsAs", "botocore", "go1", "go2", "js", "dotnet", "ruby", "cpp"),
    ],
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
    severity: "warning",
    why: "PHP's reader of ini files takes the name for a word or sign of its own",
    clients: [refuses(`${whole}: syntax error`, "php")],
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
    severity: "warning",
    why: "C++ takes the line for a header, and loses the rest of the profile",
    clients: [differs("takes the line for the header of a section", "cpp")],
    mend: "write the value without [ and ]",
    find: ({ sections }) =>
      everyProperty(sections.filter(isReadByClients))
        .filter(({ value }) => value.includes("[") && value.includes("]"))
        .map(({ line, name }) => ({ line, what: `the value of ${propertyName(name)} holds [ and ]` })),
  },
  {
    id: "capital-key",
    severity: "warning",
    why: "names of properties are lower case for these clients",
    clients: [
      differs("do not read it", "go1", "js", "java", "php", "ruby", "cpp"),
      fine("read it", "awsAs", "botocore", "go2", "rust", "dotnet"),
    ],
    mend: "write the name in lower case",
    find: ({ sections }) =>
      everyProperty(sections)
        .filter(({ name }) => isAwsKey(name) && name !== name.toLowerCase())
        .map(({ line, name }) => ({ line, what: `${name} is written with capital letters` })),
  },
] as const satisfies readonly LineRule[];

const reserved = /^(?:yes|no|on|off|true|false|null|none)$|[(){}!|^~&"?]/i;

function beforeEquals(text: string): string {
  return trimSpace(text.slice(0, Math.max(text.indexOf("="), 0)));
}

/** How the text of a credential_process is run. botocore splits it into words and starts the first; others hand it to a shell. */
export const processRules = [
  {
    id: "process-needs-shell",
    severity: "broken",
    why: "botocore runs the command without a shell",
    clients: [
      differs(
        "takes ~, variables, pipes and the like for plain text, and does not find the program",
        "botocore",
      ),
      fine("hand it to a shell", "go1", "go2", "js", "java", "rust", "dotnet", "php", "ruby", "cpp"),
    ],
    mend: "write an absolute path and plain words, or name a script that does the rest",
    find: ({ sections }) =>
      commands(sections)
        .filter(({ command }) => needsShell(command))
        .map(({ line }) => ({ line, what: "credential_process uses what only a shell understands" })),
  },
  {
    id: "process-quoted-program",
    severity: "warning",
    why: "quotes around the program are taken off together with others, or end the command",
    clients: [
      differs("drops every argument behind the quoted word", "go1"),
      differs("take off the first and the last quote where the line ends with one too", "go2", "php"),
      fine("run it", "awsAs", "botocore", "js", "ruby"),
    ],
    mend: "write the path without quotes; put a backslash before each blank in it",
    find: ({ sections }) =>
      commands(sections)
        .filter(({ command }) => /^["']/.test(command))
        .map(({ line }) => ({ line, what: "credential_process begins with a quote" })),
  },
  {
    id: "process-quoted-comment",
    severity: "warning",
    why: "a comment sign within quotes cuts the command in the middle",
    clients: [
      differs("cut it at a # or ; that follows a blank", "awsAs", "go2", "js", "rust"),
      differs("cuts it at any ;", "php"),
      fine("run it", "botocore", "go1", "ruby"),
    ],
    mend: "name a script that holds these words",
    find: ({ sections }) =>
      everyProperty(sections)
        .filter(
          ({ name, value }) => isProcess(name) && /(["'])(?:(?!\1).)*(?:\s[#;]|;)(?:(?!\1).)*\1/.test(value),
        )
        .map(({ line }) => ({ line, what: "credential_process holds a # or ; within quotes" })),
  },
] as const satisfies readonly LineRule[];

function isProcess(name: string): boolean {
  return name.toLowerCase() === "credential_process";
}

function commands(sections: Parameters<typeof everyProperty>[0]) {
  return everyProperty(sections)
    .filter(({ name }) => isProcess(name))
    .map(({ line, value }) => ({ line, command: withoutComment(value) }));
}

/** Cut at a comment that is not within quotes. */
function withoutComment(value: string): string {
  const [text = ""] = /^(?:"[^"]*"|'[^']*'|\s(?![#;])|[^\s])*/.exec(value) ?? [];
  return text.trim();
}

function needsShell(command: string): boolean {
  // What is escaped or quoted is plain text for a shell too, but for variables within double quotes.
  const bare = command.replace(/\\./g, "").replace(/'[^']*'/g, "");
  const open = bare.replace(/"[^"]*"/g, (quoted) => (/[$`]/.test(quoted) ? "$" : ""));
  return /^~/.test(command) || /^\w+=/.test(command) || /[|&;<>()$`*?]/.test(open) || /\s~\//.test(open);
}
