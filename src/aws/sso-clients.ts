// The clients that the SDK's own SSO provider uses; src/sources/sso.ts says why not the provider itself.
export { GetRoleCredentialsCommand, SSOClient } from "@aws-sdk/nested-clients/sso";
export { CreateTokenCommand, SSOOIDCClient } from "@aws-sdk/nested-clients/sso-oidc";
