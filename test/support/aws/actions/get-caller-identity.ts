import type { Action } from "./action.ts";

/** Needs no permission, and works even where a policy denies it. */
export const getCallerIdentity: Action = {
  service: "sts",
  takesSessions: true,
  perform({ caller }) {
    return { result: { Arn: caller.arn, UserId: caller.userId, Account: caller.account.id } };
  },
};
