/**
 * Asks STS who it is, by the JavaScript SDK's default credentials, as a program of somebody else would. Run with the
 * number of tries, each with a client of its own; prints one line each: the ARN, or `failed: ` and the SDK's words.
 */
import { writeSync } from "node:fs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

for (let left = Number(process.argv[2] ?? 1); left > 0; left--) {
  try {
    const { Arn } = await new STSClient().send(new GetCallerIdentityCommand());
    writeSync(1, `${Arn}\n`);
  } catch (error) {
    writeSync(1, `failed: ${(error as Error).message}\n`);
  }
}
