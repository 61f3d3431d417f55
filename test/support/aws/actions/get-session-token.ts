import type { Action } from "./action.ts";
import { credentialsElement } from "./credentials.ts";
import { proveMultiFactor, readMultiFactor } from "./multi-factor.ts";

/** The root user's sessions last an hour at most; longer wishes are cut, not refused (API reference, DurationSeconds). */
const rootLimit = 3600;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export const getSessionToken: Action = {
  service: "sts",
  takesSessions: false,
  perform({ caller, parameters, state }) {
    const wished = parameters.integer("DurationSeconds", { min: 900, max: 129_600 });
    const claim = readMultiFactor(parameters);
    parameters.refuse();
    const proven = proveMultiFactor(state, caller, claim);
    const now = state.now();
    const durationSeconds =
      caller.kind === "root" ? Math.min(wished ?? rootLimit, rootLimit) : (wished ?? 43_200);
    const session = state.sessions.issue(
      {
        kind: "base",
        principal: caller.arn,
        durationSeconds,
        ...(proven ? { mfaAt: now } : {}),
        ...(caller.longTermKeyId === undefined ? {} : { parentKeyId: caller.longTermKeyId }),
      },
      now,
    );
    return { result: { Credentials: credentialsElement(session) }, issued: session.accessKeyId };
  },
};
