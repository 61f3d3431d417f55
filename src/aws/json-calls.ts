import type { Environment } from "../system/environment.ts";
import type { Endpoint } from "./aws.ts";
import { pinnedConfig } from "./client-config.ts";
import { jsonServiceError } from "./json-errors.ts";
import { type Exchange, openNetwork } from "./network.ts";
import { inTries, type TryOptions } from "./tries.ts";

/** What calls to the services that know people by tokens need. */
export interface JsonCallOptions extends TryOptions {
  /** Read for proxies only. */
  readonly env: Environment;
  readonly platform: string;
  /** Tells addresses and the CA bundle; the region is each call's own. */
  readonly endpoint: Endpoint;
}

/** A call that no key signs. */
export interface TokenCall<T> {
  /** As AWS writes it: `sso:GetRoleCredentials`. */
  readonly action: string;
  readonly region: string;
  /** An own address; absent: the region's. */
  readonly url: string | undefined;
  /** The secrets in the request. */
  readonly secrets: readonly string[];
  /** What it does must not be done twice: a request that may have arrived is not sent again. */
  readonly once?: boolean;
  attempt(config: ReturnType<typeof pinnedConfig>, exchange: Exchange): Promise<T>;
}

/** Makes such calls, each try with a client of its own, as in sdk.ts. Fails with an AwsError. */
export function tokenCalls(options: JsonCallOptions): <T>(call: TokenCall<T>) => Promise<T> {
  const { clock, platform, env, endpoint } = options;
  const network = openNetwork(env, endpoint.caBundle);
  // None of them has other addresses that anybody is known to need.
  const plain = { fips: false, dualStack: false };
  return ({ action, region, url, secrets, once = false, attempt }) =>
    inTries(
      {
        network,
        action,
        once,
        attempt: (exchange) =>
          attempt(pinnedConfig({ region, url, endpoint: plain }, exchange, clock), exchange),
        failure: (error, exchange) =>
          jsonServiceError(error, exchange, { action, secrets, now: clock.now(), platform }),
      },
      options,
    );
}
