import { AwsError } from "../aws/aws-error.ts";
import type { FencedFailure } from "../aws/fenced-provider.ts";
import { instanceCredentials, type MetadataService } from "../aws/instance-credentials.ts";
import type { MetadataSettings, Root } from "../config/resolve/identity.ts";
import type { Environment } from "../system/environment.ts";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";
import type { SourceHost } from "./get-from-source.ts";
import type { SourceCredentials, SourceRequest } from "./source.ts";

type MachineRoot = Extract<Root, { kind: "credential-source" }>;

const addresses: Readonly<Record<string, string>> = {
  ipv4: "http://169.254.169.254",
  ipv6: "http://[fd00:ec2::254]",
};

/**
 * Credentials of the role of the EC2 instance that we run on.
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
  return await instanceCredentials(service, { clock, deadline }, (failure) => inWords(failure, who, service));
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
  return { url, allowV1: v1Disabled.toLowerCase() === "false" };
}

function inWords({ requests }: FencedFailure, who: string, { url, allowV1 }: MetadataService): AwsError {
  const { host } = new URL(url);
  const token = requests.find(({ method }) => method === "PUT");
  const last = requests.at(-1);
  const isSilent = token?.status === undefined;
  if (isSilent && last?.status === undefined) {
    const kind = token?.timedOut || last?.timedOut ? "timeout" : "network";
    const what =
      kind === "timeout" ? "does not answer" : `cannot be reached (${last?.code ?? "no connection"})`;
    return new AwsError(kind, `${who}, and its metadata service ${host} ${what}`, {
      hints: allowV1
        ? ["this works on an EC2 instance alone"]
        : ["this works on an EC2 instance alone", hopHint],
    });
  }
  // The answer to the request for a token gets lost between an instance and its containers, those to others do not.
  if (isSilent) {
    return new AwsError(
      last?.status === 401 ? "access-denied" : "unavailable",
      `${who}, and its metadata service ${host} gives no token, without which it does not answer`,
      { hints: [hopHint] },
    );
  }
  const status = last?.status ?? token.status ?? 0;
  if (last?.timedOut)
    return new AwsError("timeout", `${who}, and its metadata service ${host} does not answer`);
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
