import { basename } from "node:path";
import { AwsError } from "../aws/aws-error.ts";
import { type Grant, type Portal, ssoPortal } from "../aws/portal.ts";
import { ssoTokenPath } from "../aws/sso-token.ts";
import type { Root } from "../config/resolve/identity.ts";
import type { Clock } from "../system/clock.ts";
import { isWord } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";
import { loginOf } from "./aws-cli-login.ts";
import {
  readTokenFile,
  type SignIn,
  signedIn,
  type TokenDocument,
  timeFor,
  timeIn,
  writeTokenFile,
} from "./signed-in.ts";
import type { SourceCredentials, SourceHost, SourceRequest } from "./source.ts";

type SsoRoot = Extract<Root, { kind: "sso" }>;

/** Milliseconds. A token closer to its end than this is renewed where it can be, as the SDKs do. */
const refreshMarginMs = 5 * 60_000;

/**
 * Credentials of a role by IAM Identity Center, with the token that `aws sso login` left in ~/.aws/sso/cache.
 *
 * By the SDK's clients, not by its provider (credential-provider-sso): that one reads the shared config by a grammar of
 * its own and takes no session that is not in it, looks for more in the environment, swallows the reasons of a failed
 * renewal, drops a refresh token that the answer does not repeat, and writes the token in place, readable to everybody.
 *
 * @throws UserError, AwsError
 */
export async function getFromSso(
  root: SsoRoot,
  request: SourceRequest,
  host: SourceHost,
): Promise<SourceCredentials> {
  const { accountId, roleName, profile, position } = root;
  const place = `${position.file}:${position.line}`;
  if (accountId === undefined || roleName === undefined) {
    throw new UserError(
      `profile "${profile}" signs in by SSO but has no sso_account_id and sso_role_name, so there is no role to act as (${place})`,
      { hints: [`choose a role: aws configure sso --profile ${profile}`] },
    );
  }
  // It becomes part of a host name.
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(root.region)) {
    throw new UserError(`${place}: the sso_region of profile "${profile}" is not a region's name`, {
      hints: ["a region looks like eu-west-1"],
    });
  }
  const { env, clock, platform } = host;
  const { endpoint, deadline } = request;
  const portal = ssoPortal(root.region, { env, clock, platform, endpoint, deadline });
  const ask = async (rejected?: Secret) => {
    const { accessToken } = await signedIn(ssoSignIn(root, portal, host, rejected), request, host);
    try {
      return await portal.getRoleCredentials({ accountId, roleName, accessToken });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.kind === "invalid-credentials" && rejected === undefined) return accessToken;
      throw inWords(error, root);
    }
  };
  const first = await ask();
  if (!(first instanceof Secret)) return first;
  // The token's time is not over, but AWS ended the session (a sign-out). Once more with another token, and no further.
  const second = await ask(first);
  if (second instanceof Secret) throw new Error("a token was rejected twice");
  return second;
}

/** What the portal's refusals mean. */
function inWords(error: AwsError, { accountId, roleName, ...root }: SsoRoot): AwsError {
  const what = `role ${roleName} in account ${accountId}`;
  const { file, line } = root.position;
  const details = { hints: [...error.hints], cause: error.cause ?? error };
  switch (error.kind) {
    case "access-denied":
    case "not-found":
      return new AwsError(
        error.kind,
        `IAM Identity Center does not let you act as ${what}: it is not assigned to you, or is not there (${file}:${line})`,
        { ...details, hints: [`see what is assigned to you: ${root.startUrl}`] },
      );
    case "invalid-credentials":
      return new AwsError(
        error.kind,
        `IAM Identity Center does not take a token that is new, for ${what}`,
        details,
      );
    case "invalid-request":
      return new AwsError(
        error.kind,
        `IAM Identity Center gives no credentials for ${what}: ${error.message}`,
        details,
      );
    default:
      return new AwsError(error.kind, `no credentials for ${what}: ${error.message}`, details);
  }
}

/** A token with the document that it stands in. */
interface SsoToken {
  readonly accessToken: Secret;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly document: TokenDocument;
}

function ssoSignIn(
  { session, startUrl, profile }: SsoRoot,
  portal: Portal,
  { clock, home }: SourceHost,
  rejected: Secret | undefined,
): SignIn<SsoToken> {
  const path = ssoTokenPath(home, session ?? startUrl);
  const isRejected = (token: SsoToken) => token.accessToken.reveal() === rejected?.reveal();
  const left = (token: SsoToken) => (isRejected(token) ? 0 : token.expiresAt - clock.now());
  return {
    key: `sso-${basename(path, ".json")}`,
    login:
      session === undefined
        ? loginOf(`the SSO session of profile "${profile}"`, ["sso", "login", "--profile", profile], [2, 0])
        : loginOf(`the SSO session "${session}"`, ["sso", "login", "--sso-session", session], [2, 9]),
    read: async () => {
      const document = await readTokenFile(path, clock);
      return document === undefined ? undefined : tokenIn(document);
    },
    isFresh: (token) =>
      left(token) > refreshMarginMs || (left(token) > 0 && grantIn(token.document, clock) === undefined),
    isAlive: (token) => left(token) > 0,
    reason: (token) => {
      if (token === undefined) return "was not signed in to yet";
      return isRejected(token) ? "was ended by AWS" : `expired at ${timeFor(token.expiresAt)}`;
    },
    renew: async ({ document }) => {
      const grant = grantIn(document, clock);
      if (grant === undefined) return undefined;
      const { accessToken, refreshToken, expiresAt } = await portal.refreshToken(grant);
      const renewed = {
        ...document,
        accessToken: accessToken.reveal(),
        expiresAt: timeFor(expiresAt),
        ...(refreshToken === undefined ? {} : { refreshToken: refreshToken.reveal() }),
      };
      await writeTokenFile(path, document, renewed);
      return { accessToken, expiresAt, document: renewed };
    },
  };
}

function tokenIn(document: TokenDocument): SsoToken | undefined {
  const { accessToken } = document;
  const expiresAt = timeIn(document["expiresAt"]);
  if (!isWord(accessToken)) return undefined;
  return Number.isNaN(expiresAt) ? undefined : { accessToken: new Secret(accessToken), expiresAt, document };
}

/** What a token is renewed with: nothing for one of the legacy form, or when the registration of the client is over. */
function grantIn(document: TokenDocument, clock: Clock): Grant | undefined {
  const { clientId, clientSecret, refreshToken, registrationExpiresAt } = document;
  if (typeof clientId !== "string" || typeof clientSecret !== "string" || typeof refreshToken !== "string")
    return undefined;
  if (timeIn(registrationExpiresAt) <= clock.now()) return undefined;
  return { clientId, clientSecret: new Secret(clientSecret), refreshToken: new Secret(refreshToken) };
}
