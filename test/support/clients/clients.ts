import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { awsClis } from "../aws-clis.ts";
import { programsOnPath } from "../installed.ts";
import { withoutLong } from "../long.ts";
import { goProgram, missingForGo } from "./go-programs.ts";

/** How often one call of a client runs `credential_process`. */
export interface Runs {
  /** Credentials with an hour or more to live. */
  readonly fresh: number;
  /** Less than five minutes are left: every client that renews early wants to. */
  readonly ending: number;
  /** The process fails. */
  readonly failing: number;
}

/** A program of somebody else that asks STS who it is, by a profile that the environment names. */
export interface Client {
  /** With its version, for the names of tests. */
  readonly name: string;
  /** The command, for the fake at that address. */
  command(url: string): readonly string[];
  /** Variables that it needs beside the home's. */
  readonly env: Readonly<Record<string, string>>;
  readonly runs: Runs;
  /** True: nobody sees what a process said that failed. */
  readonly hides: boolean;
  /** Texts that the person sees, in this order, when the process has failed with these words and this exit status. */
  failure(words: string, status: number): readonly string[];
  /** True: started with the word `twice`, it calls again by the same client object after a line on standard input. */
  readonly callsTwice: boolean;
}

const sources = resolve(import.meta.dirname, "../../../../test/support/clients/programs");
const boto = "Error when retrieving credentials from custom-process: ";
const once: Runs = { fresh: 1, ending: 1, failing: 1 };
/** Credentials with less than 15 minutes are renewed at once, which gives the same ones. */
const botocore: Runs = { fresh: 1, ending: 2, failing: 1 };

function ofAwsCli(): Client[] {
  return awsClis().map((aws) => ({
    name: aws.version,
    command: (url) => [
      aws.path,
      ...["--endpoint-url", url, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"],
    ],
    env: { AWS_PAGER: "", AWS_MAX_ATTEMPTS: "1" },
    runs: botocore,
    hides: false,
    failure: (words) => [`\n${boto}${words}\n`],
    callsTwice: false,
  }));
}

/** Every Python on the PATH that has boto3. */
function ofBoto3(): Client[] {
  const program = join(sources, "who-is.py");
  const found = programsOnPath("python3").flatMap((python) => {
    const version = answer(python, [program, "version"]);
    return version === undefined ? [] : [{ python, version }];
  });
  return found.map(({ python, version }) => ({
    name: `boto3 ${version}`,
    command: () => [python, program],
    env: {},
    runs: botocore,
    hides: false,
    failure: (words) => [`\nbotocore.exceptions.CredentialRetrievalError: ${boto}${words}\n`],
    callsTwice: true,
  }));
}

function ofJavaScript(): Client[] {
  const program = join(import.meta.dirname, "who-is-child.js");
  const version = answer(process.execPath, [program, "default", "version"]);
  // Nothing of the SDK's own may stand between the lines that are compared.
  const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  const make = (chain: string, rest: Pick<Client, "runs" | "hides" | "failure">): Client => ({
    name: `JavaScript SDK ${version} (${chain})`,
    command: () => [process.execPath, program, chain],
    env,
    ...rest,
    callsTwice: true,
  });
  return [
    // The default chain goes on to the next provider, which runs the same command, and hides what both said.
    make("default", {
      runs: { fresh: 1, ending: 2, failing: 2 },
      hides: true,
      failure: () => ["\nCredentialsProviderError: Could not load credentials from any providers\n"],
    }),
    make("ini", {
      runs: { fresh: 1, ending: 3, failing: 1 },
      hides: false,
      failure: (words) => ["\nCredentialsProviderError: Command failed: /", `\n${words}\n`],
    }),
  ];
}

function ofRuby(): Client[] {
  const program = join(sources, "who-is.rb");
  const version = answer("ruby", [program, "version"]);
  if (version === undefined) return [];
  return [
    {
      name: `Ruby SDK ${version}`,
      command: () => ["ruby", program],
      env: {},
      // Once to make the provider, once more as it makes itself new.
      runs: { fresh: 2, ending: 5, failing: 1 },
      hides: false,
      failure: (words) => [
        `${words}\n`,
        "credential_process provider failure, the credential process had non zero exit status and failed to provide credentials (Aws::Errors::InvalidProcessCredentialsPayload)\n",
      ],
      callsTwice: true,
    },
  ];
}

function ofGo(sdk: "v1" | "v2"): Client[] {
  if (missingForGo(sdk) !== undefined) return [];
  const program = goProgram(sdk);
  return [
    {
      name: `Go SDK ${sdk}, ${answer(program, ["version"])}`,
      command: () => [program],
      // The first version leaves ~/.aws/config alone otherwise.
      env: { AWS_SDK_LOAD_CONFIG: "1" },
      runs: once,
      hides: false,
      failure: (words, status) => [
        `${words}\n`,
        sdk === "v1"
          ? `ProcessProviderExecutionError: error in credential_process\ncaused by: exit status ${status}\n`
          : `failed to refresh cached credentials, process provider error: error in credential_process: exit status ${status}\n`,
      ],
      callsTwice: false,
    },
  ];
}

/** What is asked for, by the package of Debian that has it. */
const kinds: readonly {
  readonly from: string;
  readonly find: () => readonly Client[];
  readonly isOneInManyVersions?: true;
}[] = [
  { from: "awscli", find: ofAwsCli, isOneInManyVersions: true },
  { from: "python3-boto3", find: ofBoto3, isOneInManyVersions: true },
  { from: "npm's @aws-sdk/client-sts", find: ofJavaScript },
  { from: "ruby-aws-sdk-core", find: ofRuby },
  { from: "golang-go and golang-github-aws-aws-sdk-go-dev", find: () => ofGo("v1") },
  { from: "golang-go and golang-github-aws-aws-sdk-go-v2-dev", find: () => ofGo("v2") },
];

const found = kinds.map(({ find, ...kind }) => ({ ...kind, clients: find() }));

/**
 * The clients of this machine. In test/all.sh one that is missing is an error. Of several versions of aws-cli and boto3,
 * which run a process by the same code, only the last on the PATH, which is the distribution's, unless all are wanted.
 */
export function findClients(versions: "all" | "last" = withoutLong() ? "last" : "all"): Client[] {
  const missing = missingClients();
  if (missing.length > 0 && process.env["AWS_AS_TEST_ALL"] === "1")
    throw new Error(`not installed, though test/all.sh installs it: ${missing.join(", ")}`);
  return found.flatMap(({ clients, isOneInManyVersions }) =>
    isOneInManyVersions && versions === "last" ? clients.slice(-1) : clients,
  );
}

/** Makes a skipped test of each client that this machine lacks. Debian has no version 1 of aws-cli, so test/all.sh goes without. */
export function announceMissing(test: (name: string, options: { skip: string }) => unknown): void {
  const old = found.some(({ clients }) => clients.some(({ name }) => name.startsWith("aws-cli/1.")));
  for (const what of [...missingClients(), ...(old ? [] : ["aws-cli version 1, which Debian does not have"])])
    test(`every client: ${what}`, { skip: `NOT TESTED: no ${what}` });
}

function missingClients(): string[] {
  return found.filter(({ clients }) => clients.length === 0).map(({ from }) => from);
}

function answer(command: string, args: readonly string[]): string | undefined {
  const run = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return run.status === 0 ? run.stdout.trim() : undefined;
}
