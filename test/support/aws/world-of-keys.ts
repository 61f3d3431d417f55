import type { PolicyDocument } from "./policy.ts";
import type { World } from "./world.ts";
import { worldOfOne } from "./world-of-one.ts";

/**
 * The statement AllowManageOwnAccessKeys of AWS's own examples, as it is.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
 */
export const manageOwnKeys: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: [
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:GetAccessKeyLastUsed",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
      ],
      Resource: "arn:aws:iam::*:user/${aws:username}",
    },
  ],
};

/** The statement DenyAllExceptListedIfNoMFA of the same page. Note that AssumeRole is not among the exceptions. */
export const denyWithoutMfa: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      NotAction: [
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:GetUser",
        "iam:GetMFADevice",
        "iam:ListMFADevices",
        "iam:ListVirtualMFADevices",
        "iam:ResyncMFADevice",
        "sts:GetSessionToken",
      ],
      Resource: "*",
      Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
    },
  ],
};

/** The ready world, where my-user1 may manage its own access keys; with `mfa` in a session with MFA only. */
export function worldOfKeys(options: { mfa?: boolean } = {}): World {
  const world = worldOfOne();
  const policies = world.accounts[0]?.users[0]?.policies;
  policies?.push(manageOwnKeys, ...(options.mfa ? [denyWithoutMfa] : []));
  return world;
}
