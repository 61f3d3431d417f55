import type { Environment } from "../system/environment.ts";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";
import type { Endpoint } from "./aws.ts";

/** One property of an identity, with the place where it is written if that is known. */
export interface Setting {
  readonly value: string;
  readonly position?: { readonly file: string; readonly line: number };
}

export type Settings = ReadonlyMap<string, Setting>;

/** What else is known of the identity. */
export interface EndpointHint {
  /** Any ARN of the identity, a role's or a device's: it names the partition. */
  readonly arn?: string;
  /** `sts`, `iam`, `sso`, … to the `endpoint_url` of the profile's `[services NAME]` section. */
  readonly services?: Settings;
}

/** A value, and its origin as messages name it. */
interface SourcedValue {
  readonly value: string;
  readonly origin: string;
}

/**
 * Where an identity's AWS is reached: STS, IAM and what signs people in. Pure.
 *
 * A region that the identity names wins over the environment's, for the environment's may belong to whatever
 * identity the shell was switched to before. A region of the environment that lies in another partition than the
 * hint's ARN is passed over. Addresses follow the order of the AWS SDKs:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 *
 * `sts_regional_endpoints = legacy` is not honoured, as in the JavaScript SDK: sessions from the old global
 * endpoint are not valid in every region.
 *
 * Throws a UserError that names the variable or property whose value cannot be used.
 */
export function endpointFor(settings: Settings, env: Environment, hint: EndpointHint = {}): Endpoint {
  const { region, partition } = placeOf(settings, env, hint);
  const url = (service: string) => addressOf(service, settings, env, hint);
  const urls = Object.entries({
    stsUrl: url("sts"),
    iamUrl: url("iam"),
    ssoUrl: url("sso"),
    ssoOidcUrl: url("sso_oidc"),
    signinUrl: url("signin"),
  }).filter(([, address]) => address !== undefined);
  const caBundle = firstOf(fromEnvironment(env, "AWS_CA_BUNDLE"), fromSettings(settings, "ca_bundle"));
  return {
    region,
    partition,
    ...Object.fromEntries(urls),
    fips: isTrue(env, "AWS_USE_FIPS_ENDPOINT", settings, "use_fips_endpoint"),
    dualStack: isTrue(env, "AWS_USE_DUALSTACK_ENDPOINT", settings, "use_dualstack_endpoint"),
    ...(caBundle === undefined ? {} : { caBundle: caBundle.value }),
  };
}

/**
 * The endpoint's part of a session's cache key: what decides whose credentials come back. A region is not in it,
 * because a session is valid in all regions of its partition, and a code must not be asked for once per region.
 */
export function endpointKey(endpoint: Endpoint): string {
  return endpoint.stsUrl === undefined ? endpoint.partition : `${endpoint.partition} ${endpoint.stsUrl}`;
}

function placeOf(settings: Settings, env: Environment, hint: EndpointHint) {
  const wanted = hint.arn === undefined ? undefined : partitionOfArn(hint.arn);
  const own = fromSettings(settings, "region");
  if (own !== undefined) {
    const partition = partitionOfRegion(checkRegion(own));
    if (wanted !== undefined && wanted !== partition) {
      throw new UserError(
        `${own.origin} "${own.value}" lies in partition "${partition}", and "${hint.arn}" in "${wanted}"`,
        { hints: [`write a region of that partition, such as: region = ${homeRegion(wanted)}`] },
      );
    }
    return { region: own.value, partition };
  }
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    const given = fromEnvironment(env, name);
    if (given === undefined) continue;
    const partition = partitionOfRegion(checkRegion(given));
    if (wanted === undefined || wanted === partition) return { region: given.value, partition };
  }
  const partition = wanted ?? "aws";
  return { region: homeRegion(partition), partition };
}

/** A region becomes part of a host name, so it may hold nothing that could end one label and begin another host. */
function checkRegion(given: SourcedValue): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(given.value) || given.value.length > 63) {
    throw new UserError(`${given.origin} "${printable(given.value)}" is not a region's name`, {
      hints: ["a region looks like eu-west-1"],
    });
  }
  return given.value;
}

