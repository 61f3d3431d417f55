import { isSignedIn } from "../../../aws/sso-token.ts";
import {
  durationBehaviour,
  durationPassedOver,
  limitBehaviour,
  limitsPassedOver,
} from "../../../clients/limits.ts";
import { NoKnownExpiry, type Section } from "../../../config/resolve/identity.ts";
import { ofOtherTools } from "../../../config/resolve/identity-properties.ts";
import { isAccessKeyId } from "../../../config/resolve/links.ts";
import { at, quote } from "../../../config/shown.ts";
import { markedSections } from "../../../profiles/marks.ts";
import { addedToStanza } from "../../../profiles/plan-stanzas.ts";
import { deviceKind, mayGiveCodes } from "../../../session/device.ts";
import type { UserError } from "../../../system/user-error.ts";
import { type Finding, type Findings, finding, type Place } from "../finding.ts";
import type { IdentityFacts, Snapshot } from "../snapshot.ts";

/** Each identity: whether it leads to credentials, and with which device. */
export function* checkIdentities(snapshot: Snapshot): Findings {
  const { config, credentials } = snapshot.files;
  // Without one of the files nearly nothing leads anywhere, and advice would be wrong.
  if ([config, credentials].some(({ unreadable }) => unreadable !== undefined)) return;
  const lost = [...lostSessions(snapshot)];
  yield* lost;
  yield* brokenIdentities(snapshot.identities, [
    ...lost.map((each) => each.at),
    ...secondsLines(snapshot),
    ...[config, credentials].flatMap(({ shown, errors }) =>
      errors.map(({ line }) => ({ file: shown, line })),
    ),
  ]);
  yield* brokenStanzas(snapshot);
  yield* lostServices(snapshot);
  yield* sourcesWithoutKeys(snapshot);
  yield* passedOver(snapshot);
  yield* foreignProperties(snapshot);
  yield* plainKeys(snapshot);
  yield* devices(snapshot);
  yield* signedOut(snapshot);
}

function* lostSessions({ config, files }: Snapshot): Findings {
  for (const { name, properties } of [...config.profiles.values(), ...config.ours.values()]) {
    const said = properties.get("sso_session");
    if (!said?.value || config.ssoSessions.has(said.value)) continue;
    yield finding("sso-session-missing", {
      what: `profile ${quote(name)} names sso_session ${quote(said.value)}, and no section describes it`,
      why: "every client that uses the profile fails",
      at: said.position,
      mend: `write [sso-session ${said.value}] with sso_start_url and sso_region into ${files.config.shown}: aws configure sso-session`,
    });
  }
}

/** One finding for each error: that of a user is that of all its roles too. Lines with findings of their own are left out. */
function* brokenIdentities(
  identities: readonly IdentityFacts[],
  found: readonly (Place | undefined)[],
): Findings {
  const isFound = (error: UserError) =>
    error.at !== undefined &&
    found.some((place) => place?.file === error.at?.file && place?.line === error.at?.line);
  const byMessage = new Map<string, [UserError, IdentityFacts[]]>();
  for (const identity of identities) {
    const { error } = identity;
    if (error === undefined || isFound(error)) continue;
    const [, those] = byMessage.get(error.message) ?? [error, []];
    byMessage.set(error.message, [error, [...those, identity]]);
  }
  for (const [error, [first, ...others]] of byMessage.values()) {
    if (first === undefined) continue;
    const place = error.at ?? first.position;
    if (error instanceof NoKnownExpiry) {
      yield finding("temporary-keys", {
        what: error.what,
        why: "aws-as does not serve it, since no client would know when to ask again; other clients read it themselves",
        at: place,
        mend: error.hints[0] ?? "",
      });
      continue;
    }
    const more = others.length === 0 ? "" : `, nor as ${listed(others.map(({ name }) => name))}`;
    yield finding("identity-broken", {
      what: withoutFurtherLines(error.what),
      why: `nobody can act as ${quote(first.name)}${more}`,
      at: place,
      mend: error.hints[0] ?? `correct it in ${at(place)}`,
    });
  }
}

/** The lines that say numbers of seconds: checks/settings.ts finds bad values. */
function secondsLines({ config }: Snapshot): Place[] {
  return [config.settings, ...config.ours.values(), ...config.profiles.values()].flatMap((section) =>
    ["session_seconds", "mfa_seconds"].flatMap((name) => section?.properties.get(name)?.position ?? []),
  );
}

