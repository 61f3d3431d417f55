import { Secret } from "../system/secret.ts";
import { sessionFrom, text } from "./answers.ts";
import type { SessionCredentials } from "./aws.ts";
import { quietly } from "./client-config.ts";
import { type JsonCallOptions, tokenCalls } from "./json-calls.ts";
import { garbageError } from "./service-errors.ts";

/** A registered client with a refresh token, as `aws sso login` left them. */
export interface Grant {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly refreshToken: Secret;
}

/** A new access token. */
export interface FreshToken {
  readonly accessToken: Secret;
  /** Absent: the old one goes on to count. */
  readonly refreshToken?: Secret | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** IAM Identity Center, in one region. Every method fails with an AwsError. */
export interface Portal {
  getRoleCredentials(request: {
    readonly accountId: string;
    readonly roleName: string;
    readonly accessToken: Secret;
  }): Promise<SessionCredentials>;
  /** CreateToken with a refresh token. */
  refreshToken(grant: Grant): Promise<FreshToken>;
}

export function ssoPortal(region: string, options: JsonCallOptions): Portal {
  const { clock, platform, endpoint } = options;
  const ask = tokenCalls(options);
  return {
    getRoleCredentials: ({ accountId, roleName, accessToken }) =>
      ask({
        action: "sso:GetRoleCredentials",
        region,
        url: endpoint.ssoUrl,
        secrets: [accessToken.reveal()],
        attempt: async (config, exchange) => {
          const { GetRoleCredentialsCommand, SSOClient } = await import("./sso-clients.ts");
          const client = quietly(() => new SSOClient(config));
          const input = { accountId, roleName, accessToken: accessToken.reveal() };
          const { roleCredentials } = await client.send(new GetRoleCredentialsCommand(input));
          const { accessKeyId, secretAccessKey, sessionToken, expiration } = roleCredentials ?? {};
          const raw = {
            AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey,
            SessionToken: sessionToken,
            Expiration: expiration === undefined ? undefined : new Date(expiration),
          };
          return sessionFrom(raw, exchange, { now: clock.now(), platform });
        },
      }),

    refreshToken: ({ clientId, clientSecret, refreshToken }) =>
      ask({
        action: "sso-oidc:CreateToken",
        region,
        url: endpoint.ssoOidcUrl,
        secrets: [clientSecret.reveal(), refreshToken.reveal()],
        attempt: async (config, exchange) => {
          const { CreateTokenCommand, SSOOIDCClient } = await import("./sso-clients.ts");
          const client = quietly(() => new SSOOIDCClient(config));
          const answer = await client.send(
            new CreateTokenCommand({
              clientId,
              clientSecret: clientSecret.reveal(),
              refreshToken: refreshToken.reveal(),
              grantType: "refresh_token",
            }),
          );
          if (!((answer.expiresIn ?? 0) > 0)) throw garbageError(exchange, undefined, "no valid expiresIn");
          return {
            accessToken: new Secret(text(answer.accessToken, "accessToken", exchange)),
            ...(answer.refreshToken
              ? { refreshToken: new Secret(text(answer.refreshToken, "refreshToken", exchange)) }
              : {}),
            expiresAt: clock.now() + Number(answer.expiresIn) * 1000,
          };
        },
      }),
  };
}
