import type { AccessKey } from "../aws/aws.ts";
import type { Identity } from "../config/resolve/identity.ts";
import type { Environment } from "../system/environment.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";

/** What the environment holds for the credential sources that a role may name. */
export interface EnvironmentSource {
  readonly environmentKey?: AccessKey;
  readonly surroundings: readonly string[];
}

/** Addresses only: a token changes with every start of a container, and is a secret. */
const addresses = [
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

/**
 * The key in the environment; half a key counts as none.
 *
 * @throws UserError where a switch to this same identity has put the key there
 */
export function environmentSource(env: Environment, identity: Identity): EnvironmentSource {
  refuseItself(env, identity);
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

/**
 * In a shell that acts as an identity, the environment holds its session instead of the user's key, and the role would
 * assume itself. The session of another identity is used: that is one more hop, as in every AWS client.
 */
function refuseItself(env: Environment, { name, root, hops }: Identity): void {
  if (root.kind !== "credential-source" || root.source !== "Environment") return;
  const acting = env["AWS_AS_IDENTITY"];
  const isOurs = env["AWS_AS_ACCESS_KEY_ID"] === env["AWS_ACCESS_KEY_ID"];
  if (!acting || !isOurs || ![name, ...hops.map(({ profile }) => profile)].includes(acting)) return;
  throw new UserError(
    `profile "${root.profile}" takes its keys from the environment, where the session of "${acting}" stands now`,
    {
      at: root.position,
      hints: [
        "give this shell back the keys that were there before: aws-as-deactivate, or open another shell",
      ],
    },
  );
}
