import { same, views } from "./clients.ts";
import { everyProperty, type LineRule } from "./line-rule.ts";

/** How the text of a credential_process is run. botocore splits it into words and starts the first; others hand it to a shell. */
export const processRules: readonly LineRule[] = [
  {
    id: "process-needs-shell",
    why: "botocore runs the command without a shell",
    clients: views({
      botocore: "takes ~, variables, pipes and the like for plain text, and does not find the program",
      ...same("hand it to a shell", "go1", "go2", "js", "java", "rust", "dotnet", "php", "ruby", "cpp"),
    }),
    mend: "write an absolute path and plain words, or name a script that does the rest",
    find: ({ sections }) =>
      commands(sections)
        .filter(({ command }) => needsShell(command))
        .map(({ line }) => ({ line, what: "credential_process uses what only a shell understands" })),
  },
  {
    id: "process-quoted-program",
    why: "quotes around the program are taken off together with others, or end the command",
    clients: views({
      go1: "drops every argument behind the quoted word",
      ...same("take off the first and the last quote where the line ends with one too", "go2", "php"),
      ...same("run it", "awsAs", "botocore", "js", "ruby"),
    }),
    mend: "write the path without quotes; put a backslash before each blank in it",
    find: ({ sections }) =>
      commands(sections)
        .filter(({ command }) => /^["']/.test(command))
        .map(({ line }) => ({ line, what: "credential_process begins with a quote" })),
  },
  {
    id: "process-quoted-comment",
    why: "a comment sign within quotes cuts the command in the middle",
    clients: views({
      ...same("cut it at a # or ; that follows a blank", "awsAs", "go2", "js", "rust"),
      php: "cuts it at any ;",
      ...same("run it", "botocore", "go1", "ruby"),
    }),
    mend: "name a script that holds these words",
    find: ({ sections }) =>
      everyProperty(sections)
        .filter(
          ({ name, value }) => isProcess(name) && /(["'])(?:(?!\1).)*(?:\s[#;]|;)(?:(?!\1).)*\1/.test(value),
        )
        .map(({ line }) => ({ line, what: "credential_process holds a # or ; within quotes" })),
  },
];

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
