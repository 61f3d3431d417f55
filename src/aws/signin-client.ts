// The client that the SDK's own login provider uses; src/sources/login-session.ts says why not the provider itself.
export { CreateOAuth2TokenCommand, SigninClient } from "@aws-sdk/nested-clients/signin";
