import { type AwsConfig, mergeDocuments } from "../../../src/config/aws-config.ts";
import { parseDocument } from "../../../src/config/files/document.ts";

/** The two files, given as text. */
export function awsConfig(config: string, credentials = ""): AwsConfig {
  return mergeDocuments(
    parseDocument(Buffer.from(config), "~/.aws/config", "config"),
    parseDocument(Buffer.from(credentials), "~/.aws/credentials", "credentials"),
  );
}
