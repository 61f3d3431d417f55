import {
  createAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
  listAccessKeys,
  updateAccessKey,
} from "./access-keys.ts";
import type { Action, UnsignedAction } from "./action.ts";
import { assumeRole } from "./assume-role.ts";
import { assumeRoleWithWebIdentity } from "./assume-role-with-web-identity.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { getFederationToken } from "./get-federation-token.ts";
import { getScopedCredentials } from "./get-scoped-credentials.ts";
import { getSessionToken } from "./get-session-token.ts";
import { listMfaDevices } from "./list-mfa-devices.ts";

/** Every action that the fake knows. A further one is a file beside these and a line here. */
export const actions: ReadonlyMap<string, Action | UnsignedAction> = new Map<string, Action | UnsignedAction>(
  [
    ["AssumeRole", assumeRole],
    ["AssumeRoleWithWebIdentity", assumeRoleWithWebIdentity],
    ["CreateAccessKey", createAccessKey],
    ["DeleteAccessKey", deleteAccessKey],
    ["GetAccessKeyLastUsed", getAccessKeyLastUsed],
    ["GetCallerIdentity", getCallerIdentity],
    ["GetScopedCredentials", getScopedCredentials],
    ["GetFederationToken", getFederationToken],
    ["GetSessionToken", getSessionToken],
    ["ListAccessKeys", listAccessKeys],
    ["ListMFADevices", listMfaDevices],
    ["UpdateAccessKey", updateAccessKey],
  ],
);
