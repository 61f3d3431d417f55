import { shapes } from "../parameters.ts";
import { readPolicy } from "../policy.ts";
import { Refusal, validationError } from "../refusal.ts";
import type { Action } from "./action.ts";
import { credentialsElement } from "./credentials.ts";

/** How often a session can be narrowed. */
const mostLayers = 3;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html */
export const getScopedCredentials: Action = {
  service: "sts",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const { scopedCredentials } = state.rules;
    if (scopedCredentials === "unknown") {
      const message = "Could not find operation GetScopedCredentials for version 2011-06-15";
      throw new Refusal("InvalidAction", 400, message);
    }
    const policy = parameters.text("Policy", shapes.policy);
    const wished = parameters.integer("DurationSeconds", { min: 1, max: 129_600 });
    parameters.text("ScopedSessionDescription", { max: 256 });
    parameters.refuse();
    if (policy === undefined && wished === undefined)
      throw validationError("Either Policy or DurationSeconds must be specified");
    const { session } = caller;
    if (session === undefined) {
      throw new Refusal(
        "InvalidSubjectCredentials",
        400,
        "GetScopedCredentials needs temporary security credentials",
      );
    }
    const { accessKeyId, secretAccessKey, sessionToken, issuedAt, expiresAt, ...same } = session;
    const left = Math.floor((expiresAt - state.now()) / 1000);
    if (wished !== undefined && wished > left) {
      throw new Refusal(
        "InsufficientSessionLifetime",
        400,
        "The requested DurationSeconds is greater than the remaining lifetime of the calling session",
      );
    }
    const scopes = (session.scopes ?? 0) + 1;
    if (scopes > mostLayers)
      throw validationError(`A session can be scoped down at most ${mostLayers} times`);
    const layers = [
      ...(session.policies ?? []),
      ...(policy === undefined ? [] : [[readPolicy(policy, "inline")]]),
    ];
    const issued = state.sessions.issue(
      { ...same, scopes, policies: layers, durationSeconds: wished ?? left },
      state.now(),
    );
    return {
      result: {
        Credentials: credentialsElement(issued),
        SessionInfo: { ScopedSessionId: caller.userId, Arn: caller.arn },
        ScopedPoliciesCount: layers.length,
      },
      issued: issued.accessKeyId,
    };
  },
};
