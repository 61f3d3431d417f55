import { authorize } from "../caller.ts";
import { shapes } from "../parameters.ts";
import type { Action } from "./action.ts";
import { credentialsElement } from "./credentials.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
export const getFederationToken: Action = {
  service: "sts",
  takesSessions: false,
  perform({ caller, parameters, state }) {
    const name = parameters.text("Name", shapes.federatedName) ?? "";
    const wished = parameters.integer("DurationSeconds", { min: 900, max: 129_600 });
    parameters.text("Policy", shapes.policy);
    parameters.refuse();
    const arn = `${caller.arn.replace(/:iam:(.*):(user\/.*|root)$/, ":sts:$1")}:federated-user/${name}`;
    authorize(caller, "sts:GetFederationToken", arn, arn, state.now());
    const longest = caller.kind === "root" ? 3600 : 129_600;
    const session = state.sessions.issue(
      {
        kind: "federated",
        principal: caller.arn,
        durationSeconds: Math.min(wished ?? 43_200, longest),
        ...(caller.longTermKeyId === undefined ? {} : { parentKeyId: caller.longTermKeyId }),
        roleSessionName: name,
      },
      state.now(),
    );
    return {
      result: {
        FederatedUser: { FederatedUserId: `${caller.account.id}:${name}`, Arn: arn },
        Credentials: credentialsElement(session),
      },
      issued: session.accessKeyId,
    };
  },
};
