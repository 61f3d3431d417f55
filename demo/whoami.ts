import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

// Any program that uses an AWS SDK. It has never heard of aws-as: a profile or variables are all that it is told.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
try {
  const { Arn } = await new STSClient().send(new GetCallerIdentityCommand());
  process.stdout.write(`${Arn}\n`);
} catch (error) {
  process.stderr.write(`nobody: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
