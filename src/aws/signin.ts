import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from "node:crypto";
import { Secret } from "../system/secret.ts";
import { sessionFrom, text } from "./answers.ts";
import type { SessionCredentials } from "./aws.ts";
import { quietly } from "./client-config.ts";
import { type JsonCallOptions, tokenCalls } from "./json-calls.ts";
import type { Exchange, HttpRequest } from "./network.ts";
import { garbageError } from "./service-errors.ts";

/** What `aws login` left to get new credentials with. */
export interface LoginGrant {
  readonly clientId: string;
  readonly refreshToken: Secret;
  /** The private key that the refresh token is bound to, in PEM. */
  readonly dpopKey: Secret;
}

/** New credentials of a person who signed in to the console, and the token for the next ones. */
export interface FreshLogin {
  readonly credentials: SessionCredentials;
  readonly refreshToken: Secret;
}

/**
 * CreateOAuth2Token with a refresh token, which is good for one use: a request that may have arrived is not sent again.
 * Fails with an AwsError.
 */
export async function refreshLogin(
  grant: LoginGrant,
  region: string,
  options: JsonCallOptions,
): Promise<FreshLogin> {
  const { clock, platform, endpoint } = options;
  const { clientId, refreshToken, dpopKey } = grant;
  return await tokenCalls(options)({
    action: "signin:CreateOAuth2Token",
    region,
    url: endpoint.signinUrl,
    secrets: [refreshToken.reveal(), dpopKey.reveal()],
    once: true,
    attempt: async (config, exchange) => {
      const { CreateOAuth2TokenCommand, SigninClient } = await import("./signin-client.ts");
      const prove = (request: { method: string; url: string }) =>
        dpopProof(dpopKey.reveal(), request, clock.now());
      const client = quietly(
        () => new SigninClient({ ...config, requestHandler: proving(exchange, prove), credentials: nobody }),
      );
      const tokenInput = { clientId, refreshToken: refreshToken.reveal(), grantType: "refresh_token" };
      const { tokenOutput } = await client.send(new CreateOAuth2TokenCommand({ tokenInput }));
      const seconds = Number(tokenOutput?.expiresIn);
      if (!(seconds > 0)) throw garbageError(exchange, undefined, "no valid expiresIn");
      const raw = {
        AccessKeyId: tokenOutput?.accessToken?.accessKeyId,
        SecretAccessKey: tokenOutput?.accessToken?.secretAccessKey,
        SessionToken: tokenOutput?.accessToken?.sessionToken,
        Expiration: new Date(clock.now() + seconds * 1000),
      };
      return {
        credentials: sessionFrom(raw, exchange, { now: clock.now(), platform }),
        refreshToken: new Secret(text(tokenOutput?.refreshToken, "refreshToken", exchange)),
      };
    },
  });
}

/** The call is not signed; without any the SDK would look for credentials. */
const nobody = { accessKeyId: "", secretAccessKey: "" };

/** The exchange, with the proof in every request's header. */
function proving(
  exchange: Exchange,
  prove: (request: { method: string; url: string }) => string,
): Pick<Exchange, "handle"> {
  return {
    handle: (request: HttpRequest) => {
      const port = request.port === undefined ? "" : `:${request.port}`;
      const url = `${request.protocol}//${request.hostname}${port}${request.path.split("?", 1)[0]}`;
      const DPoP = prove({ method: request.method, url });
      return exchange.handle({ ...request, headers: { ...request.headers, DPoP } });
    },
  };
}

/**
 * Proves possession of the key that a token was bound to: a JWT for one request (RFC 9449), signed with ES256.
 *
 * @param pem the private key as `aws login` keeps it, in PEM
 * @param now milliseconds since 1970
 * @throws what node:crypto throws, when the key is none on the curve P-256
 */
export function dpopProof(pem: string, request: { method: string; url: string }, now: number): string {
  const key = createPrivateKey(pem);
  const header = { alg: "ES256", typ: "dpop+jwt", jwk: publicPart(key) };
  const payload = {
    jti: randomUUID(),
    htm: request.method,
    htu: request.url,
    iat: Math.floor(now / 1000),
  };
  const text = [header, payload].map((part) => base64url(JSON.stringify(part))).join(".");
  // JWS wants r and s side by side, not the DER that is the default.
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${base64url(signature)}`;
}

function publicPart(key: KeyObject) {
  const { kty, crv, x, y } = createPublicKey(key).export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256") throw new Error("the key is not on the curve P-256");
  return { kty, crv, x, y };
}

const base64url = (data: string | Buffer): string => Buffer.from(data).toString("base64url");
