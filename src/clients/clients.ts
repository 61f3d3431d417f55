/** The clients that read the AWS files, as findings name them. */
export const clientNames = {
  awsAs: "aws-as",
  botocore: "botocore (aws-cli, boto3)",
  go1: "Go SDK v1",
  go2: "Go SDK v2 (terraform)",
  js: "JavaScript",
  java: "Java",
  rust: "Rust",
  dotnet: ".NET",
  php: "PHP",
  ruby: "Ruby",
  cpp: "C++",
} as const;

export type Client = keyof typeof clientNames;

/**
 * What becomes of what the user meant.
 *
 * - `fine`: the client does it
 * - `differs`: it goes on, with something else
 * - `refuses`: it stops with an error
 * - `finds-nothing`: it has no credentials, and goes on to others
 */
type Outcome = "fine" | "differs" | "refuses" | "finds-nothing";

/** What some clients do, observed with their current versions or read in their sources. */
export interface Behaviour {
  /** The verb of a sentence whose subject is the clients. */
  readonly does: string;
  readonly outcome: Outcome;
  readonly clients: readonly Client[];
}

export function fine(does: string, ...clients: Client[]): Behaviour {
  return { does, outcome: "fine", clients };
}

export function differs(does: string, ...clients: Client[]): Behaviour {
  return { does, outcome: "differs", clients };
}

export function refuses(does: string, ...clients: Client[]): Behaviour {
  return { does, outcome: "refuses", clients };
}

export function findsNothing(does: string, ...clients: Client[]): Behaviour {
  return { does, outcome: "finds-nothing", clients };
}

/** How bad it is that clients differ: `broken` where aws-as or botocore (aws-cli, boto3) does not do as is meant. */
export type RuleSeverity = "broken" | "warning";
