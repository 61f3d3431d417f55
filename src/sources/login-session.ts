import { basename } from "node:path";
import { type LoginGrant, refreshLogin } from "../aws/signin.ts";
import type { Root } from "../config/resolve/identity.ts";
import { Secret } from "../system/secret.ts";
import { loginOf } from "./aws-cli-login.ts";
import { type SignIn, signedIn, timeFor, writeTokenFile } from "./signed-in.ts";
import type { SourceCredentials, SourceHost, SourceRequest } from "./source.ts";
import { readTokenFile, type TokenDocument, timeIn, tokenPath } from "./token-files.ts";

type LoginRoot = Extract<Root, { kind: "login-session" }>;

/** Milliseconds. Credentials closer to their end than this are renewed, as the SDKs do; they last 15 minutes. */
const refreshMarginMs = 5 * 60_000;

/**
 * Credentials of a person who signed in to the console by `aws login`, which keeps them in ~/.aws/login/cache.
 *
 * By the SDK's client, not by its provider (credential-provider-login), for the reasons that sso.ts gives; that one also
 * lets two processes send the same refresh token, which is good for one use.
 *
 * @throws UserError, AwsError
 */
export async function getFromLoginSession(
  root: LoginRoot,
  request: SourceRequest,
  host: SourceHost,
): Promise<SourceCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await signedIn(
    loginSignIn(root, request, host),
    request,
    host,
  );
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}

/** Credentials with the document that they stand in. */
interface LoginToken {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly document: TokenDocument;
}

function loginSignIn(
  root: LoginRoot,
  { endpoint, deadline }: SourceRequest,
  { env, clock, home, platform }: SourceHost,
): SignIn<LoginToken> {
  const { profile } = root;
  const path = tokenPath(root, { env, home });
  return {
    key: `login-${basename(path, ".json")}`,
    login: loginOf(`the login session of profile "${profile}"`, ["login", "--profile", profile], [2, 32]),
    read: async () => {
      const document = await readTokenFile(path, clock);
      return document === undefined ? undefined : tokenIn(document);
    },
    isFresh: ({ expiresAt }) => expiresAt - clock.now() > refreshMarginMs,
    isAlive: ({ expiresAt }) => expiresAt > clock.now(),
    reason: (token) =>
      token === undefined ? "was not signed in to yet" : `expired at ${timeFor(token.expiresAt)}`,
    renew: async ({ document }) => {
      const grant = grantIn(document);
      if (grant === undefined) return undefined;
      const region = typeof document["signInRegion"] === "string" ? document["signInRegion"] : "";
      const { credentials, refreshToken } = await refreshLogin(grant, region || endpoint.region, {
        env,
        clock,
        platform,
        endpoint,
        deadline,
      });
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
      const renewed = {
        ...document,
        accessToken: {
          ...(document["accessToken"] as TokenDocument),
          accessKeyId,
          secretAccessKey: secretAccessKey.reveal(),
          sessionToken: sessionToken.reveal(),
          expiresAt: timeFor(expiresAt),
        },
        refreshToken: refreshToken.reveal(),
      };
      await writeTokenFile(path, document, renewed);
      return { accessKeyId, secretAccessKey, sessionToken, expiresAt, document: renewed };
    },
  };
}

function tokenIn(document: TokenDocument): LoginToken | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = (document["accessToken"] ??
    {}) as TokenDocument;
  const expiry = timeIn(expiresAt);
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") return undefined;
  if (typeof sessionToken !== "string" || Number.isNaN(expiry)) return undefined;
  return {
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    expiresAt: expiry,
    document,
  };
}

function grantIn({ clientId, refreshToken, dpopKey }: TokenDocument): LoginGrant | undefined {
  if (typeof clientId !== "string" || typeof refreshToken !== "string" || typeof dpopKey !== "string")
    return undefined;
  return { clientId, refreshToken: new Secret(refreshToken), dpopKey: new Secret(dpopKey) };
}
