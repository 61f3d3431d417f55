/**
 * Asks STS who it is with the JavaScript SDK, as a program of somebody else would. First word: `default` (the default
 * chain) or `ini` (only profiles). `twice`: again by the same client, once a line has come on standard input.
 */
import { readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const require = createRequire(import.meta.url);
const [, , chain, what] = process.argv;

if (what === "version") {
  writeSync(1, `${require("@aws-sdk/client-sts/package.json").version}\n`);
} else {
  // A part of the client that it brings along; it is not ours to depend on.
  const ofSdk = createRequire(require.resolve("@aws-sdk/client-sts"));
  const { fromIni } = ofSdk("@aws-sdk/credential-provider-ini");
  const client = new STSClient({
    endpoint: process.env["AWS_ENDPOINT_URL"] ?? "",
    ...(chain === "ini" ? { credentials: fromIni() } : {}),
  });
  const call = async () => writeSync(1, `${(await client.send(new GetCallerIdentityCommand())).Arn}\n`);
  await call();
  if (what === "twice") {
    readSync(0, Buffer.alloc(1));
    await call();
  }
}
