import { NoKnownExpiry } from "../../../config/resolve/identity.ts";
import { at, quote } from "../../../config/shown.ts";
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
  yield* brokenIdentities(snapshot.identities, [...lost.map((each) => each.at), ...sessionSeconds(snapshot)]);
  yield* brokenStanzas(snapshot);
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

/** The lines that say session_seconds: checks/settings.ts finds bad values. */
function sessionSeconds({ config }: Snapshot): Place[] {
  return [config.settings, ...config.ours.values(), ...config.profiles.values()].flatMap((section) => {
    const position = section?.properties.get("session_seconds")?.position;
    return position === undefined ? [] : [position];
  });
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
function* brokenStanzas({ stanzas, config }: Snapshot): Findings {
  for (const { profile, identity, position } of stanzas) {
    if (config.profiles.has(identity) || config.ours.has(identity)) continue;
    // A role's ARN, or ACCOUNT/ROLE, needs no profile.
    if (/^arn:|^\d{12}\//.test(identity)) continue;
    yield finding("identity-broken", {
      what: `profile ${quote(profile)} stands for ${quote(identity)}, and there is no such profile`,
      why: `every client that uses ${quote(profile)} fails`,
      at: position,
      mend: `aws-as init --remove ${profile}`,
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
  for (const { session, endsAt, position } of sso) {
    if (endsAt !== undefined && endsAt > now) continue;
    yield finding("sso-signed-out", {
      what:
        endsAt === undefined
          ? `nobody is signed in to sso-session ${quote(session)} with aws-cli`
          : `the sign-in to sso-session ${quote(session)} ended`,
      why: "what uses it needs a browser first",
      at: position,
      mend: `aws sso login --sso-session ${session}`,
    });
  }
}
