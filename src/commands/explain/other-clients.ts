import type { AwsConfig } from "../../config/aws-config.ts";
import { credentialKind } from "../../config/resolve/effective-profile.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import type { Position, Section } from "../../config/resolve/identity.ts";
import { stanzaIdentity } from "../../config/resolve/stanza.ts";

/** What the lines of a profile offer to a client that reads it without aws-as. */
type Offer =
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

/** A client that takes something else than aws-as. */
interface Dissent {
  readonly client: string;
  readonly takes: Offer | "no credentials" | "an error";
}

/**
 * What clients take first of a profile, observed with their current versions or read in their sources. What is not in a
 * client's list is not known of it, and nothing is said then. .NET and what stands beside `credential_process` are below.
 */
const orders: Readonly<Record<string, readonly Offer[]>> = {
  "aws-cli and boto3": [
    "role",
    "machine-role",
    "web-identity",
    "sso",
    "keys",
    "login",
    "process",
    "config-keys",
  ],
  "Go and Terraform": [
    "role",
    "keys",
    "config-keys",
    "machine-role",
    "web-identity",
    "sso",
    "login",
    "process",
  ],
  JavaScript: ["role", "machine-role", "keys", "config-keys", "web-identity", "process", "sso", "login"],
  Java: ["web-identity", "sso", "role", "machine-role", "login", "process", "keys", "config-keys"],
  Rust: ["role", "machine-role", "web-identity", "sso", "login", "process", "keys", "config-keys"],
  Ruby: ["web-identity", "sso", "role", "machine-role", "keys", "config-keys", "login", "process"],
  PHP: ["web-identity", "sso", "login", "keys", "process", "config-keys"],
  "C++": ["keys", "process", "web-identity", "sso"],
};

const others = [
  "role_arn",
  "source_profile",
  "credential_source",
  "mfa_serial",
  "external_id",
  "role_session_name",
];

/**
 * Which clients would take something else of the profile than aws-as does, as sentences. For a stanza, something else than
 * its `credential_process`. Pure.
 *
 * @param reached whether the profile is meant itself, or is on the way to another
 */
export function otherClients(
  config: AwsConfig,
  name: string,
  reached: "asked" | "source" = "asked",
): string[] {
  const section = config.profiles.get(name);
  if (section === undefined) return [];
  const offers = offersOf(section, config.files.credentials);
  // A profile reached through source_profile gives its keys first: there the clients agree.
  if (reached === "source" && offers.has("role")) return [];
  const chosen = chosenOf(config, section, offers);
  const at = chosen && offers.get(chosen);
  if (chosen === undefined || at === undefined) return [];
  const isStanza = isOurs(section);
  const dissents = [
    ...Object.entries(orders).flatMap(([client, order]) => dissentOf(client, order, offers, chosen)),
    ...(chosen === "process" ? besideProcess(section, offers) : []),
  ];
  // Said last counts: what is known of a stanza's company goes before what a client does in general.
  const byClient = new Map(dissents.map(({ client, takes }) => [client, takes]));
  const byTaken = new Map<Dissent["takes"], string[]>();
  for (const [client, takes] of byClient) byTaken.set(takes, [...(byTaken.get(takes) ?? []), client]);
  const rather = isStanza ? `to its ${inWords(chosen, at)}` : `to ${inWords(chosen, at)}, which aws-as takes`;
  return [...byTaken].map(([takes, clients]) => {
    const position = offers.get(takes as Offer);
    const [verb, ...what] =
      position === undefined
        ? [takes === "an error" ? "refuse" : "find", takes === "an error" ? "it" : "no credentials in it"]
        : ["prefer", inWords(takes as Offer, position), rather];
    const isOne = clients.length === 1 && !clients[0]?.includes(" and ");
    return `profile "${name}": ${[clients.join(", "), isOne ? `${verb}s` : verb, ...what].join(" ")}`;
  });
}

function isOurs({ properties }: Section): boolean {
  return stanzaIdentity(properties.get("credential_process")?.value ?? "") !== undefined;
}

function offersOf({ properties }: Section, credentialsFile: string): Map<Offer, Position> {
  const offers = new Map<Offer, Position>();
  const offer = (kind: Offer, property: string, when = true) => {
    const found = properties.get(property);
    if (found?.value && when && !offers.has(kind)) offers.set(kind, found.position);
  };
  const has = (property: string) => Boolean(properties.get(property)?.value);
  offer("role", "role_arn", has("source_profile"));
  offer("machine-role", "role_arn", has("credential_source") && !has("source_profile"));
  offer("web-identity", "web_identity_token_file");
  offer("sso", "sso_account_id");
  offer("sso", "sso_role_name");
  offer("login", "login_session");
  offer("process", "credential_process");
  const inCredentials = properties.get("aws_access_key_id")?.position.file === credentialsFile;
  offer(inCredentials ? "keys" : "config-keys", "aws_access_key_id");
  return offers;
}

/** What aws-as takes by rule 26, or what the stanza is there for. Undefined for what no client could see. */
function chosenOf(
  config: AwsConfig,
  section: Section,
  offers: ReadonlyMap<Offer, Position>,
): Offer | undefined {
  if (isOurs(section)) return "process";
  const profile = effectiveProfile(config, section.name);
  switch (profile && credentialKind(profile, config.files.credentials, "asked")) {
    case "role":
      return offers.has("role") ? "role" : "machine-role";
    case "web-identity":
      return "web-identity";
    case "sso":
      return "sso";
    case "login-session":
      return "login";
    case "process":
      return "process";
    case "static-keys":
      return offers.has("keys") ? "keys" : "config-keys";
    default:
      return undefined;
  }
}

function dissentOf(
  client: string,
  order: readonly Offer[],
  offers: ReadonlyMap<Offer, Position>,
  chosen: Offer,
): Dissent[] {
  // Where it is not known what the client does with one of the offers, nothing is known of its choice.
  if ([...offers.keys()].some((offer) => !order.includes(offer))) return [];
  const takes = order.find((offer) => offers.has(offer));
  return takes === undefined || takes === chosen ? [] : [{ client, takes }];
}

/** Properties beside `credential_process` that some clients refuse, or that make .NET find nothing: it wants an exact set. */
function besideProcess({ properties }: Section, offers: ReadonlyMap<Offer, Position>): Dissent[] {
  const has = (property: string) => Boolean(properties.get(property)?.value);
  const said = (clients: readonly string[], takes: Dissent["takes"]) =>
    clients.map((client) => ({ client, takes }));
  const hasSource = has("source_profile") || has("credential_source");
  const isMore = [...others, "aws_access_key_id"].some(has);
  return [
    ...(has("role_arn") && !hasSource && !offers.has("web-identity")
      ? said(["aws-cli and boto3", "Rust", "Ruby"], "an error")
      : []),
    ...(hasSource ? said(["Go and Terraform"], "an error") : []),
    ...(isMore && !offers.has("sso") ? said([".NET"], "no credentials") : []),
  ];
}

const words: Readonly<Record<Offer, string>> = {
  role: "the role",
  "machine-role": "the role",
  "web-identity": "the web identity",
  sso: "IAM Identity Center",
  login: "the login session",
  process: "credential_process",
  keys: "the keys in the credentials file",
  "config-keys": "the keys in the config file",
};

function inWords(offer: Offer, { file, line }: Position): string {
  return `${words[offer]} (${file}:${line})`;
}
