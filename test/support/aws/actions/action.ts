import type { Caller } from "../caller.ts";
import type { Parameters } from "../parameters.ts";
import type { State } from "../state.ts";
import type { Xml } from "../xml.ts";

/** The services of the fake, with the one API version and the XML namespace of each. */
export const services = {
  sts: { version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
  iam: { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" },
} as const;

export type ServiceName = keyof typeof services;

interface ActionRequest {
  readonly caller: Caller;
  readonly parameters: Parameters;
  readonly state: State;
}

/** One API action that no key signs: what it is given proves who asks. It throws a Refusal for what AWS refuses. */
export interface UnsignedAction {
  readonly service: ServiceName;
  readonly unsigned: true;
  perform(request: Omit<ActionRequest, "caller">): ActionResult;
}

/** What goes into `<…Result>`, which some answers do not have, and the id of the credentials that were made for it. */
interface ActionResult {
  readonly result?: Xml;
  readonly issued?: string;
}

/** One API action. It throws a Refusal for what AWS refuses. */
export interface Action {
  readonly service: ServiceName;
  /**
   * Whether temporary credentials may call it. With those of GetSessionToken "you cannot call any STS API except
   * AssumeRole or GetCallerIdentity" (its API reference): an STS action that only roles may call needs a third value.
   */
  readonly takesSessions: boolean;
  perform(request: ActionRequest): ActionResult;
}
