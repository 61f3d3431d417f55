import { authorize } from "../caller.ts";
import { shapes } from "../parameters.ts";
import { Refusal, validationError } from "../refusal.ts";
import { userArn } from "../world.ts";
import type { Action } from "./action.ts";

/** All devices count as enabled at this moment. */
const enableDate = "2024-01-02T03:04:05Z";

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html */
export const listMfaDevices: Action = {
  service: "iam",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const wanted = parameters.text("UserName", shapes.userName);
    const maxItems = parameters.integer("MaxItems", { min: 1, max: 1000 });
    const marker = parameters.text("Marker", shapes.marker);
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
    const start = marker === undefined ? 0 : readMarker(marker);
    const end = start + Math.min(maxItems ?? 1000, state.rules.pageSize);
    const isTruncated = end < user.mfaDevices.length;
    return {
      result: {
        MFADevices: user.mfaDevices.slice(start, end).map((device) => ({
          UserName: name,
          SerialNumber: device.serial,
          EnableDate: enableDate,
        })),
        IsTruncated: isTruncated,
        Marker: isTruncated ? writeMarker(end) : undefined,
      },
    };
  },
};

/** Markers are opaque to clients, so they are not made of plain numbers here either. */
function writeMarker(index: number): string {
  return Buffer.from(`mfa+${index}/page`).toString("base64");
}

function readMarker(marker: string): number {
  const index = /^mfa\+(\d+)\/page$/.exec(Buffer.from(marker, "base64").toString())?.[1];
  if (index === undefined) throw validationError("Invalid Marker.");
  return Number(index);
}
