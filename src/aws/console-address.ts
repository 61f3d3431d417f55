import { UserError } from "../system/user-error.ts";
import type { Endpoint } from "./aws.ts";

/**
 * Where people sign in, and where the console is, by partition: at REGION.signin.… and REGION.console.… of these.
 * https://docs.aws.amazon.com/general/latest/gr/signin-service.html, …/mgmt-console.html, and the SDK's rules for sign-in
 * (@aws-sdk/nested-clients), which know the isolated partitions too; of their consoles nothing is published.
 */
const domains: Readonly<Record<string, string>> = {
  aws: "aws.amazon.com",
  "aws-cn": "amazonaws.cn",
  "aws-us-gov": "amazonaws-us-gov.com",
  "aws-eusc": "amazonaws-eusc.eu",
};

/** Where the console keeps what people call by another name. */
const paths: Readonly<Record<string, string>> = {
  apigw: "apigateway",
  cfn: "cloudformation",
  codebuild: "codesuite/codebuild",
  codecommit: "codesuite/codecommit",
  codepipeline: "codesuite/codepipeline",
  cw: "cloudwatch",
  ddb: "dynamodbv2",
  dynamodb: "dynamodbv2",
  eventbridge: "events",
  logs: "cloudwatch",
  orgs: "organizations",
  r53: "route53",
  redshift: "redshiftv2",
  sfn: "states",
  sso: "singlesignon",
  ssm: "systems-manager",
  stepfunctions: "states",
  waf: "wafv2",
};

/**
 * The federation endpoint: it is sent the session itself, where STS sees a signature, so an address of one's own has to
 * be encrypted or on this machine. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 *
 * @throws UserError where there is none, or none that may be sent a secret
 */
export function federationUrl({ region, partition, signinUrl }: Endpoint): string {
  if (signinUrl === undefined) return `https://${hostOf("signin", region, partition)}/federation`;
  const { protocol, hostname } = new URL(signinUrl);
  if (protocol !== "https:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
    throw new UserError(
      `the endpoint_url for sign-in is ${protocol}//${hostname}, where the session would go unencrypted`,
      { hints: ["name an https:// address: AWS_ENDPOINT_URL_SIGNIN"] },
    );
  }
  return `${signinUrl.replace(/\/$/, "")}/federation`;
}

/** What to see in the console; absent: its home. */
export interface ConsolePage {
  /** As people call it: `ec2`, `cfn`. */
  readonly service?: string | undefined;
  /** A whole address, in place of a service. */
  readonly destination?: string | undefined;
}

/**
 * The address of a page of the console.
 *
 * @throws UserError for a service or an address that cannot be one
 */
export function consoleUrl({ region, partition }: Endpoint, { service, destination }: ConsolePage): string {
  if (destination !== undefined) return checkedDestination(destination);
  if (service !== undefined && !/^[a-z0-9][a-z0-9-]*(\/[a-z0-9-]+)*$/i.test(service)) {
    throw new UserError(`"${service}" is no name of a service`, {
      hints: ["a service is named as in the console's addresses: ec2, s3, cloudformation, systems-manager"],
      exitCode: 2,
    });
  }
  const path = service === undefined ? "console" : (paths[service.toLowerCase()] ?? service);
  return `https://${hostOf("console", region, partition)}/${path}/home?region=${region}`;
}

function checkedDestination(destination: string): string {
  if (URL.canParse(destination) && new URL(destination).protocol === "https:") return destination;
  throw new UserError("the destination is not an https:// address", {
    hints: ["copy the address of a page of the console, or name a service: --service ec2"],
    exitCode: 2,
  });
}

/** The address that signs a browser in, and shows the page. It holds the token, so all of it is secret. */
export function signInUrl(federation: string, token: string, destination: string): string {
  const query = new URLSearchParams({
    Action: "login",
    Issuer: "aws-as",
    Destination: destination,
    SigninToken: token,
  });
  return `${federation}?${query}`;
}

function hostOf(what: "signin" | "console", region: string, partition: string): string {
  const domain = domains[partition];
  if (domain !== undefined) return [region, what, domain].join(".");
  throw new UserError(`the address of the console of partition "${partition}" is not public`, {
    hints: ["if you know that of its sign-in: AWS_ENDPOINT_URL_SIGNIN, with --destination for the page"],
  });
}
