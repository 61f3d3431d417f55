import { readFileSync, statSync } from "node:fs";
import { AwsError } from "../aws/aws-error.ts";
import { type ContainerAddress, containerCredentials } from "../aws/container-credentials.ts";
import type { FencedFailure } from "../aws/fenced-provider.ts";
import { shownWords } from "../aws/service-errors.ts";
import type { Root } from "../config/resolve/identity.ts";
import type { Environment } from "../system/environment.ts";
import { failureReason } from "../system/failure-reason.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";
import type { SourceHost } from "./get-from-source.ts";
import type { SourceCredentials, SourceRequest } from "./source.ts";

type MachineRoot = Extract<Root, { kind: "credential-source" }>;

const relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const tokenVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const tokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/** The host that a relative address is of. */
const agent = "http://169.254.170.2";

/** Bytes. */
const longestToken = 64 * 1024;

/**
 * Credentials of the task or pod that we run in: ECS, EKS Pod Identity, CloudShell, Greengrass. The variables are the
 * container's own; a profile only says that they count.
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
  return await containerCredentials(address, { clock, deadline }, (failure) =>
    inWords(failure, who, address, new URL(urlOf(address)).host),
  );
}

function urlOf({ relativeUri, fullUri }: ContainerAddress): string {
  return relativeUri === "" ? fullUri : `${agent}${relativeUri}`;
}

/** As the SDKs read it: the relative address goes before the full one, a token's file before the token. */
function addressIn(env: Environment, who: string): ContainerAddress {
  const relativeUri = env[relative] ?? "";
  const fullUri = relativeUri === "" ? (env[full] ?? "") : "";
  if (relativeUri === "" && fullUri === "") {
    const acting = env["AWS_AS_IDENTITY"];
    throw new UserError(`${who}, and neither ${relative} nor ${full} is set`, {
      hints: [
        acting
          ? `the switch to "${acting}" took them out of this shell; to have them back: aws-as-deactivate`
          : "ECS, EKS Pod Identity and CloudShell set one of them for what runs there",
      ],
    });
  }
  const variable = relativeUri === "" ? full : relative;
  // No value is shown: an address may hold what only the container is to know.
  if (relativeUri !== "" && !/^\/[\x21-\x7e]*$/.test(relativeUri)) {
    throw new UserError(`${who}, and ${relative} is not a path that begins with a slash`);
  }
  if (!URL.canParse(urlOf({ relativeUri, fullUri })))
    throw new UserError(`${who}, and ${variable} is not a URL`);
  const url = new URL(urlOf({ relativeUri, fullUri }));
  if (!mayBeAsked(url)) {
    throw new UserError(`${who}, and ${full} names a host that gets no token without TLS: ${url.host}`, {
      hints: ["without https it must be this machine itself, 169.254.170.2, 169.254.170.23 or fd00:ec2::23"],
    });
  }
  const token = tokenIn(env, who);
  return { relativeUri, fullUri, ...(token === undefined ? {} : { token }) };
}

/** The hosts that the SDK takes, told apart here for the sake of the message; the SDK looks again. */
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

function inWords(
  { requests, said }: FencedFailure,
  who: string,
  { token }: ContainerAddress,
  host: string,
): AwsError {
  const last = requests.at(-1);
  const words = said === "" ? "" : `: ${shownWords(said, [token?.reveal()])}`;
  if (last?.status === undefined) {
    const kind = last?.timedOut ? "timeout" : "network";
    const what = last?.timedOut ? "does not answer" : `cannot be reached (${last?.code ?? "no connection"})`;
    return new AwsError(kind, `${who}, and ${host} ${what}`, {
      hints: ["this works inside of the container that the variables were set for"],
    });
  }
  if (last.timedOut) return new AwsError("timeout", `${who}, and ${host} did not answer to the end`);
  if (last.status >= 500 || last.status === 429) {
    return new AwsError(
      "unavailable",
      `${who}, and ${host} cannot answer at the moment (status ${last.status})`,
    );
  }
  if (last.status >= 400) {
    const hints =
      last.status === 401 || last.status === 403
        ? [
            token === undefined
              ? `it may want a token: ${tokenVariable} and …_FILE are not set`
              : "its token may be over",
          ]
        : [];
    return new AwsError("access-denied", `${who}, and ${host} refuses (status ${last.status})${words}`, {
      hints,
    });
  }
  return new AwsError(
    "garbage",
    `${who}, and what ${host} answered is no credentials (status ${last.status})`,
  );
}
