import type { ClientView } from "../commands/doctor/finding.ts";

/** How findings name the clients. */
export const names = {
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

export type Client = keyof typeof names;

/** Which clients do what, shortest to write: `views({ botocore: "…", java: "…" })`. */
export function views(by: Partial<Record<Client, string>>): ClientView[] {
  return (Object.entries(by) as [Client, string][]).map(([client, does]) => ({
    client: names[client],
    does,
  }));
}

/** The same for several clients that do the same. */
export function same(does: string, ...clients: Client[]): Partial<Record<Client, string>> {
  return Object.fromEntries(clients.map((client) => [client, does]));
}

/** What a client does where it does as the person means. */
const fine: ReadonlySet<string> = new Set([
  "cut it off",
  "hand it to a shell",
  "ignore it",
  "merge them",
  "merges them",
  "read it",
  "read it as a property",
  "read over it",
  "reads it",
  "run it",
  "run the command",
  "runs the command",
]);

export function isFine(does: string): boolean {
  return fine.has(does);
}
