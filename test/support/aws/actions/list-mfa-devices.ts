import { authorize } from "../caller.ts";
import { shapes } from "../parameters.ts";
import { Refusal, validationError } from "../refusal.ts";
import { userArn } from "../world.ts";
import type { Action } from "./action.ts";
import { cut, readPage } from "./paging.ts";

/** All devices count as enabled at this moment. */
const enableDate = "2024-01-02T03:04:05Z";

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html */
export const listMfaDevices: Action = {
  service: "iam",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const wanted = parameters.text("UserName", shapes.userName);
    const page = readPage(parameters);
    parameters.refuse();
    const own = caller.kind === "user" ? caller.user.name : undefined;
    const name = wanted ?? own;
    if (name === undefined) {
      throw validationError("Must specify userName when calling with non-User credentials");
    }
    const { account } = caller;
    const user = account.users.find((one) => one.name === name);
    const resource = user
      ? userArn(account, user)
      : `arn:${account.partition ?? "aws"}:iam::${account.id}:user/${name}`;
    authorize(caller, "iam:ListMFADevices", resource, `user ${name}`, state.now());
    if (!user) {
      throw new Refusal("NoSuchEntity", 404, `The user with name ${name} cannot be found.`);
    }
    const { items, rest } = cut(user.mfaDevices, page, state.rules.pageSize);
    return {
      result: {
        MFADevices: items.map((device) => ({
          UserName: name,
          SerialNumber: device.serial,
          EnableDate: enableDate,
        })),
        ...rest,
      },
    };
  },
};