function addressOf(
  service: string,
  settings: Settings,
  env: Environment,
  hint: EndpointHint,
): string | undefined {
  if (isTrue(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", settings, "ignore_configured_endpoint_urls")) {
    return undefined;
  }
  const section = hint.services?.get(service);
  const given = firstOf(
    fromEnvironment(env, `AWS_ENDPOINT_URL_${service.toUpperCase()}`),
    fromEnvironment(env, "AWS_ENDPOINT_URL"),
    section === undefined ? undefined : sourced(`${service} endpoint_url`, section),
    fromSettings(settings, "endpoint_url"),
  );
  return given === undefined ? undefined : checkUrl(given);
}

function checkUrl(given: SourcedValue): string {
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    // The value is not shown: what is not a URL may be a secret in the wrong place.
    throw new UserError(`${given.origin} is not an http:// or https:// URL`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new UserError(`${given.origin} has more than a scheme, a host, a port and a path`);
  }
  return url.href;
}

function isTrue(env: Environment, variable: string, settings: Settings, property: string): boolean {
  const given = firstOf(fromEnvironment(env, variable), fromSettings(settings, property));
  if (given === undefined) return false;
  const value = given.value.toLowerCase();
  if (value !== "true" && value !== "false") {
    throw new UserError(`${given.origin} "${printable(given.value)}" is neither true nor false`);
  }
  return value === "true";
}

function fromEnvironment(env: Environment, name: string): SourcedValue | undefined {
  const value = env[name]?.trim();
  return value ? { value, origin: name } : undefined;
}

function fromSettings(settings: Settings, property: string): SourcedValue | undefined {
  const setting = settings.get(property);
  return setting === undefined || setting.value.trim() === "" ? undefined : sourced(property, setting);
}

function sourced(name: string, { value, position }: Setting): SourcedValue {
  const place = position === undefined ? "" : `${position.file}:${position.line}: `;
  return { value: value.trim(), origin: `${place}${name}` };
}

function firstOf(...given: readonly (SourcedValue | undefined)[]): SourcedValue | undefined {
  return given.find((one) => one !== undefined);
}

/**
 * AWS partitions: closed worlds with their own accounts, ARNs and host names.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
const partitions = [
  { name: "aws-cn", regionPrefix: "cn-", homeRegion: "cn-north-1" },
  { name: "aws-us-gov", regionPrefix: "us-gov-", homeRegion: "us-gov-west-1" },
  { name: "aws-iso", regionPrefix: "us-iso-", homeRegion: "us-iso-east-1" },
  { name: "aws-iso-b", regionPrefix: "us-isob-", homeRegion: "us-isob-east-1" },
  { name: "aws-iso-e", regionPrefix: "eu-isoe-", homeRegion: "eu-isoe-west-1" },
  { name: "aws-iso-f", regionPrefix: "us-isof-", homeRegion: "us-isof-south-1" },
  { name: "aws-eusc", regionPrefix: "eusc-", homeRegion: "eusc-de-east-1" },
] as const;

const commercial = { name: "aws", homeRegion: "us-east-1" } as const;

/** The partition that a region lies in; regions with no prefix of their own are commercial ones. */
export function partitionOfRegion(region: string): string {
  return partitions.find(({ regionPrefix }) => region.startsWith(regionPrefix))?.name ?? commercial.name;
}

/** The partition that an ARN names, or undefined when the text is no ARN of a partition we know. */
export function partitionOfArn(arn: string): string | undefined {
  const name = /^arn:([a-z-]+):/.exec(arn)?.[1];
  return [commercial, ...partitions].some((partition) => partition.name === name) ? name : undefined;
}

/** The region where a partition's IAM lives, and where its STS always is. */
export function homeRegion(partition: string): string {
  return partitions.find(({ name }) => name === partition)?.homeRegion ?? commercial.homeRegion;
}
