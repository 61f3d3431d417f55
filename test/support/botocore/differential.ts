import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { type AwsConfig, mergeDocuments } from "../../../src/config/aws-config.ts";
import { parseDocument } from "../../../src/config/files/document.ts";
import { spacedName } from "../../../src/config/files/lines.ts";
import { effectiveProfile, profileNames } from "../../../src/config/resolve/effective-profile.ts";
import type { Root } from "../../../src/config/resolve/identity.ts";
import { resolveIdentity } from "../../../src/config/resolve/resolve.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { arbitraryFiles } from "./arbitrary-files.ts";
import type { Botocore, Files, TheirWay } from "./botocore.ts";

/** A way to credentials, as both sides can be compared: an error is one, whatever its words. */
type Way =
  | { readonly error: string }
  | { readonly root: unknown; readonly hops: unknown; readonly region: string | null };

/** A profile for which both sides find another way. */
export interface Difference {
  readonly name: string;
  readonly ours: Way;
  readonly theirs: Way;
  /** The decision that explains it; undefined: nothing does. */
  readonly wanted: string | undefined;
}

function configOf(files: Files): AwsConfig {
  const read = (kind: "config" | "credentials") => parseDocument(Buffer.from(files[kind]), kind, kind);
  return mergeDocuments(read("config"), read("credentials"));
}

