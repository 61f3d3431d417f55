import { readFileSync, statSync } from "node:fs";
import { AwsError } from "../aws/aws-error.ts";
import { shownWords } from "../aws/service-errors.ts";
import type { Root } from "../config/resolve/identity.ts";
import type { Environment } from "../system/environment.ts";
import { failureReason } from "../system/failure-reason.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";
import { credentialsIn, type MachineReply, requestFromMachine } from "./machine-request.ts";
import type { SourceCredentials, SourceHost, SourceRequest } from "./source.ts";

type MachineRoot = Extract<Root, { kind: "credential-source" }>;

const relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const tokenVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const tokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/** The host that a relative address is of. */
const agent = "http://169.254.170.2";

/** Bytes. */
const longestToken = 64 * 1024;

/** An agent on the machine may have to ask its own service first. */
const limits = { connect: 1_000, answer: 5_000 };

/** Where a container asks for its credentials. */
interface ContainerAddress {
  readonly url: URL;
  readonly token: Secret | undefined;
}

/**
 * Credentials of the task or pod that we run in: ECS, EKS Pod Identity, CloudShell, Greengrass. The variables are the
 * container's own; a profile only says that they count.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 *
 * @throws UserError, AwsError
 */
export async function getFromContainer(
  root: MachineRoot,
  { deadline }: SourceRequest,
  { env, clock }: SourceHost,
): Promise<SourceCredentials> {
  const who = `profile "${root.profile}" takes its credentials from the container (${root.position.file}:${root.position.line})`;
  const address = addressIn(env, who);
  const headers = address.token === undefined ? {} : { authorization: address.token.reveal() };
  return await requestFromMachine({ limits, tries: 3, clock, deadline }, async (send) => {
    const reply = await send(address.url, headers);
    const credentials = credentialsIn(reply);
    if (credentials === undefined) throw failureOf(reply, who, address);
    return credentials;
  });
}

/** As the SDKs read it: the relative address goes before the full one, a token's file before the token. */
function addressIn(env: Environment, who: string): ContainerAddress {
  const path = env[relative] ?? "";
  const text = path === "" ? (env[full] ?? "") : `${agent}${path}`;
  if (text === "") {
    const acting = env["AWS_AS_IDENTITY"];
    throw new UserError(`${who}, and neither ${relative} nor ${full} is set`, {
      hints: [
        acting
          ? `the switch to "${acting}" took them out of this shell; to have them back: aws-as-deactivate`
          : "ECS, EKS Pod Identity and CloudShell set one of them for what runs there",
      ],
    });
  }
  // No value is shown: an address may hold what only the container is to know.
  if (path !== "" && !/^\/[\x21-\x7e]*$/.test(path)) {
    throw new UserError(`${who}, and ${relative} is not a path that begins with a slash`);
  }
  if (!URL.canParse(text)) throw new UserError(`${who}, and ${path === "" ? full : relative} is not a URL`);
  const url = new URL(text);
  if (!mayBeAsked(url)) {
    throw new UserError(`${who}, and ${full} names a host that gets no token without TLS: ${url.host}`, {
      hints: ["without https it must be this machine itself, 169.254.170.2, 169.254.170.23 or fd00:ec2::23"],
    });
  }
  return { url, token: tokenIn(env, who) };
}

/**
 * The hosts that the SDKs take: without TLS only this machine, the ECS agent and the EKS agent.
 * https://github.com/aws/aws-sdk-js-v3/blob/main/packages/credential-provider-http/src/fromHttp/checkUrl.ts
 */
function mayBeAsked({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  const known = ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
  return protocol === "http:" && (known.includes(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname));
}

function tokenIn(env: Environment, who: string): Secret | undefined {
  const file = env[tokenFile];
  const token = file ? readToken(file, who) : env[tokenVariable];
  if (!token) return undefined;
  // It goes into a header. Node would refuse a line end in it, and say nothing that helps.
  if (!/^[\x20-\x7e]+$/.test(token)) {
    throw new UserError(`${who}, and what ${file ? tokenFile : tokenVariable} gives is not a token`);
  }
  return new Secret(token);
}

function readToken(path: string, who: string): string {
  let text = "";
  try {
    const about = statSync(path);
    if (about.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    if (about.isFile() && about.size <= longestToken) text = readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new UserError(
      `${who}, and its token cannot be read, ${failureReason(error)}: ${path} (${tokenFile})`,
    );
  }
  if (text === "") throw new UserError(`${who}, and there is no token in ${path} (${tokenFile})`);
  return text;
}

function failureOf(
  { status, body, code, timedOut }: MachineReply,
  who: string,
  { url: { host }, token }: ContainerAddress,
): AwsError {
  if (status === undefined) {
    const what = timedOut ? "does not answer" : `cannot be reached (${code})`;
    return new AwsError(timedOut ? "timeout" : "network", `${who}, and ${host} ${what}`, {
      hints: ["this works inside of the container that the variables were set for"],
    });
  }
  if (status >= 500 || status === 429) {
    return new AwsError("unavailable", `${who}, and ${host} cannot answer at the moment (status ${status})`);
  }
  if (status >= 400) {
    const hint =
      token === undefined
        ? `it may want a token: ${tokenVariable} and …_FILE are not set`
        : "its token may have expired";
    const reason = reasonIn(body);
    const words = reason === "" ? "" : `: ${shownWords(reason, [token?.reveal()])}`;
    return new AwsError("access-denied", `${who}, and ${host} refuses (status ${status})${words}`, {
      hints: status === 401 || status === 403 ? [hint] : [],
    });
  }
  return new AwsError("garbage", `${who}, and what ${host} answered is no credentials (status ${status})`);
}

/** The reason that an agent gives for a refusal, where it gives one. */
function reasonIn(body: string): string {
  try {
    const { Message } = Object(JSON.parse(body));
    return typeof Message === "string" ? Message : "";
  } catch {
    return "";
  }
}
