import { isWord } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";
import type { SignInTokenRequest } from "./aws.ts";
import { AwsError } from "./aws-error.ts";
import type { Exchange } from "./network.ts";
import { proxyRefused, transportError } from "./network-errors.ts";
import { causeOf, garbageError, isAwsJson, throttledError, unavailableError } from "./service-errors.ts";

/**
 * One try of getSigninToken. The session goes into the body of a POST: proxies and logs keep addresses.
 *
 * @param url of the federation endpoint
 */
export async function askForSignInToken(
  url: string,
  { key, sessionSeconds }: SignInTokenRequest,
  exchange: Exchange,
): Promise<Secret> {
  const { protocol, hostname, port, pathname } = new URL(url);
  const session = JSON.stringify({
    sessionId: key.accessKeyId,
    sessionKey: key.secretAccessKey.reveal(),
    sessionToken: key.sessionToken?.reveal(),
  });
  const body = new URLSearchParams({
    Action: "getSigninToken",
    SessionType: "json",
    Session: session,
    ...(sessionSeconds === undefined ? {} : { SessionDuration: String(sessionSeconds) }),
  }).toString();
  const { response } = await exchange.handle({
    protocol,
    hostname,
    port: port === "" ? undefined : Number(port),
    method: "POST",
    path: pathname,
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "content-length": String(Buffer.byteLength(body)),
      host: new URL(url).host,
      "user-agent": "aws-as/1",
    },
    body,
  });
  if (response.statusCode !== 200 || !isAwsJson(response)) throw new Error("no token");
  const { SigninToken: token } = JSON.parse(Buffer.from(response.body).toString("utf8"));
  if (!isWord(token)) throw garbageError(exchange, undefined, "no valid SigninToken");
  return new Secret(token);
}

/** What a try failed of. The endpoint gives no reasons: 400 and a page are all that it says. */
export function federationError(
  thrown: unknown,
  { failure, answer, place, ...exchange }: Exchange,
): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (failure !== undefined) return failure;
  const host = place?.host ?? "AWS";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (answer === undefined) return new AwsError("invalid-request", `cannot ask ${host}: ${message}`);
  const cause = causeOf("getSigninToken", message, answer);
  const { statusCode: status } = answer;
  if (status === 407 && place?.proxy !== undefined)
    return transportError(proxyRefused(407), place, { sent: true, atProxy: true });
  if (status === 429) return throttledError(host, cause);
  if (status >= 500) return unavailableError(host, answer, cause);
  if (status === 400 || status === 401 || status === 403)
    return new AwsError("access-denied", `${host} signs this session in to no console`, { cause });
  return garbageError({ ...exchange, answer, ...(place && { place }) }, cause);
}
