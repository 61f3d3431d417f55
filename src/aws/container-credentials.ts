import { fromHttp } from "@aws-sdk/credential-provider-http";
import type { Secret } from "../system/secret.ts";
import type { SessionCredentials } from "./aws.ts";
import type { AwsError } from "./aws-error.ts";
import { askFenced, type Fence, type FencedFailure } from "./fenced-provider.ts";

/** Where a container asks for the credentials of its task or pod; one of the two addresses is empty. */
export interface ContainerAddress {
  readonly relativeUri: string;
  readonly fullUri: string;
  readonly token?: Secret;
}

/** Milliseconds, beyond every limit of ours: the provider would write a warning on standard error. */
const never = 600_000;

/** Asks by the SDK's own provider, which knows the hosts that may be asked. Fails with what `inWords` says. */
export function containerCredentials(
  { relativeUri, fullUri, token }: ContainerAddress,
  fence: Pick<Fence, "clock" | "deadline">,
  inWords: (failure: FencedFailure) => AwsError,
): Promise<SessionCredentials> {
  const provider = () =>
    fromHttp({
      // Empty, not absent: the provider would look for what is absent in the environment.
      awsContainerCredentialsRelativeUri: relativeUri,
      awsContainerCredentialsFullUri: fullUri,
      awsContainerAuthorizationToken: token?.reveal() ?? "",
      awsContainerAuthorizationTokenFile: "",
      timeout: never,
      maxRetries: 0,
    })();
  // An agent on the machine may have to ask its own service first.
  const limits = { connect: 1_000, answer: 5_000 };
  return askFenced({ ...fence, environment: {}, limits, tries: 3 }, provider, inWords);
}