function listed(names: readonly string[]): string {
  const most = 3;
  const rest = names.length > most ? ` and ${names.length - most} more` : "";
  return names.slice(0, most).map(quote).join(", ") + rest;
}

/** A message quotes values; what stands in further lines of one may be the rest of a secret that was broken over lines. */
function withoutFurtherLines(message: string): string {
  return message.replace(/\\n(?:[^"\\]|\\.)*"/g, '…"');
}

/** Profiles that run aws-as for an identity that does not exist. */
function* brokenStanzas({ stanzas, config, files }: Snapshot): Findings {
  const { document } = files.config;
  const { profiles: ours } = markedSections(document);
  for (const { profile, identity, position } of stanzas) {
    if (config.profiles.has(identity) || config.ours.has(identity)) continue;
    // A role's ARN, or ACCOUNT/ROLE, needs no profile.
    if (/^arn:|^\d{12}\//.test(identity)) continue;
    yield finding("identity-broken", {
      what: `profile ${quote(profile)} stands for ${quote(identity)}, and there is no such profile`,
      why: `every client that uses ${quote(profile)} fails`,
      at: position,
      // init leaves what a person has written or changed.
      mend:
        ours.has(profile) && addedToStanza(document, profile, identity).length === 0
          ? `aws-as init --remove ${profile}`
          : "remove that section by hand, or let it name a profile that is there",
    });
  }
}

/** One finding for each source whose key is in the store alone: other clients assume the roles with what is in the files. */
function* sourcesWithoutKeys({ config }: Snapshot): Findings {
  const roles = new Map<string, Section[]>();
  for (const section of config.profiles.values()) {
    const source = section.properties.get("source_profile")?.value;
    // Of an adopted role clients see no source.
    if (source && section.properties.get("role_arn")?.value) {
      roles.set(source, [...(roles.get(source) ?? []), section]);
    }
  }
  for (const [source, [first, ...others]] of roles) {
    const shared = config.profiles.get(source)?.properties;
    if (first === undefined || !config.ours.get(source)?.properties.get("access_key_id")?.value) continue;
    if (credentialProperties.some((property) => shared?.get(property)?.value)) continue;
    yield finding("source-has-no-keys", {
      what: `the key of ${quote(source)} is in the store alone, and ${listed([first, ...others].map(({ name }) => name))} in the files start from it`,
      why: `other clients find no credentials for them: "aws --profile ${first.name}" fails`,
      at: first.properties.get("source_profile")?.position,
      mend: `aws-as init --adopt ${source}   (or aws-as init --adopt, for all profiles)`,
    });
  }
}

const credentialProperties = [
  "aws_access_key_id",
  "role_arn",
  "credential_process",
  "web_identity_token_file",
  "sso_account_id",
  "login_session",
];

/** Roles that are less by aws-as than by other clients, under the profile's own name. */
function* passedOver({ config }: Snapshot): Findings {
  for (const name of config.profiles.keys()) {
    const [limit, ...more] = limitsPassedOver(config, name);
    const mend = `aws-as init --adopt ${name}   (then they run aws-as under this name)`;
    if (limit !== undefined) {
      yield finding("limit-passed-over", {
        what: `profile ${quote(name)} has ${[limit, ...more].map(({ property }) => property).join(", ")}, which aws-as alone sends`,
        why: `"aws --profile ${name}" acts as the role without it`,
        at: limit.position,
        clients: limitBehaviour,
        mend,
      });
    }
    const duration = durationPassedOver(config, name);
    if (duration !== undefined) {
      yield finding("duration-passed-over", {
        what: `profile ${quote(name)} has duration_seconds, which not all clients read`,
        why: "their sessions of the role have another length",
        at: duration.position,
        clients: durationBehaviour,
        mend,
      });
    }
  }
}

function* foreignProperties({ config, identities }: Snapshot): Findings {
  const users = new Set(identities.filter(({ kind }) => kind === "user").map(({ name }) => name));
  for (const { name, properties } of [...config.profiles.values(), ...config.ours.values()]) {
    for (const [property, { value, position }] of properties) {
      const isOfUser = property === "duration_seconds" && users.has(name);
      const ours = isOfUser ? "session_seconds" : ofOtherTools[property];
      if (ours === undefined || value === "") continue;
      yield finding("property-of-other-tool", {
        what: `${property} of ${quote(name)} is read by other tools, and not by aws-as`,
        why: isOfUser
          ? "it is about the session of a role; a user's session has a length of its own"
          : "aws-as acts as if the line were not there",
        at: position,
        mend: `write ${ours}`,
      });
    }
  }
}

/** services = NAME without its section: the calls would go to AWS itself. */
function* lostServices({ config, identities }: Snapshot): Findings {
  const found = new Set(identities.map(({ name }) => name));
  for (const { name, properties } of config.profiles.values()) {
    const said = properties.get("services");
    // What aws-as acts as has the error as its own finding.
    if (!said?.value || found.has(name) || config.services.has(said.value)) continue;
    yield finding("services-missing", {
      what: `services = ${quote(said.value)}, and there is no [services] section of that name`,
      why: "botocore refuses the profile; others call AWS itself",
      at: said.position,
      mend: "write the section, or take the line out",
    });
  }
}

function* plainKeys({ config, files }: Snapshot): Findings {
  for (const { name, properties } of config.profiles.values()) {
    const [id, secret] = [properties.get("aws_access_key_id"), properties.get("aws_secret_access_key")];
    if (!id || !secret?.value || !isAccessKeyId(id.value) || id.value.startsWith("ASIA")) continue;
    // Beside a credential_process it is a finding of its own.
    if (properties.get("credential_process")?.value) continue;
    const where = secret.position.file === files.config.shown ? files.config : files.credentials;
    yield finding("key-in-plain-text", {
      what: `the long-term key of ${quote(name)} is in plain text`,
      why: `every program of yours can read it in ${where.shown}, and copies and backups have it`,
      at: secret.position,
      mend: `aws-as keys import ${name}`,
    });
  }
}

function* devices({ identities }: Snapshot): Findings {
  const found = new Set<string>();
  for (const { name, device, root, position } of identities) {
    if (device === undefined || root === undefined || found.has(root)) continue;
    const one = deviceFinding(device, name, root, position);
    if (one === undefined) continue;
    found.add(root);
    yield one;
  }
}

function deviceFinding(
  device: NonNullable<IdentityFacts["device"]>,
  name: string,
  root: string,
  place: Place,
): Finding | undefined {
  const look = `aws-as mfa list ${root}`;
  if (device === "unknown") {
    return finding("device-unknown", {
      what: `no file names the MFA device of ${quote(root)}`,
      why: "aws-as asks IAM for it at the first use, one extra call",
      at: place,
      mend: `aws-as init ${name}`,
    });
  }
  if (device === "none") {
    return finding("device-none", {
      what: `${quote(root)} has no MFA device, as far as is known`,
      why: "roles that demand MFA refuse it",
      at: place,
      mend: `${look}   (or say that it is meant so: mfa_serial = none in [aws-as ${root}])`,
    });
  }
  if (mayGiveCodes(device.serial)) return undefined;
  if (deviceKind(device.serial) !== "fido") {
    return finding("device-wrong", {
      what: `the MFA device of ${quote(root)}, ${device.serial}, is none: the ARN of one has :mfa/ in it`,
      why: "AWS refuses every code for it: no session can be had",
      at: place,
      mend: look,
    });
  }
  return finding("device-fido", {
    what: `the MFA device of ${quote(root)} is a FIDO security key or passkey`,
    why: "AWS takes no codes from those: no session can be had",
    at: place,
    mend: `add an authenticator app to the user in the AWS console, then: ${look}   (or sign in with the passkey: aws login --profile ${root}-login)`,
  });
}

function* signedOut({ sso, now, identities }: Snapshot): Findings {
  if (identities.length === 0) return;
  for (const { session, position, ...signIn } of sso) {
    if (isSignedIn(signIn, now)) continue;
    yield finding("sso-signed-out", {
      what:
        signIn.expiresAt === undefined
          ? `nobody is signed in to sso-session ${quote(session)} with aws-cli`
          : `the sign-in to sso-session ${quote(session)} ended`,
      why: "what uses it needs a browser first",
      at: position,
      mend: `aws sso login --sso-session ${session}`,
    });
  }
}
