import { inspect } from "node:util";
import type { AccessKey, Aws, Endpoint } from "../../src/aws/aws.ts";
import { AwsError } from "../../src/aws/aws-error.ts";
import { type AwsSdkOptions, awsSdk } from "../../src/aws/sdk.ts";
import type { Clock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";
import { secrets } from "./server.ts";

export const longTermKey: AccessKey = {
  accessKeyId: "AKIACANARY0000001234",
  secretAccessKey: new Secret(secrets.secretAccessKey),
};

export const sessionKey: AccessKey = {
  accessKeyId: "ASIACANARY0000005678",
  secretAccessKey: new Secret(secrets.secretAccessKey),
  sessionToken: new Secret(secrets.sessionToken),
};

export const mfa = { serial: "arn:aws:iam::111111111111:mfa/ann", code: secrets.code };

/** 2030-01-01T00:00:00Z, and nobody waits: pauses end at once and are written down. */
export function testClock(now = Date.parse("2030-01-01T00:00:00Z")): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    monotonic: () => now,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
    },
  };
}

export function endpointAt(url: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    region: "eu-west-1",
    partition: "aws",
    stsUrl: url,
    iamUrl: url,
    fips: false,
    dualStack: false,
    ...more,
  };
}

export function sdk(options: Partial<AwsSdkOptions> = {}): Aws {
  return awsSdk({ env: {}, clock: testClock(), platform: "linux", ...options });
}

/** The AwsError that a call fails with; anything else fails the test. Looks through it for canaries on the way. */
export async function failureOf(call: Promise<unknown>): Promise<AwsError> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const shown = [everythingIn(error), JSON.stringify(error), String(error)].join("\n");
    for (const [name, secret] of Object.entries({
      ...secrets,
      base64: btoa(`ann:${secrets.proxyPassword}`),
    })) {
      if (shown.includes(secret)) throw new Error(`the error shows the ${name}: ${shown}`);
    }
    if (/canary(?!$)/.test(shown)) throw new Error(`the error shows a canary: ${shown}`);
    for (const text of [error.message, ...error.hints]) {
      if (/[.\n]$|^[A-Z][a-z]/.test(text) && !text.startsWith("AWS"))
        throw new Error(`not in the house's voice: ${text}`);
    }
    return error;
  }
  throw new Error("the call succeeded");
}

/** All that a debugger would find in an error. */
export function everythingIn(error: unknown): string {
  return inspect(error, {
    depth: 20,
    showHidden: true,
    getters: true,
    maxStringLength: null,
    maxArrayLength: null,
  });
}
