import {
  type Behaviour,
  type Client,
  clientNames,
  differs,
  findsNothing,
  fine,
  type RuleSeverity,
  refuses,
} from "./clients.ts";

/** What the lines of a profile offer to a client that reads it without aws-as. */
export type Offer =
  /** role_arn with source_profile */
  | "role"
  /** role_arn with credential_source */
  | "machine-role"
  | "web-identity"
  | "sso"
  | "login"
  | "process"
  /** Keys in the credentials file, and in the config file. */
  | "keys"
  | "config-keys";

const go: readonly Offer[] = [
  "role",
  "keys",
  "config-keys",
  "machine-role",
  "web-identity",
  "sso",
  "login",
  "process",
];

/**
 * Which offer of a profile a client takes: the first of its list that is there. Of an offer that is not in the list it
 * is not known what the client does. .NET has no list: it takes a profile whose properties are an exact set.
 */
export const offersInOrder: Readonly<Partial<Record<Client, readonly Offer[]>>> = {
  botocore: ["role", "machine-role", "web-identity", "sso", "keys", "login", "process", "config-keys"],
  go1: go,
  go2: go,
  js: ["role", "machine-role", "keys", "config-keys", "web-identity", "process", "sso", "login"],
  java: ["web-identity", "sso", "role", "machine-role", "login", "process", "keys", "config-keys"],
  rust: ["role", "machine-role", "web-identity", "sso", "login", "process", "keys", "config-keys"],
  ruby: ["web-identity", "sso", "role", "machine-role", "keys", "config-keys", "login", "process"],
  php: ["web-identity", "sso", "login", "keys", "process", "config-keys"],
  cpp: ["keys", "process", "web-identity", "sso"],
};

const keysFirst = (order: readonly Offer[]): readonly Offer[] => ["keys", "config-keys", ...order];

/**
 * The same for the source of a role: most take its keys first, botocore and Java do as with any profile. PHP and C++
 * are not known to follow a source.
 */
export const offersOfSource: typeof offersInOrder = {
  botocore: offersInOrder.botocore ?? [],
  go1: keysFirst(offersInOrder.go1 ?? []),
  go2: keysFirst(offersInOrder.go2 ?? []),
  js: keysFirst(offersInOrder.js ?? []),
  java: offersInOrder.java ?? [],
  rust: keysFirst(offersInOrder.rust ?? []),
  ruby: keysFirst(offersInOrder.ruby ?? []),
};

/** The clients that take an offer, and those that do not, where credential_process stands beside it. */
function besideProcess(offer: Offer): { readonly takers: Client[]; readonly runners: Client[] } {
  const takers: Client[] = [];
  const runners: Client[] = [];
  for (const client of Object.keys(clientNames) as Client[]) {
    const order = offersInOrder[client] ?? [];
    if (!order.includes(offer)) continue;
    (order.indexOf(offer) < order.indexOf("process") ? takers : runners).push(client);
  }
  return { takers, runners };
}

/** `most clients` or `some clients`: as many as take the offer though credential_process stands beside it. */
export function howManyPrefer(offer: Offer): string {
  const { takers, runners } = besideProcess(offer);
  return takers.length > runners.length ? "most clients" : "some clients";
}

/** What clients do where an offer stands beside credential_process. `others` do not go by their lists. */
function choice(offer: Offer, does: string, ...others: Behaviour[]): readonly Behaviour[] {
  const { takers, runners } = besideProcess(offer);
  const byList = (client: Client) => !others.some(({ clients }) => clients.includes(client));
  return [
    differs(does, ...takers.filter(byList)),
    ...others,
    fine("run the command", ...runners.filter(byList)),
  ].filter(({ clients }) => clients.length > 0);
}

const notOfDotnet = findsNothing("finds no credentials", "dotnet");

/** Properties of a role beside which .NET does not take credential_process, each for itself. */
const roleProperties = [
  "role_arn",
  "source_profile",
  "credential_source",
  "mfa_serial",
  "external_id",
  "role_session_name",
];

type Has = (property: string) => boolean;

const hasSource = (has: Has): boolean => has("source_profile") || has("credential_source");

/** What becomes of credential_process when another property stands beside it in the same profile. */
interface BesideRule {
  readonly id: string;
  readonly severity: RuleSeverity;
  readonly what: string;
  readonly why: string;
  readonly clients: readonly Behaviour[];
  /** The property that a finding points at, or undefined where the rule does not apply. */
  culprit(has: Has): string | undefined;
}

const noEffect = "credential_process has no effect, or an error is all that comes";
const sourceAlone = "what these clients do with a source and no role is an error";

