import { spawnSync } from "node:child_process";

/**
 * How to call aws-cli so that it talks to the fake; undefined where it is missing or does not start. AWS_ENDPOINT_URL is
 * read from 1.29.0 and 2.13.0 on: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function awsCli(env: Readonly<Record<string, string>>): string | undefined {
  const { status, stdout } = spawnSync("aws", ["--version"], { env, encoding: "utf8" });
  const [, major, minor] = /^aws-cli\/(\d+)\.(\d+)/.exec(stdout ?? "") ?? [];
  if (status !== 0 || major === undefined) return undefined;
  const isNew = Number(minor) >= (major === "1" ? 29 : 13);
  return isNew ? "aws" : 'aws --endpoint-url "$AWS_ENDPOINT_URL"';
}
