import { randomUUID } from "node:crypto";
import { type Action, type ServiceName, services, type UnsignedAction } from "./actions/action.ts";
import { actions } from "./actions/table.ts";
import { type Caller, findCaller } from "./caller.ts";
import type { Answer } from "./faults.ts";
import { Parameters } from "./parameters.ts";
import { accessDenied, invalidToken, Refusal } from "./refusal.ts";
import type { LoggedRequest } from "./request-log.ts";
import { type Claim, checkSignature, checkSkew, type RawRequest, readClaim } from "./sigv4.ts";
import type { State } from "./state.ts";
import { partitionOf } from "./world.ts";
import { type Xml, xml } from "./xml.ts";

/** The parameters of a query protocol request: of the URL, and of the body of a form. */
export function readParameters(request: RawRequest): ReadonlyMap<string, string> {
  const query = request.target.split("?")[1] ?? "";
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  const form = request.method === "POST" && isForm ? request.body.toString("utf8") : "";
  return new Map([...new URLSearchParams(query), ...new URLSearchParams(form)]);
}

/** The service that a request is for: its action's, else what its signature names. */
export function serviceOf(request: RawRequest, action: string): ServiceName {
  const known = actions.get(action)?.service;
  return known ?? (request.headers.authorization?.includes("/iam/aws4_request") ? "iam" : "sts");
}

/** Carries a request out, or answers as AWS refuses it. Writes into `log` what it finds out on the way. */
export function dispatch(
  state: State,
  request: RawRequest,
  parameters: ReadonlyMap<string, string>,
  log: LoggedRequest,
): Answer {
  const name = parameters.get("Action") ?? "";
  const service = serviceOf(request, name);
  try {
    const action = findAction(name, parameters.get("Version"));
    if ("unsigned" in action) {
      // AWS looks past a signature here. A client that sends one has given away more than it had to.
      if (request.headers.authorization !== undefined) {
        throw new Refusal("InvalidAction", 400, `${name} was signed, and must not be`);
      }
      const { result, issued } = action.perform({ parameters: new Parameters(parameters), state });
      log.outcome = "ok";
      if (issued !== undefined) log.issuedKeyId = issued;
      return success(service, name, result);
    }
    const caller = authenticate(state, request, service, log);
    log.callerArn = caller.arn;
    refuseSession(caller, action, name);
    const { result, issued } = action.perform({ caller, parameters: new Parameters(parameters), state });
    log.outcome = "ok";
    if (issued !== undefined) log.issuedKeyId = issued;
    return success(service, name, result);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    log.outcome = "refused";
    log.code = error.code;
    return failure(service, error.code, error.status, error.message);
  }
}

function findAction(name: string, version: string | undefined): Action | UnsignedAction {
  const action = actions.get(name);
  if (name === "") throw new Refusal("MissingAction", 400, "The request must contain the parameter Action.");
  if (!action || version === undefined) {
    const shown = version ?? "NO_VERSION_SPECIFIED";
    throw new Refusal("InvalidAction", 400, `Could not find operation ${name} for version ${shown}`);
  }
  if (version !== services[action.service].version) {
    const full = action.service === "sts" ? "AWSSecurityTokenService" : "AWSIdentityManagement";
    throw new Refusal(
      "NoSuchVersion",
      400,
      `The requested version (${version}) of service ${full} does not exist`,
    );
  }
  return action;
}

function authenticate(state: State, request: RawRequest, service: ServiceName, log: LoggedRequest): Caller {
  const claim = readClaim(request);
  log.accessKeyId = claim.accessKeyId;
  if (claim.service !== service) {
    throw new Refusal(
      "SignatureDoesNotMatch",
      403,
      `Credential should be scoped to correct service: '${service}'. `,
    );
  }
  checkSkew(claim, state.now(), state.rules.skewSeconds * 1000);
  const { caller, secret } = findCaller(state, claim);
  if (caller.account.disabledRegions?.includes(claim.region)) throw invalidToken();
  checkRegion(state, claim, service, caller);
  checkSignature(request, claim, secret);
  const used = state.keys.find(claim.accessKeyId)?.key;
  if (used) used.lastUsed = { at: state.now(), service, region: claim.region };
  return caller;
}

/** IAM is one service for the whole partition and takes signatures for its one region only. */
function checkRegion(state: State, claim: Claim, service: ServiceName, caller: Caller): void {
  const { iamRegions, stsRegions } = state.rules;
  const fits =
    service === "iam"
      ? claim.region === iamRegions[partitionOf(caller.account)]
      : (stsRegions?.includes(claim.region) ?? /^[a-z]{2}(-[a-z]+)+-\d$/.test(claim.region));
  if (fits) return;
  const message = `Credential should be scoped to a valid region, not '${claim.region}'. `;
  throw new Refusal("SignatureDoesNotMatch", 403, message);
}

/**
 * IAM answers a base session without MFA as if its token were unknown:
 * https://github.com/aws/aws-sdk-js/issues/460, https://github.com/cloudyr/aws.iam/issues/15
 */
function refuseSession(caller: Caller, action: Action, name: string): void {
  if (!caller.session) return;
  if (!action.takesSessions) throw accessDenied(`Cannot call ${name} with session credentials`);
  // Of a federated user's session the fake knows no more than that the console takes it.
  if (caller.session.kind === "federated" && name !== "GetCallerIdentity")
    throw accessDenied(`Cannot call ${name} with federated credentials`);
  const bare = caller.session.kind === "base" && caller.session.mfaAt === undefined;
  if (bare && action.service === "iam") throw invalidToken();
}

function success(service: ServiceName, action: string, result: Xml | undefined): Answer {
  const requestId = randomUUID();
  const body = xml({ [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } });
  const root = `${action}Response`;
  const text = `<${root} xmlns="${services[service].namespace}">\n${body}\n</${root}>\n`;
  return { status: 200, headers: headers(requestId), body: text };
}

/** An error as the query protocol has it. */
export function failure(service: ServiceName, code: string, status: number, message: string): Answer {
  const requestId = randomUUID();
  const type = status >= 500 ? "Receiver" : "Sender";
  const body = xml({ Error: { Type: type, Code: code, Message: message }, RequestId: requestId });
  const text = `<ErrorResponse xmlns="${services[service].namespace}">\n${body}\n</ErrorResponse>\n`;
  return { status, headers: headers(requestId), body: text };
}

function headers(requestId: string): Record<string, string> {
  return { "x-amzn-requestid": requestId, "content-type": "text/xml" };
}
