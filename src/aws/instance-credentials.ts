import { fromInstanceMetadata } from "@smithy/credential-provider-imds";
import type { SessionCredentials } from "./aws.ts";
import type { AwsError } from "./aws-error.ts";
import { askFenced, type Fence, type FencedFailure } from "./fenced-provider.ts";

/** Where the metadata service of an instance is, and whether its first version may be spoken where the second fails. */
export interface MetadataService {
  readonly url: string;
  readonly allowV1: boolean;
}

const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

/** Asks by the SDK's own provider. Fails with what `inWords` says. */
export function instanceCredentials(
  { url, allowV1 }: MetadataService,
  fence: Pick<Fence, "clock" | "deadline">,
  inWords: (failure: FencedFailure) => AwsError,
): Promise<SessionCredentials> {
  const provider = fromInstanceMetadata({
    timeout: 1_000,
    maxRetries: 0,
    ec2MetadataV1Disabled: !allowV1,
    logger: silent,
  });
  // With both said here, the provider has no reason to look for them in ~/.aws/config.
  const environment = {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
    AWS_EC2_METADATA_V1_DISABLED: String(!allowV1),
  };
  const limits = { connect: 1_000, answer: 2_000 };
  return askFenced({ ...fence, environment, limits, tries: 2 }, provider, inWords);
}
