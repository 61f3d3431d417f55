import { type FileKind, sectionName, spacedName, trimSpace } from "../config/files/lines.ts";
import { differs, fine, refuses } from "./clients.ts";
import {
  eachProfile,
  headers,
  inConfig,
  inCredentials,
  type LineRule,
  sectionShown,
  whole,
} from "./line-rule.ts";
import type { RawSection } from "./raw-file.ts";

const ownLine = "move the comment to a line of its own, in column 1";
const notThere = "for these clients the profile is not there";
const prefixed: readonly string[] = ["profile", "sso-session", "services"];

/** How headers of sections are read. */
export const headerRules = [
  {
    id: "duplicate-section",
    severity: "broken",
    why: eachProfile,
    clients: [
      refuses(`${whole}: Unable to parse config file`, "botocore"),
      differs("reads the last one alone", "go1", "php"),
      differs("reads the first one alone", "dotnet"),
      fine("merge them", "go2", "js", "java", "rust", "ruby", "cpp"),
    ],
    mend: "write the properties of both under one header",
    find: ({ sections }) => {
      const first = new Map<string, number>();
      return sections.flatMap((section) => {
        if (section.line === 0) return [];
        const before = first.get(section.inner);
        if (before === undefined) first.set(section.inner, section.line);
        return before === undefined
          ? []
          : [{ line: section.line, what: `${sectionShown(section)} stands in line ${before} already` }];
      });
    },
  },
  {
    id: "prefix-section",
    severity: "broken",
    why: "botocore looks only at how the type begins, and the section replaces the real one of that name",
    clients: [
      differs("takes it for a section of the type that it begins with", "botocore"),
      fine("ignore it", "go1", "go2", "js", "java", "rust", "dotnet", "php", "ruby", "cpp"),
    ],
    mend: "if it is a typing error, correct it; else choose a type that begins otherwise",
    find: inConfig(({ type, name }) =>
      prefixed.some((prefix) => type.startsWith(prefix) && type !== prefix) && name !== ""
        ? "has a type that begins like one of AWS's, and is none"
        : undefined,
    ),
  },
  {
    id: "spaced-name",
    severity: "broken",
    why: notThere,
    clients: [
      differs("do not read it", "awsAs", "botocore", "js", "java", "rust"),
      fine("read it", "go1", "go2", "dotnet", "php", "ruby"),
    ],
    mend: "choose a name without blanks",
    find: inConfig(({ type, name }) =>
      type === "profile" && /\s/.test(name) && !/["']/.test(name)
        ? "has a name with blanks, and no quotes around it"
        : undefined,
    ),
  },
  {
    id: "header-inner-space",
    severity: "broken",
    why: notThere,
    clients: [
      differs("do not read it", "botocore", "js", "php", "ruby"),
      fine("read it", "awsAs", "go1", "go2", "java", "rust", "dotnet", "cpp"),
    ],
    mend: "write the header without blanks inside the brackets: [profile NAME]",
    find: ({ sections }) =>
      headers(sections)
        .filter(({ inner, closed }) => closed && inner !== trimSpace(inner))
        .map((section) => ({
          line: section.line,
          what: `${sectionShown(section)} is written with blanks inside its brackets`,
        })),
  },
  {
    id: "default-twice",
    severity: "broken",
    why: "what the default profile is depends on who asks",
    clients: [
      differs("take the one that stands last", "botocore", "ruby"),
      differs("take [default]", "go1", "dotnet"),
      differs("take [profile default]", "awsAs", "go2", "js", "java", "rust", "php"),
      fine("merges them", "cpp"),
    ],
    mend: "write the properties of both under [default]",
    find: ({ kind, sections }) => {
      const bare = sections.find(({ inner }) => trimSpace(inner) === "default");
      const full = sections.find(({ type, name }) => type === "profile" && name === "default");
      if (kind !== "config" || bare === undefined || full === undefined) return [];
      const [first, last] = [bare.line, full.line].sort((a, b) => a - b);
      return [
        {
          line: last ?? 0,
          what: `[default] and [profile default] are both there (the other in line ${first})`,
        },
      ];
    },
  },
  {
    id: "bare-section",
    severity: "warning",
    why: "in this file only [default] goes without the word profile",
    clients: [
      differs("take it for a profile", "go1", "ruby"),
      fine("ignore it", "awsAs", "botocore", "go2", "js", "java", "rust", "dotnet", "php", "cpp"),
    ],
    mend: "write [profile NAME]",
    find: inConfig(({ type, name }) =>
      type === "" && !["", "default", "DEFAULT", "aws-as", "plugins", "preview"].includes(name)
        ? "lacks the word profile"
        : undefined,
    ),
  },
  {
    id: "capital-default",
    severity: "broken",
    why: "Python's reader of ini files has a meaning of its own for this name; the default profile is [default]",
    clients: [
      differs("takes its properties into every other section of the file", "botocore"),
      differs("take it for a profile", "go1", "ruby"),
      fine("ignore it", "awsAs", "go2", "js", "java", "rust", "dotnet", "php", "cpp"),
    ],
    mend: "write [default], or write the properties into each profile that needs them",
    find: inConfig(({ type, name }) =>
      type === "" && name === "DEFAULT" ? "is written in capital letters" : undefined,
    ),
  },
  {
    id: "empty-header",
    severity: "broken",
    why: eachProfile,
    clients: [refuses(`${whole}: Unable to parse config file`, "botocore"), fine("ignore it", "awsAs", "js")],
    mend: "write the name of the section, or take the line out",
    find: ({ sections }) =>
      headers(sections)
        .filter(({ inner, closed }) => closed && inner === "")
        .map(({ line }) => ({ line, what: "a header has nothing between its brackets" })),
  },
  {
    id: "indented-header",
    severity: "warning",
    why: "for these clients the section is not there, and its properties are those of the section before",
    clients: [
      differs("take it for a part of the value above", "go1", "go2", "java", "rust", "ruby"),
      fine("read it", "awsAs", "botocore"),
    ],
    mend: "write the header flush left",
    find: ({ sections }) =>
      headers(sections)
        .filter(({ indented }) => indented)
        .map((section) => ({ line: section.line, what: `the header ${sectionShown(section)} is indented` })),
  },
  {
    id: "spaced-name-in-credentials",
    severity: "warning",
    why: notThere,
    clients: [differs("do not read it", "js", "rust"), fine("read it", "awsAs", "botocore", "go1", "go2")],
    mend: "choose a name without blanks",
    find: inCredentials(({ inner }) =>
      spacedName.test(trimSpace(inner)) && /\s/.test(trimSpace(inner)) && !/^(?:profile|aws-as)\s/.test(inner)
        ? "has a name with blanks"
        : undefined,
    ),
  },
  {
    id: "quoted-section",
    severity: "warning",
    why: notThere,
    clients: [
      fine("take the quotes off", "awsAs", "botocore"),
      differs("takes them off, but for names with blanks", "js"),
      differs("do not find the profile", "go1", "go2", "java", "rust", "dotnet", "php", "ruby", "cpp"),
    ],
    mend: "choose a name without blanks, and write it without quotes",
    find: inConfig(({ type, name }) =>
      prefixed.includes(type) && /["']/.test(name) ? "has quotes in its name" : undefined,
    ),
  },
  {
    id: "odd-name",
    severity: "warning",
    why: "names hold letters, digits and _ . @ : / + % - for every client, and nothing else",
    clients: [
      differs("do not read it", "awsAs", "js", "java", "rust", "cpp"),
      fine("read it", "botocore", "go1", "dotnet", "php", "ruby"),
      differs("reads it, unless it holds a #", "go2"),
    ],
    mend: "choose a name of letters, digits and _ . @ : / + % -",
    find: ({ kind, sections }) =>
      headers(sections)
        .filter((section) => section.closed && isOdd(nameIn(section, kind)))
        .map(({ line }) => ({ line, what: "the name of a profile holds letters that not all clients take" })),
  },
  {
    id: "header-wide-space",
    severity: "warning",
    why: notThere,
    clients: [
      differs("does not read it", "go1", "php"),
      differs("reads it with a tab, and not with two blanks", "js"),
      fine("read it", "awsAs", "botocore", "go2", "java", "rust", "dotnet", "ruby", "cpp"),
    ],
    mend: "write one blank between the type and the name",
    find: inConfig(({ inner }) =>
      /^\S+(?:[ \t]{2,}|\t)\S/.test(trimSpace(inner)) ? "has more than one blank before its name" : undefined,
    ),
  },
  {
    id: "header-comment",
    severity: "warning",
    why: "what stands behind the bracket is not a comment for every client",
    clients: [
      refuses(whole, "dotnet"),
      fine("read over it", "awsAs", "botocore", "go1", "go2", "js", "java", "rust", "php", "ruby", "cpp"),
    ],
    mend: ownLine,
    find: ({ sections }) =>
      headers(sections)
        .filter(({ after }) => /^\s+[#;]/.test(after))
        .map((section) => ({ line: section.line, what: `a comment stands behind ${sectionShown(section)}` })),
  },
  {
    id: "header-comment-tight",
    severity: "broken",
    why: "a client that sees no header there acts for the section before with these properties: as another role",
    clients: [
      refuses(whole, "dotnet"),
      differs("do not take the line for a header", "js", "ruby"),
      fine("read over it", "awsAs", "botocore", "go1", "go2", "java", "rust", "php", "cpp"),
    ],
    mend: ownLine,
    find: ({ sections }) =>
      headers(sections)
        .filter(({ after }) => /^[#;]/.test(after))
        .map((section) => {
          const before = sections[sections.indexOf(section) - 1];
          const whose =
            before === undefined || before.line === 0 ? "lost" : `those of ${sectionShown(before)}`;
          return {
            line: section.line,
            what: `a comment follows ${sectionShown(section)} without a blank: to JavaScript and Ruby its properties are ${whose}`,
          };
        }),
  },
  {
    id: "header-comment-bracket",
    severity: "broken",
    why: "botocore takes all up to the last bracket of the line for the name",
    clients: [differs("does not find the profile", "botocore"), fine("read over it", "awsAs")],
    mend: ownLine,
    find: ({ sections }) =>
      headers(sections)
        .filter(({ after }) => /^\s*[#;].*\]/.test(after))
        .map((section) => ({
          line: section.line,
          what: `the comment behind ${sectionShown(section)} holds a bracket`,
        })),
  },
  {
    id: "own-section-in-credentials",
    severity: "warning",
    why: "aws-as reads its own sections in the config file alone",
    clients: [
      differs("take it for a profile of that name", "botocore", "go1", "go2", "dotnet", "php", "ruby"),
      fine("ignore it", "awsAs", "js", "java", "rust"),
    ],
    mend: "move the section to the config file",
    find: inCredentials(({ type, name }) =>
      type === "aws-as" || name === "aws-as" ? "is in the credentials file" : undefined,
    ),
  },
  {
    id: "profile-section-in-credentials",
    severity: "warning",
    why: "in this file the word profile is no part of a header",
    clients: [
      differs("ignores it", "awsAs"),
      differs('takes it for a profile named "profile NAME"', "botocore"),
    ],
    mend: "write [NAME]",
    find: inCredentials(({ type }) => (type === "profile" ? "is written with the word profile" : undefined)),
  },
] as const satisfies readonly LineRule[];

/** What the section is called, whatever its letters; undefined for one that is no profile. */
function nameIn({ inner, type, name }: RawSection, kind: FileKind): string | undefined {
  if (kind === "credentials") return /^(?:profile|aws-as)\s/.test(inner) ? undefined : trimSpace(inner);
  return type === "profile" ? name.replace(/^(["'])(.*)\1$/, "$2") : undefined;
}

/** Blanks and quotes have rules of their own. */
function isOdd(name: string | undefined): boolean {
  const letters = name?.replace(/[\s"']/g, "") ?? "";
  return letters !== "" && !sectionName.test(letters);
}
