import type { Environment } from "../system/environment.ts";
import type { Endpoint } from "./aws.ts";
import { AwsError } from "./aws-error.ts";
import { quietly } from "./client-config.ts";
import { openNetwork } from "./network.ts";
import type { Limits } from "./send.ts";
import { serverTime } from "./skew.ts";

/** The result of one unsigned request to STS. */
export interface StsTime {
  /** Milliseconds since 1970 by STS's own clock, to the second. */
  readonly there: number;
  readonly host: string;
}

/**
 * The time at STS, by the Date header of its answer to a request without a signature. It goes the way that every call
 * goes: proxies, CA bundle and address are those of the endpoint.
 *
 * @throws AwsError that says why there is no answer
 */
export async function stsTime(endpoint: Endpoint, env: Environment, limits: Limits): Promise<StsTime> {
  const url = new URL(await stsUrl(endpoint));
  const exchange = openNetwork(env, endpoint.caBundle).exchange(limits);
  const request = {
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port === "" ? undefined : Number(url.port),
    method: "GET",
    path: "/",
    headers: { host: url.host, connection: "close" },
  };
  let there: number | undefined;
  try {
    there = serverTime((await exchange.handle(request)).response);
  } catch (error) {
    throw exchange.failure ?? error;
  }
  if (exchange.answer?.statusCode === 407) {
    throw new AwsError("network", `the proxy ${exchange.place?.proxy} asks for a user name and a password`, {
      hints: ["the form is HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, special characters as %XX"],
    });
  }
  if (there === undefined) {
    throw new AwsError("garbage", `what ${url.host} sent is not an answer of AWS: it has no date`);
  }
  return { there, host: url.host };
}

/** Where STS is for this endpoint, as the SDK finds it. */
export async function stsUrl(endpoint: Endpoint): Promise<string> {
  if (endpoint.stsUrl !== undefined) return endpoint.stsUrl;
  const { STSClient } = await import("./sts-client.ts");
  // Nothing is signed; without credentials the SDK would look for some.
  const credentials = { accessKeyId: "nobody", secretAccessKey: "none" };
  const client = quietly(() => new STSClient({ region: endpoint.region, credentials }));
  const { endpointProvider } = client.config;
  return endpointProvider({
    Region: endpoint.region,
    UseFIPS: endpoint.fips,
    UseDualStack: endpoint.dualStack,
  }).url.href;
}
