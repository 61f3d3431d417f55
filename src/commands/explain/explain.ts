import type { AwsConfig } from "../../config/aws-config.ts";
import { devicesOfRoles } from "../../config/resolve/device-of-roles.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import type { Identity, RoleHop } from "../../config/resolve/identity.ts";
import { whereNamed } from "../../config/resolve/short-names.ts";
import { at } from "../../config/shown.ts";
import type { Stanza } from "../../profiles/stanzas.ts";
import type { WayToAsk } from "../../prompt/prompt.ts";
import { codeNeededAt, type Foreseen, foresee, lifeOf, outcomeOf } from "../../session/foresee.ts";
import { longTermKeyItem } from "../../session/long-term-key.ts";
import type { Plan, RoleStep, SourceStep, Step } from "../../session/plan.ts";
import { isKeyRoot, refusedByIam } from "../../session/plan.ts";
import type { SessionName } from "../../session/session-name.ts";
import type { StoredItem } from "../../store/secret-store.ts";
import { timestamp } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import type {
  Expiry,
  ExplainedRole,
  ExplainedRoot,
  ExplainedStep,
  ExplainedStore,
  Explanation,
  NextCall,
  Question,
} from "./explanation.ts";
import { otherClients } from "./other-clients.ts";

/** What an explanation is made of. Nothing of it is secret. */
export interface ExplainInput {
  readonly asked: string;
  readonly identity: Identity;
  readonly plan: Plan;
  /** False: the plan is one without a device, since IAM has not been asked for it yet. */
  readonly deviceKnown: boolean;
  readonly config: AwsConfig;
  readonly env: Environment;
  readonly stanzas: readonly Stanza[];
  /** The session name of roles that configure none. */
  readonly defaultName: SessionName;
  readonly store: ExplainedStore;
  /** What the store lists. */
  readonly items: ReadonlyMap<string, StoredItem>;
  /** How a code would be asked for. */
  readonly way: WayToAsk;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The way to an identity, each step with where it comes from and what would become of it now. Pure. */
export function explain(input: ExplainInput): Explanation {
  const { asked, identity, plan, store, stanzas, now } = input;
  const foreseen = foresee(plan, input.items, now);
  const named =
    effectiveProfile(input.config, asked) === undefined ? whereNamed(input.config, asked) : undefined;
  return {
    version: 1,
    identity: identity.name,
    asked,
    askedAt: named === undefined ? null : at(named),
    kind:
      identity.limits !== undefined
        ? "limited"
        : identity.hops.length > 0
          ? "role"
          : isKeyRoot(plan.root)
            ? "user"
            : "external",
    account: plan.accountId ?? null,
    protected: identity.guard?.protected === undefined ? null : at(identity.guard.protected.position),
    now: nextCall(foreseen, input),
    root: rootOf(identity, plan),
    steps: foreseen.map((each) => explainedStep(each, input)),
    region: { name: plan.endpoint.region, from: originOfRegion(input) },
    endpoint: {
      sts: plan.endpoint.stsUrl ?? null,
      iam: plan.endpoint.iamUrl ?? null,
      partition: plan.endpoint.partition,
      fips: plan.endpoint.fips,
      dualStack: plan.endpoint.dualStack,
      caBundle: plan.endpoint.caBundle ?? null,
    },
    store,
    profiles: stanzas.map(({ profile, position, adopted }) => ({ name: profile, at: at(position), adopted })),
    notes: notesOf(input),
  };
}

function nextCall(foreseen: readonly Foreseen[], input: ExplainInput): NextCall {
  const next = codeNeededAt(foreseen, input.now);
  return {
    outcome: outcomeOf(foreseen, input.deviceKnown),
    asks: foreseen.flatMap((each) => questionsOf(each, input)),
    nextCode: next === undefined ? null : end(next, input.now),
  };
}

function questionsOf({ step, forecast }: Foreseen, { way }: ExplainInput): Question[] {
  if (forecast === "ask" && step.device !== undefined)
    return [
      {
        kind: "code",
        device: step.device,
        certain: step.kind !== "source",
        way: way.kind,
        window: way.window ?? null,
        because: way.because,
      },
    ];
  if (forecast !== "call" || step.kind !== "source") return [];
  const { root } = step;
  if (root.kind === "sso") return [{ kind: "sign-in", to: root.startUrl }];
  return root.kind === "login-session" ? [{ kind: "sign-in", to: root.loginSession }] : [];
}

function rootOf(identity: Identity, { root }: Plan): ExplainedRoot {
  const { profile, position } = root;
  const common = { profile, at: at(position) };
  if (!isKeyRoot(root)) return { ...common, kind: root.kind, key: null, text: sourceText(root) };
  const key = root.accessKeyId.slice(-4);
  if (identity.root.kind === "credential-source") {
    return { ...common, kind: "environment", key, text: `key …${key} of the environment` };
  }
  if (root.kind === "stored-keys") {
    return { ...common, kind: root.kind, key, text: `long-term key …${key}, its secret in the store` };
  }
  const what = root.sessionToken === undefined ? "long-term key" : "temporary key";
  return { ...common, kind: root.kind, key, text: `${what} …${key}, in plain text` };
}

/** What gives the credentials. Of a command only its program: what follows may be anything, a password too. */
function sourceText(root: SourceStep["root"]): string {
  switch (root.kind) {
    case "sso": {
      const role = root.accountId === undefined ? "" : `: role ${root.roleName} in ${root.accountId}`;
      const by = root.session === undefined ? root.startUrl : `sso-session ${root.session}, ${root.startUrl}`;
      return `IAM Identity Center (${by})${role}`;
    }
    case "web-identity":
      return `a web identity token in ${root.tokenFile}`;
    case "credential-source":
      return root.source === "EcsContainer"
        ? "the container that this runs in (EcsContainer)"
        : "the instance that this runs on (Ec2InstanceMetadata)";
    case "login-session":
      return `aws login: ${root.loginSession}`;
    case "temporary-keys":
      return `temporary key …${root.accessKeyId.slice(-4)}, kept up to date by another program`;
    case "process":
      return `credential_process: ${programOf(root.command)}`;
  }
}

function programOf(command: string): string {
  const [, quoted, plain = ""] = /^\s*(?:"([^"]*)"|(\S*))/.exec(command) ?? [];
  const program = quoted ?? plain;
  // Beginning with a variable, it would show the variable's value.
  return program.includes("=") ? "…" : `${program} …`;
}

