import type { SessionCredentials } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import type { MetadataSettings, Root } from "../config/resolve/identity.ts";
import type { Environment } from "../system/environment.ts";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";
import {
  credentialsIn,
  type MachineReply,
  requestFromMachine,
  type SendToMachine,
} from "./machine-request.ts";
import type { SourceCredentials, SourceHost, SourceRequest } from "./source.ts";

type MachineRoot = Extract<Root, { kind: "credential-source" }>;

const addresses: Readonly<Record<string, string>> = {
  ipv4: "http://169.254.169.254",
  ipv6: "http://[fd00:ec2::254]",
};

const limits = { connect: 1_000, answer: 2_000 };

const rolePath = "/latest/meta-data/iam/security-credentials/";

/** The address of the metadata service, and whether its version 1 may be used where version 2 gives no token. */
interface MetadataService {
  readonly url: URL;
  readonly allowV1: boolean;
}

/**
 * Credentials of the role of the EC2 instance that we run on, by version 2 of its metadata service: a token first, then
 * the name of the role, then its credentials.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 *
 * @throws UserError, AwsError
 */
export async function getFromInstance(
  root: MachineRoot,
  { deadline }: SourceRequest,
  { env, clock }: SourceHost,
): Promise<SourceCredentials> {
  const who = `profile "${root.profile}" takes its credentials from the EC2 instance (${root.position.file}:${root.position.line})`;
  const service = serviceFor(env, root.metadata ?? {}, who);
  return await requestFromMachine({ limits, tries: 2, clock, deadline }, (send) =>
    askService(send, service, who),
  );
}

async function askService(
  send: SendToMachine,
  service: MetadataService,
  who: string,
): Promise<SessionCredentials> {
  // The token lives for six hours, the longest there is, as the SDKs ask for it; it is used for two requests.
  const lifetime = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
  const token = await send(new URL("/latest/api/token", service.url), lifetime, "PUT");
  const hasToken = token.status === 200;
  // As in the SDKs: version 1 serves after every failure but a 400, which says that the request was wrong.
  if (!hasToken && (!service.allowV1 || token.status === 400)) throw failureOf(token, token, who, service);
  const headers = hasToken ? { "x-aws-ec2-metadata-token": token.body } : {};
  const role = await send(new URL(rolePath, service.url), headers);
  if (role.status !== 200) throw failureOf(role, token, who, service);
  const reply = await send(new URL(rolePath + role.body.trim(), service.url), headers);
  const credentials = credentialsIn(reply);
  if (credentials === undefined) throw failureOf(reply, token, who, service);
  return credentials;
}

/** As the SDKs read it: the environment goes before the profile, an address before a mode. */
function serviceFor(env: Environment, settings: MetadataSettings, who: string): MetadataService {
  if (env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true") {
    throw new UserError(`${who}, and AWS_EC2_METADATA_DISABLED forbids to ask it`, {
      hints: ["unset AWS_EC2_METADATA_DISABLED"],
    });
  }
  const endpoint = env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || settings.endpoint;
  const mode = env["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] || settings.endpointMode || "IPv4";
  const url = endpoint ?? addresses[mode.toLowerCase()];
  if (url === undefined) {
    throw new UserError(
      `${who}, and the mode of its metadata service is "${printable(mode)}", which is neither IPv4 nor IPv6`,
    );
  }
  if (!URL.canParse(url) || new URL(url).protocol !== "http:") {
    throw new UserError(`${who}, and the address of its metadata service is not an http:// URL`);
  }
  // Anything but "false" switches it off, as in the SDK.
  const v1Disabled = env["AWS_EC2_METADATA_V1_DISABLED"] || settings.v1Disabled || "false";
  return { url: new URL(url), allowV1: v1Disabled.toLowerCase() === "false" };
}

function failureOf(
  { status, code, timedOut }: MachineReply,
  token: MachineReply,
  who: string,
  { url: { host }, allowV1 }: MetadataService,
): AwsError {
  if (status === undefined) {
    const what = timedOut || token.timedOut ? "does not answer" : `cannot be reached (${code})`;
    return new AwsError(
      timedOut || token.timedOut ? "timeout" : "network",
      `${who}, and its metadata service ${host} ${what}`,
      { hints: ["this works on an EC2 instance alone", ...(allowV1 ? [] : [hopHint])] },
    );
  }
  // The reply with the token is lost between an instance and its containers; replies to other requests are not.
  if (token.status === undefined) {
    return new AwsError(
      status === 401 ? "access-denied" : "unavailable",
      `${who}, and its metadata service ${host} gives no token, without which it does not answer`,
      { hints: [hopHint] },
    );
  }
  if (status === 404) {
    return new AwsError("not-found", `${who}, which has no role`, {
      hints: ["attach an instance profile: aws ec2 associate-iam-instance-profile …"],
    });
  }
  if (status === 403) {
    return new AwsError(
      "access-denied",
      `${who}, whose metadata service ${host} is switched off (status 403)`,
      {
        hints: ["switch it on: aws ec2 modify-instance-metadata-options --http-endpoint enabled …"],
      },
    );
  }
  if (status >= 300) {
    return new AwsError(
      "unavailable",
      `${who}, and its metadata service ${host} cannot answer at the moment (status ${status})`,
    );
  }
  return new AwsError("garbage", `${who}, and what its metadata service ${host} answered is no credentials`, {
    hints: ["the instance's role may not trust ec2.amazonaws.com, or may just have been attached"],
  });
}

const hopHint =
  "in a container on an instance, let answers pass one more hop: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 …";
