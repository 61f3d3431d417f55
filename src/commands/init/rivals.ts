import type { AwsConfig } from "../../config/aws-config.ts";
import type { Environment } from "../../system/environment.ts";

/** Warnings of what a client would prefer to the stanzas: keys of the same name, and keys in the environment. */
export function rivalsOf(profiles: readonly string[], config: AwsConfig, env: Environment): string[] {
  const warnings = profiles.flatMap((profile) => {
    const key = config.profiles.get(profile)?.properties.get("aws_access_key_id");
    if (key === undefined) return [];
    const { file, line } = key.position;
    return [
      `${file}:${line}: keys of the name "${profile}" beat its credential_process in most AWS clients: aws-as keys import ${profile}`,
    ];
  });
  if (env["AWS_ACCESS_KEY_ID"] !== undefined && profiles.length > 0) {
    warnings.push(
      "AWS_ACCESS_KEY_ID is set in this shell, and most AWS clients prefer it to AWS_PROFILE; unset it",
    );
  }
  return warnings;
}