function ourWay(config: AwsConfig, name: string): Way {
  try {
    const { root, hops, settings } = resolveIdentity(config, name);
    return {
      root: ourRoot(root),
      hops: hops.map((hop) => ({
        roleArn: hop.roleArn,
        externalId: hop.externalId ?? null,
        sessionName: hop.roleSessionName ?? null,
        mfaSerial: hop.mfaSerial ?? null,
        duration: hop.durationSeconds ?? null,
      })),
      region: settings.get("region")?.value ?? null,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { error: error.message };
  }
}

function ourRoot(root: Root): unknown {
  const { kind } = root;
  switch (root.kind) {
    case "static-keys": {
      const { accessKeyId: id, secretAccessKey, sessionToken } = root;
      return { kind, id, secret: secretAccessKey.reveal(), token: sessionToken?.reveal() ?? null };
    }
    case "sso":
      return {
        kind,
        start_url: root.startUrl,
        sso_region: root.region,
        role_name: root.roleName ?? null,
        account_id: root.accountId ?? null,
        sso_session_name: root.session ?? null,
      };
    case "web-identity":
      return { kind, file: root.tokenFile, roleArn: root.roleArn, sessionName: root.sessionName ?? null };
    case "credential-source":
      return { kind, source: root.source };
    case "login-session":
      return { kind, session: root.loginSession };
    case "process":
      return { kind, command: root.command };
    default:
      return { kind };
  }
}

/** Values as aws-as reads them: without blank lines within (rule 16) and comments behind (rule 15). */
function theirWay(way: TheirWay): Way {
  return JSON.parse(JSON.stringify(way), (_, value) =>
    typeof value === "string" ? value.replaceAll(/\n+/g, "\n").replace(/\s+[#;].*/s, "") : value,
  ) as Way;
}

/** What a decision looks at. */
interface Case {
  readonly name: string;
  readonly files: Files;
  readonly config: AwsConfig;
  readonly ours: Way;
  readonly theirs: Way;
}

/** Every difference that is wanted, with the rule of docs/config-grammar.md or the decision that wants it. */
const wanted: readonly { readonly why: string; applies(each: Case): boolean }[] = [
  {
    why: "rule 9: the grammar rules the name out, and the error says so",
    applies: ({ name, ours }) => !spacedName.test(name) && "error" in ours,
  },
  {
    why: "rule 7: [profile NAME] in the credentials file is not read",
    applies: ({ name, ours }) => name.startsWith("profile ") && "error" in ours,
  },
  {
    why: "rule 19: a role with two sources is an error, for clients disagree about the identity",
    applies: ({ ours }) => "error" in ours && ours.error.endsWith("a role has one source"),
  },
  {
    why: "rule 23: a temporary key without its token is an error",
    applies: ({ ours }) => "error" in ours && ours.error.includes("without its aws_session_token"),
  },
  {
    why: "rule 23: half a key is an error, where botocore goes on to what else is in the profile",
    applies: ({ ours }) =>
      "error" in ours && /has aws_(?:access_key_id|secret_access_key) but no/.test(ours.error),
  },
  {
    why: "rule 11: the two files are merged property by property; botocore takes a key from one file alone",
    applies: ({ config, name }) => chainOf(config, name).some((each) => isInBothFiles(config, each)),
  },
  {
    why: "rule 10: [profile default] counts, wherever it stands; in botocore the later of the two",
    applies: ({ files }) => /\[default\]/.test(files.config) && /\[profile\s+"?default/.test(files.config),
  },
  {
    why: "[DEFAULT] is ignored, as by all clients but botocore",
    applies: ({ files }) => /^\s*\[DEFAULT\]/m.test(files.config + files.credentials),
  },
  {
    why: "rule 11: sections of one name are merged; botocore takes the last of two that are spelled differently",
    applies: ({ files, name }) =>
      files.config.split(/^\s*\[/m).filter((section) => headerName(section) === name).length > 1,
  },
  {
    why: "aws_security_token is of old: only botocore reads it",
    applies: (each) => isOnChain(each, ([property]) => property === "aws_security_token"),
  },
  {
    why: "an empty value is none; botocore takes it for one",
    applies: (each) => isOnChain(each, ([, value]) => value === ""),
  },
  {
    why: "rule 21: the keys of a source come first, as in Go, JavaScript and Rust; botocore takes web identity, SSO and (before keys of the config file) login and process first",
    applies: ({ ours, theirs, config, name }) =>
      kindOf(ours) === "static-keys" &&
      ("error" in theirs || isOther(theirs)) &&
      chainOf(config, name).some((each) => hasOtherSource(config, each)),
  },
  {
    why: "rule 26: a sign-in session without account and role is for tools that want a token",
    applies: ({ ours, theirs }) => kindOf(ours) === "sso" && "error" in theirs,
  },
];

/** The profiles on the way, as far as source_profile leads. */
function chainOf(config: AwsConfig, name: string): string[] {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    at = effectiveProfile(config, at)?.get("source_profile")?.value;
  }
  return [...seen];
}

function headerName(section: string): string | undefined {
  return /^\s*profile\s+(["']?)([^\]]*?)\1\s*\]/.exec(section)?.[2];
}

function isInBothFiles(config: AwsConfig, name: string): boolean {
  const halves = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"].flatMap(
    (half) => config.profiles.get(name)?.properties.get(half)?.position.file ?? [],
  );
  return new Set(halves).size > 1;
}

function isOnChain(
  { config, name }: Case,
  is: (property: readonly [name: string, value: string]) => boolean,
): boolean {
  return chainOf(config, name).some((each) =>
    [...(config.profiles.get(each)?.properties ?? [])].some(([property, { value }]) => is([property, value])),
  );
}

/** Something in the profile that botocore looks for before keys. */
function hasOtherSource(config: AwsConfig, name: string): boolean {
  const others = [
    "web_identity_token_file",
    "sso_account_id",
    "sso_role_name",
    "login_session",
    "credential_process",
  ];
  return others.some((property) => config.profiles.get(name)?.properties.has(property));
}

function kindOf(way: Way): unknown {
  return "root" in way ? (way.root as { kind?: unknown }).kind : undefined;
}

function isOther(theirs: Way): boolean {
  return ["web-identity", "sso", "login-session", "process"].includes(String(kindOf(theirs)));
}

/** Compares all profiles that either side knows. `undefined`: botocore refuses the files. */
export async function differences(files: Files, botocore: Botocore): Promise<Difference[] | undefined> {
  const answer = await botocore.resolve(files);
  if ("refused" in answer) return undefined;
  const config = configOf(files);
  const theirNames = Object.keys(answer.profiles);
  const names = new Set([...theirNames, ...profileNames(config)]);
  return [...names].flatMap((name) => {
    const ours = ourWay(config, name);
    const said = answer.profiles[name];
    const theirs: Way = said === undefined ? { error: "unknown" } : theirWay(said);
    const isSame = "error" in ours ? "error" in theirs : isDeepStrictEqual({ ...ours }, { ...theirs });
    if (isSame) return [];
    const each = { name, files, config, ours, theirs };
    return [{ name, ours, theirs, wanted: wanted.find(({ applies }) => applies(each))?.why }];
  });
}

/** What a run came to. */
export interface Outcome {
  readonly files: number;
  readonly profiles: number;
  /** Profiles of roles that lead to credentials on both sides. */
  readonly chains: number;
  readonly refused: number;
  /** How often each wanted difference was seen. */
  readonly wanted: ReadonlyMap<string, number>;
}

/**
 * Compares that many generated files.
 *
 * @throws an error with the smallest files that still differ, and the seed that finds them again
 */
export async function compareFiles(runs: number, seed: number, botocore: Botocore): Promise<Outcome> {
  const seen = new Map<string, number>();
  let [files, profiles, chains, refused] = [0, 0, 0, 0];
  await fc.assert(
    fc.asyncProperty(arbitraryFiles, async (generated) => {
      files += 1;
      const found = await differences(generated, botocore);
      if (found === undefined) {
        refused += 1;
        return;
      }
      const config = configOf(generated);
      const ways = profileNames(config).map((name) => ourWay(config, name));
      profiles += ways.length;
      chains += ways.filter((way) => "hops" in way && (way.hops as unknown[]).length > 0).length;
      for (const { wanted: why } of found) if (why !== undefined) seen.set(why, (seen.get(why) ?? 0) + 1);
      const unexplained = found.filter((each) => each.wanted === undefined);
      if (unexplained.length === 0) return;
      const { name, ours, theirs } = unexplained[0] as Difference;
      throw new Error(
        [
          `profile "${name}": aws-as ${JSON.stringify(ours)}, botocore ${JSON.stringify(theirs)}`,
          `--- config\n${generated.config}`,
          `--- credentials\n${generated.credentials}`,
        ].join("\n"),
      );
    }),
    { numRuns: runs, seed },
  );
  return { files, profiles, chains, refused, wanted: seen };
}