/** More than one may apply to a profile: the first is the worst. */
export const besideRules = [
  {
    id: "process-beside-role",
    severity: "broken",
    what: "role_arn with its source stands beside credential_process",
    why: noEffect,
    clients: choice(
      "role",
      "assume the role themselves, and ask for its code",
      refuses("refuse the profile: only one credential type may be specified", "go1", "go2"),
      fine("runs the command", "php"),
      notOfDotnet,
    ),
    culprit: (has) => (has("role_arn") && hasSource(has) ? "role_arn" : undefined),
  },
  {
    id: "process-beside-role-arn",
    severity: "broken",
    what: "role_arn stands beside credential_process",
    why: noEffect,
    clients: [
      refuses("refuse the profile: source_profile is missing", "botocore", "rust", "ruby"),
      differs("run the command, and assume the role with its answer once more", "go1", "go2"),
      fine("run the command", "js", "java", "php"),
      notOfDotnet,
    ],
    culprit: (has) =>
      has("role_arn") && !hasSource(has) && !has("web_identity_token_file") ? "role_arn" : undefined,
  },
  {
    id: "process-beside-sso",
    severity: "broken",
    what: "SSO settings stand beside credential_process",
    why: noEffect,
    clients: choice("sso", "use SSO", differs("use SSO", "dotnet")),
    culprit: (has) => ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"].find(has),
  },
  {
    id: "process-beside-source-profile",
    severity: "warning",
    what: "source_profile stands beside credential_process",
    why: sourceAlone,
    clients: [
      refuses("refuse the profile: source_profile requires role_arn", "go1", "go2"),
      refuses("tries to assume a role without a name", "ruby"),
      notOfDotnet,
      fine("run the command", "botocore", "js", "java", "rust", "php"),
    ],
    culprit: (has) => (has("role_arn") ? undefined : ["source_profile"].find(has)),
  },
  {
    id: "process-beside-credential-source",
    severity: "warning",
    what: "credential_source stands beside credential_process",
    why: sourceAlone,
    clients: [
      refuses("refuse the profile", "go1", "go2"),
      differs("uses the source", "rust"),
      refuses("tries to assume a role without a name", "ruby"),
      notOfDotnet,
      fine("run the command", "botocore", "js", "java", "php"),
    ],
    culprit: (has) => (has("role_arn") ? undefined : ["credential_source"].find(has)),
  },
  {
    id: "process-beside-mfa",
    severity: "warning",
    what: "a setting of a role stands beside credential_process",
    why: ".NET takes a profile only if nothing of the kind stands beside the command",
    clients: [notOfDotnet],
    culprit: (has) =>
      has("role_arn") || hasSource(has) ? undefined : roleProperties.find((property) => has(property)),
  },
] as const satisfies readonly BesideRule[];

/** Static keys of the same name as a profile with credential_process, by the file that they stand in. */
export const keyRules = {
  credentials: {
    id: "keys-beat-process",
    severity: "broken",
    why: "these clients never run the command: they act with the long-term key",
    clients: choice("keys", "use the keys", notOfDotnet),
  },
  config: {
    id: "keys-beside-process",
    severity: "warning",
    why: "whose credentials are used depends on the client",
    clients: choice("config-keys", "use the keys", notOfDotnet),
  },
} as const satisfies Readonly<Record<string, Omit<BesideRule, "what" | "culprit">>>;

/** What clients do that get no credentials of a profile with credential_process, for what stands beside it. Pure. */
export function failuresBesideProcess(has: Has): readonly Behaviour[] {
  const isMore = [...roleProperties, "aws_access_key_id"].some(has);
  const isSso = has("sso_account_id") || has("sso_role_name");
  return [
    ...besideRules
      .filter(({ culprit }) => culprit(has) !== undefined)
      .flatMap(({ clients }): readonly Behaviour[] => clients)
      .filter(({ outcome }) => outcome === "refuses"),
    ...(isMore && !isSso ? [notOfDotnet] : []),
  ];
}

/** Keys in the environment, and AWS_PROFILE. */
export const keysAndProfile: readonly Behaviour[] = [
  differs("use the keys of the environment", "botocore", "go1", "go2", "java", "rust", "php", "ruby", "cpp"),
  differs("uses AWS_PROFILE", "js"),
  differs("uses the keys; versions before 4 use AWS_PROFILE", "dotnet"),
];

/** AWS_PROFILE, and another name in AWS_DEFAULT_PROFILE. */
export const twoProfileVariables: readonly Behaviour[] = [
  differs("aws-cli v2 takes AWS_PROFILE, aws-cli v1 and boto3 take AWS_DEFAULT_PROFILE", "botocore"),
  differs("take AWS_PROFILE", "go1", "go2", "ruby"),
  differs("takes AWS_DEFAULT_PROFILE", "cpp"),
  differs("read AWS_PROFILE alone", "js", "php"),
];

/** A proxy in a lower case variable, and another one in its upper case form. */
export const twoProxyVariables: readonly Behaviour[] = [
  differs("take the lower case one", "awsAs", "botocore"),
  differs("take the upper case one", "go1", "go2"),
];

/** `~` or a variable in AWS_CONFIG_FILE that no shell has replaced. */
export const unexpandedPath: readonly Behaviour[] = [
  differs("take it for the name of a file", "js"),
  fine("replace it", "awsAs", "botocore"),
];
