import { assumedRole } from "../caller.ts";
import { type Parameters, shapes } from "../parameters.ts";
import { judgeTrust } from "../policy.ts";
import { accessDenied, Refusal, validationError } from "../refusal.ts";
import type { State } from "../state.ts";
import { type Claims, isSignedBy, readToken } from "../web-token.ts";
import { type Account, type IdentityProvider, providerArn, type Role, roleArn } from "../world.ts";
import type { UnsignedAction } from "./action.ts";
import { credentialsElement } from "./credentials.ts";

const invalid = (message: string) => new Refusal("InvalidIdentityToken", 400, message);

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export const assumeRoleWithWebIdentity: UnsignedAction = {
  service: "sts",
  unsigned: true,
  perform({ parameters, state }) {
    const { arn, sessionName, token, wished } = read(parameters);
    const found = findRole(state, arn);
    // AWS looks for the provider in the account that the role's ARN names.
    const account = found?.account ?? state.world.accounts.find(({ id }) => arn.split(":")[4] === id);
    const { claims, provider } = checkToken(token, account, state.now());
    const context = {
      [`${provider.issuer}:aud`]: claims.aud,
      [`${provider.issuer}:sub`]: claims.sub,
      "sts:RoleSessionName": sessionName,
    };
    const question = { action: "sts:AssumeRoleWithWebIdentity", resource: arn, context };
    const fit = (principal: string) =>
      account !== undefined && principal === providerArn(account, provider) ? "itself" : undefined;
    if (!found || judgeTrust(found.role.trust, question, fit).verdict !== "allow") {
      throw accessDenied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
    }
    if (wished !== undefined && wished > (found.role.maxSessionDuration ?? 3600)) {
      throw validationError(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      );
    }
    const session = state.sessions.issue(
      {
        kind: "role",
        principal: roleArn(found.account, found.role),
        durationSeconds: wished ?? 3600,
        roleSessionName: sessionName,
      },
      state.now(),
    );
    const { arn: sessionArn, userId } = assumedRole(found.account, found.role, sessionName);
    return {
      result: {
        SubjectFromWebIdentityToken: claims.sub,
        Audience: claims.aud,
        AssumedRoleUser: { AssumedRoleId: userId, Arn: sessionArn },
        Credentials: credentialsElement(session),
        Provider: providerArn(found.account, provider),
      },
      issued: session.accessKeyId,
    };
  },
};

function read(parameters: Parameters) {
  const arn = parameters.text("RoleArn", shapes.roleArn) ?? "";
  const sessionName = parameters.text("RoleSessionName", shapes.roleSessionName) ?? "";
  const token = parameters.text("WebIdentityToken", { min: 4, max: 20_000, required: true }) ?? "";
  const wished = parameters.integer("DurationSeconds", { min: 900, max: 43_200 });
  parameters.refuse();
  return { arn, sessionName, token, wished };
}

function checkToken(
  token: string,
  account: Account | undefined,
  now: number,
): { claims: Claims; provider: IdentityProvider } {
  const claims = readToken(token);
  if (!claims) {
    throw invalid(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
  const issuer = claims.iss.replace(/^https:\/\//, "");
  const provider = account?.identityProviders?.find((one) => one.issuer === issuer);
  if (!provider) throw invalid(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  if (!isSignedBy(token, provider)) throw invalid("The ID Token's signature could not be verified");
  if (!provider.audiences.includes(claims.aud)) throw invalid("Incorrect token audience");
  const seconds = Math.floor(now / 1000);
  if (claims.exp <= seconds) {
    throw new Refusal(
      "ExpiredTokenException",
      400,
      `Token expired: current date/time ${seconds} must be before the expiration date/time${claims.exp}`,
    );
  }
  return { claims, provider };
}

function findRole(state: State, arn: string): { account: Account; role: Role } | undefined {
  for (const account of state.world.accounts) {
    const role = account.roles.find((one) => roleArn(account, one) === arn);
    if (role) return { account, role };
  }
  return undefined;
}