const sourceCalls: Readonly<Record<SourceStep["root"]["kind"], string>> = {
  sso: "GetRoleCredentials",
  "web-identity": "AssumeRoleWithWebIdentity",
  "credential-source": "metadata",
  "login-session": "CreateOAuth2Token",
  process: "credential_process",
  "temporary-keys": "file",
};

function callOf(step: Step): string {
  if (step.kind === "limit") return "GetScopedCredentials";
  if (step.kind === "base-session") return "GetSessionToken";
  return step.kind === "role" ? "AssumeRole" : sourceCalls[step.root.kind];
}

/** Seconds; null where what it starts from decides. */
function durationOf(step: Step): number | null {
  if (step.kind === "limit") return step.durationSeconds ?? null;
  return step.kind === "source" && step.root.kind !== "web-identity" ? null : lifeOf(step);
}

function explainedStep(
  { step, expiresAt, decision, forecast }: Foreseen,
  input: ExplainInput,
): ExplainedStep {
  const { plan, now, deviceKnown } = input;
  const from = step.kind === "role" ? step.hop : step.kind === "limit" ? step : plan.root;
  return {
    kind: step.kind,
    call: callOf(step),
    profile: from.profile,
    at: from.position === undefined ? "--limit" : at(from.position),
    with: step.kind === "role" ? step.with : null,
    because:
      !deviceKnown && step.kind === "base-session"
        ? "the user's MFA device is not known yet: IAM is asked (ListMFADevices)"
        : step.because,
    device: step.device === undefined ? null : { serial: step.device, at: placeOfDevice(step.device, input) },
    duration: durationOf(step),
    role: explainedRole(step, input),
    // What is cached is found by the device too.
    ...(deviceKnown
      ? {
          session: expiresAt === undefined ? null : end(expiresAt, now),
          decision: decision.kind,
          reason: decision.because,
          forecast,
        }
      : { session: null, decision: null, reason: null, forecast: null }),
  };
}

