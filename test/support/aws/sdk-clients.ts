import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { IAMClient } from "@aws-sdk/client-iam";
import { type Credentials, STSClient } from "@aws-sdk/client-sts";
import { type FakeAws, type FakeAwsOptions, startFakeAws } from "./fake-aws.ts";
import { one, worldOfOne } from "./world-of-one.ts";

/** A key for the SDK's clients. */
export interface ClientKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The key of my-user1 in the ready world. */
export const userKey: ClientKey = { accessKeyId: one.accessKeyId, secretAccessKey: one.secretAccessKey };

/** A fake with the ready world that is closed when the test ends. */
export async function fakeFor(test: TestContext, options: Partial<FakeAwsOptions> = {}): Promise<FakeAws> {
  const fake = await startFakeAws({ world: worldOfOne(), ...options });
  test.after(() => fake.close());
  return fake;
}

/** The real SDK client, without retries. */
export function stsFor(fake: FakeAws, key: ClientKey = userKey, region = "eu-west-1"): STSClient {
  return new STSClient({ endpoint: fake.url, region, credentials: key, maxAttempts: 1 });
}

/** The real SDK client, without retries. It signs for the region it is given, since the endpoint is not IAM's own. */
export function iamFor(fake: FakeAws, key: ClientKey = userKey, region = "us-east-1"): IAMClient {
  return new IAMClient({ endpoint: fake.url, region, credentials: key, maxAttempts: 1 });
}

/** The credentials of an answer, as a key for the next client. */
export function keyOf(answer: { Credentials?: Credentials | undefined }): ClientKey {
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials ?? {};
  assert.ok(AccessKeyId && SecretAccessKey && SessionToken, "the answer has no credentials");
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** Expects the SDK to report AWS's refusal with this code and status, and a message that is or fits. */
export async function refused(
  call: Promise<unknown>,
  code: string,
  status: number,
  message?: string | RegExp,
): Promise<void> {
  await assert.rejects(call, (error: Error & { Code?: string; $metadata?: { httpStatusCode?: number } }) => {
    assert.equal(error.Code ?? error.name, code, String(error));
    assert.equal(error.$metadata?.httpStatusCode, status);
    if (typeof message === "string") assert.equal(error.message, message);
    if (message instanceof RegExp) assert.match(error.message, message);
    return true;
  });
}
