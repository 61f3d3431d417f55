/**
 * Asks STS who it is with the JavaScript SDK, as a program of somebody else would. Run with `default` (the default
 * chain) or `ini` (only profiles) and the number of tries, each with a client of its own; prints one line each: the
 * ARN, or `failed: ` and the SDK's words.
 */
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

// A part of the client that it brings along; it is not ours to depend on.
const ofSdk = createRequire(createRequire(import.meta.url).resolve("@aws-sdk/client-sts"));
const { fromIni } = ofSdk("@aws-sdk/credential-provider-ini");

const [, , chain, tries] = process.argv;
for (let left = Number(tries); left > 0; left--) {
  try {
    const { Arn } = await new STSClient(chain === "ini" ? { credentials: fromIni() } : {}).send(
      new GetCallerIdentityCommand(),
    );
    writeSync(1, `${Arn}\n`);
  } catch (error) {
    writeSync(1, `failed: ${(error as Error).message}\n`);
  }
}
