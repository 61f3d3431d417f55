import type { AccessKey } from "../aws/aws.ts";
import type { Environment } from "../system/environment.ts";
import { Secret } from "../system/secret.ts";

/** What the environment gives to the credential sources that a role may name. */
export interface EnvironmentSource {
  readonly environmentKey?: AccessKey;
  readonly surroundings: readonly string[];
}

/** Addresses alone: a token changes with every start of a container, and is a secret. */
const addresses = [
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

/** Half a key in the environment is none. */
export function environmentSource(env: Environment): EnvironmentSource {
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secret = env["AWS_SECRET_ACCESS_KEY"];
  const token = env["AWS_SESSION_TOKEN"];
  return {
    surroundings: addresses.map((name) => env[name] ?? ""),
    ...(accessKeyId && secret
      ? {
          environmentKey: {
            accessKeyId,
            secretAccessKey: new Secret(secret),
            ...(token ? { sessionToken: new Secret(token) } : {}),
          },
        }
      : {}),
  };
}