function sessionNameOf(
  { roleSessionName, isNameFormed }: RoleHop,
  { roleSessionName: fromEnvironment }: RoleStep | SourceStep,
  { defaultName }: ExplainInput,
): Pick<ExplainedRole, "sessionName" | "sessionNameFrom"> {
  if (roleSessionName !== undefined)
    return { sessionName: roleSessionName, sessionNameFrom: isNameFormed ? "session_name" : "profile" };
  if (fromEnvironment !== undefined)
    return { sessionName: fromEnvironment, sessionNameFrom: "AWS_ROLE_SESSION_NAME" };
  return { sessionName: defaultName.name, sessionNameFrom: defaultName.from };
}

function explainedRole(step: Step, input: ExplainInput): ExplainedRole | null {
  if (step.kind === "base-session" || step.kind === "limit") return null;
  const hop = step.kind === "role" ? step.hop : webIdentityHop(step.root);
  if (hop === undefined) return null;
  return {
    arn: hop.roleArn,
    ...sessionNameOf(hop, step, input),
    externalId: hop.externalId ?? null,
    sourceIdentity: hop.sourceIdentity ?? null,
    policy: hop.policy !== undefined,
    policyArns: hop.policyArns ?? [],
    tags: hop.tags ?? {},
    transitiveTagKeys: hop.transitiveTagKeys ?? [],
  };
}

function webIdentityHop(root: SourceStep["root"]): RoleHop | undefined {
  if (root.kind !== "web-identity") return undefined;
  const { profile, roleArn, sessionName, position } = root;
  return { profile, roleArn, position, ...(sessionName && { roleSessionName: sessionName }) };
}

/** The line that names a device: of the root's profile, of a role on the way, of another role of the user. */
function placeOfDevice(serial: string, { identity, plan, config }: ExplainInput): string | null {
  const names = [plan.root.profile, ...identity.hops.map(({ profile }) => profile)];
  const said = names
    .map((name) => effectiveProfile(config, name)?.get("mfa_serial"))
    .find((property) => property?.value === serial);
  const position =
    said?.position ??
    devicesOfRoles(config, plan.root.profile).find((device) => device.serial === serial)?.position;
  return position === undefined ? null : at(position);
}

function originOfRegion({ identity, plan, env }: ExplainInput): string | null {
  const said = identity.settings.get("region");
  if (said !== undefined) return at(said.position);
  return (
    ["AWS_REGION", "AWS_DEFAULT_REGION"].find((variable) => env[variable] === plan.endpoint.region) ?? null
  );
}

function notesOf({ identity, plan, deviceKnown, config, stanzas, items, store }: ExplainInput): string[] {
  const { root } = plan;
  const isMissing =
    root.kind === "stored-keys" &&
    store.listed &&
    !items.has(longTermKeyItem(root.accessKeyId, root.profile).name);
  const missing = `the store does not list the long-term key of "${root.profile}": aws-as keys add ${root.profile}`;
  const served = stanzas.map(({ profile }) => profile).filter((profile) => profile !== identity.name);
  const refused = deviceKnown ? refusedByIam(plan) : undefined;
  const noAgents = identity.guard?.agents?.position;
  return [
    ...(isMissing ? [missing] : []),
    ...(noAgents === undefined ? [] : [`nothing is handed out to coding agents (${at(noAgents)})`]),
    ...(refused === undefined ? [] : [refused]),
    ...served.flatMap((profile) => otherClients(config, profile)),
    ...otherClients(config, identity.name),
    ...(root.profile === identity.name ? [] : otherClients(config, root.profile, "source")),
  ];
}

function end(expiresAt: number, now: number): Expiry {
  return { expiration: timestamp(expiresAt), left: Math.floor((expiresAt - now) / 1000) };
}
