import { described, fitting } from "../answer.ts";
import { type Change, type Memory, withoutNul } from "../change.ts";
import { type ActivationParts, type Dialect, leftAlone, type Shell, type Typed } from "../dialect.ts";
import { filled } from "../text.ts";

/** Code for PowerShell's `… | Out-String | Invoke-Expression`; the functions read lines of data. */
export const dialect: Dialect = {
  render: (changes) => changes.map(statement).join(""),
  renderForFunctions: lines,
  failure: "throw 'aws-as failed'\n",
};

function statement(change: Change): string {
  return change.kind === "unset"
    ? `$env:${change.name} = $null\n`
    : `$env:${change.name} = ${quoted(withoutNul(change.name, change.value))}\n`;
}

/**
 * A line for each change: what to do, the variable, and the value in base64; `end` shows that none is missing. Not
 * JSON, in which PowerShell 7 takes the credentials' end for a date and writes it in its own way.
 */
function lines(changes: readonly (Change | Memory)[]): string {
  const said = changes.map((change) => {
    if (!("value" in change)) return `${change.kind} ${change.name}\n`;
    return `${change.kind} ${change.name} ${base64(withoutNul(change.name, change.value))}\n`;
  });
  return `${said.join("")}end\n`;
}

/**
 * PowerShell takes four typographic quotes for the straight one, and decodes a program's output by the console's code
 * page: so anything but printable ASCII travels in base64.
 */
export function quoted(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return `[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${base64(text)}'))`;
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

const typed: Typed = {
  evaluate: (command) => `${command} | Out-String | Invoke-Expression`,
  unset: (names) => `Remove-Item ${names.map((name) => `Env:${name}`).join(",")} -ErrorAction Ignore`,
  // `Read-Host -MaskInput` is since 7.1.
  ask: (name) =>
    `$Env:${name} = [pscredential]::new("x", (Read-Host -AsSecureString)).GetNetworkCredential().Password`,
  set: (name, value) => `$Env:${name} = ${value.startsWith('"') ? value : `"${value}"`}`,
};

export const powershell: Shell = {
  names: ["powershell", "pwsh"],
  programs: ["pwsh", "powershell"],
  typed,
  setup: [
    {
      shells: "PowerShell",
      file: "$PROFILE",
      line: "aws-as --shell powershell | Out-String | Invoke-Expression",
    },
  ],
  dialect,
  activation,
  completion: [
    {
      name: "powershell",
      // Windows PowerShell passes on no empty word, so a dot stands before the last.
      answer: (given, find) =>
        described(fitting([...given.slice(0, -1), (given.at(-1) ?? "").slice(1)], find)),
    },
  ],
  completionAlone: [
    {
      names: ["powershell", "pwsh"],
      setup: {
        shells: "PowerShell",
        file: "$PROFILE",
        line: "aws-as completion powershell | Out-String | Invoke-Expression",
      },
      code: async () =>
        filled((await import("./complete.ps1")).default, {
          PROGRAM: "(Get-Command aws-as -CommandType Application)[0]",
        }),
    },
  ],
};

/** A text for `Invoke-Expression`. It looks for what the notes say in the environment itself. */
async function activation(given: ActivationParts): Promise<string> {
  const { program, cleared, version, verbs, memory, parent, provided } = given;
  const list = (words: readonly string[]) => words.map(quoted).join(", ");
  const texts = await Promise.all([import("./functions.ps1"), import("./complete.ps1")]);
  return filled(texts.map((text) => text.default).join(""), {
    // In quotes, as PowerShell looks for the files that fit whatever else it hands to a program.
    PROGRAM: program.map((word) => quoted(word).replace(/^[^'].*/, '"$$($&)"')).join(" "),
    VERSION: quoted(version),
    VERBS: list(verbs),
    CLEARED: list(cleared),
    MEMORY: memory,
    PARENT: String(parent),
    CREDENTIALS: list(provided.credentials),
    REGIONS: list(provided.regions),
    MARKS: list(provided.marks),
    ALONE: leftAlone,
    CONSTRAINED: constrained.join("`n"),
  });
}

const constrained = [
  "aws-as: error: this PowerShell is in constrained language mode, which allows none of the methods that the functions need",
  "aws-as: hint: to act as an identity: aws-as env NAME --shell powershell | Out-String | Invoke-Expression",
];
