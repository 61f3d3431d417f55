import { sectionName, trimSpace } from "../config/files/lines.ts";
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
      type === "" && !["default", "aws-as", "plugins", "preview"].includes(name)
        ? "lacks the word profile"
        : undefined,
    ),
  },
  {
    id: "quoted-section",
    severity: "warning",
    why: notThere,
    clients: [
      differs("takes the quotes off", "botocore"),
      differs("takes them off, but for names with blanks", "js"),
      differs(
        "do not find the profile",
        "awsAs",
        "go1",
        "go2",
        "java",
        "rust",
        "dotnet",
        "php",
        "ruby",
        "cpp",
      ),
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
        .filter(
          ({ closed, type, name }) =>
            closed && (kind === "credentials" ? type === "" : type === "profile") && isOdd(name),
        )
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
      differs("lose the section where the comment follows without a blank", "js", "ruby"),
      fine("read over it", "awsAs", "botocore", "go1", "go2", "java", "rust", "php", "cpp"),
    ],
    mend: "move the comment to a line of its own, in column 1",
    find: ({ sections }) =>
      headers(sections)
        .filter(({ after }) => /^\s*[#;]/.test(after))
        .map((section) => ({ line: section.line, what: `a comment stands behind ${sectionShown(section)}` })),
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

function isOdd(name: string): boolean {
  return name !== "" && !/[\s"']/.test(name) && !sectionName.test(name);
}
