import { failuresBesideProcess, type Offer, offersInOrder, offersOfSource } from "../../clients/choices.ts";
import type { Client } from "../../clients/clients.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { credentialKind, effectiveProfile } from "../../config/resolve/effective-profile.ts";
import type { Position, Section } from "../../config/resolve/identity.ts";
import { stanzaIdentity } from "../../config/resolve/stanza.ts";
import { groupedBy } from "../../system/grouped-by.ts";

/** Clients that take something else than aws-as, or nothing. */
interface OtherChoice {
  readonly client: string;
  readonly takes: Offer | "no credentials" | "an error";
}

/** Clients as a sentence names them: those of one name do the same. */
const names: Readonly<Record<Client, string>> = {
  awsAs: "aws-as",
  botocore: "aws-cli and boto3",
  go1: "Go and Terraform",
  go2: "Go and Terraform",
  js: "JavaScript",
  java: "Java",
  rust: "Rust",
  dotnet: ".NET",
  php: "PHP",
  ruby: "Ruby",
  cpp: "C++",
};

/**
 * Which clients would take something else of the profile than aws-as does, as sentences. For a profile that runs aws-as,
 * something else than its `credential_process`. Pure.
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
  const chosen = chosenOf(config, section, offers, reached);
  const at = chosen && offers.get(chosen);
  if (chosen === undefined || at === undefined) return [];
  const isStanza = runsAwsAs(section);
  const choices = [
    ...otherOffers(offers, chosen, reached),
    ...(chosen === "process" ? failures(section) : []),
  ];
  // The last one of a client counts: what stands beside a credential_process goes before its usual order.
  const byClient = new Map(choices.map(({ client, takes }) => [client, takes]));
  const rather = isStanza ? `to its ${placed(chosen, at)}` : `to ${placed(chosen, at)}, which aws-as takes`;
  return [...groupedBy(byClient, ([, takes]) => takes)].map(([takes, takers]) => {
    const clients = takers.map(([client]) => client);
    const position = offers.get(takes as Offer);
    const [verb, ...what] =
      position === undefined
        ? [takes === "an error" ? "refuse" : "find", takes === "an error" ? "it" : "no credentials in it"]
        : ["prefer", placed(takes as Offer, position), rather];
    const isOne = clients.length === 1 && !clients[0]?.includes(" and ");
    return `profile "${name}": ${[clients.join(", "), isOne ? `${verb}s` : verb, ...what].join(" ")}`;
  });
}

function runsAwsAs({ properties }: Section): boolean {
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

/**
 * What aws-as takes by rule 26, of a source by rule 21; of a profile that runs aws-as, its command. Undefined for what no
 * client could see.
 */
function chosenOf(
  config: AwsConfig,
  section: Section,
  offers: ReadonlyMap<Offer, Position>,
  reached: "asked" | "source",
): Offer | undefined {
  if (runsAwsAs(section)) return "process";
  const profile = effectiveProfile(config, section.name);
  switch (profile && credentialKind(profile, config.files.credentials, reached)) {
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

function otherOffers(
  offers: ReadonlyMap<Offer, Position>,
  chosen: Offer,
  reached: "asked" | "source",
): OtherChoice[] {
  const lists = reached === "source" ? offersOfSource : offersInOrder;
  return (Object.entries(lists) as [Client, readonly Offer[]][]).flatMap(([client, order]) => {
    // Where it is not known what the client does with one of the offers, its choice is not known.
    if ([...offers.keys()].some((offer) => !order.includes(offer))) return [];
    const takes = order.find((offer) => offers.has(offer));
    return takes === undefined || takes === chosen ? [] : [{ client: names[client], takes }];
  });
}

function failures({ properties }: Section): OtherChoice[] {
  const found = failuresBesideProcess((property) => Boolean(properties.get(property)?.value));
  return found.flatMap(({ clients, outcome }) =>
    clients.map((client) => ({
      client: names[client],
      takes: outcome === "refuses" ? "an error" : "no credentials",
    })),
  );
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

function placed(offer: Offer, { file, line }: Position): string {
  return `${words[offer]} (${file}:${line})`;
}
