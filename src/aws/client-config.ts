import { type Clock, systemClock } from "../system/clock.ts";
import { withoutWarning } from "../system/standard-output.ts";
import type { Endpoint } from "./aws.ts";
import type { Exchange } from "./network.ts";

/** Where a client of the SDK sends its requests to. */
export interface ClientPlace {
  readonly region: string;
  /** An own address; absent: the region's. */
  readonly url: string | undefined;
  readonly endpoint: Pick<Endpoint, "fips" | "dualStack">;
}

/**
 * Everything that a client of the SDK would otherwise look up in the environment, in ~/.aws, or on the network, but for
 * credentials. What is missing here is read from there, so nothing may be missing: test/aws/environment.test.ts holds it.
 */
export function pinnedConfig({ region, url, endpoint }: ClientPlace, exchange: Exchange, clock: Clock) {
  return {
    region,
    ...(url === undefined
      ? { useFipsEndpoint: endpoint.fips, useDualstackEndpoint: endpoint.dualStack }
      : { endpoint: url, useFipsEndpoint: false, useDualstackEndpoint: false }),
    ignoreConfiguredEndpointUrls: true,
    requestHandler: exchange,
    // False, so that the offset counts; there is nothing to correct in a client that sends one request.
    disableClockSkewCorrection: false,
    systemClockOffset: clock.now() - systemClock.now(),
    maxAttempts: 1,
    retryMode: "standard",
    defaultsMode: "standard" as const,
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    userAgentAppId: "",
    defaultUserAgentProvider: async (): Promise<[string, string][]> => [["aws-as", "1"]],
  };
}

/** The SDK advises on Node versions through a process warning, on standard error. */
export function quietly<T>(build: () => T): T {
  return withoutWarning("NodeVersionSupportWarning", build);
}
