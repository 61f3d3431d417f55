import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import type { FakeAws } from "./fake-aws.ts";
import { type SmallAnswer, smallServer } from "./small-server.ts";

/** The metadata service of one EC2 instance; what may be set, may be set at any time. */
export interface InstanceMetadata {
  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  readonly url: string;
  /** `PUT /latest/api/token`, … in the order of arrival. */
  readonly requests: string[];
  /** Tokens that were given out. */
  readonly tokens: string[];
  /** True: requests without a token are refused, as on every new instance (HttpTokens=required). */
  tokensRequired: boolean;
  /** False: we are in a container on the instance, and the answer with the token does not come that far. */
  withinHops: boolean;
  /** The instance's role by ARN; undefined: it has none. */
  roleArn: string | undefined;
  /** Seconds that its credentials last. */
  seconds: number;
  /** Given in place of the right answer, once each. */
  readonly faults: SmallAnswer[];
  /** What EC2 says in place of credentials. */
  refusal: { readonly Code: string; readonly Message: string } | undefined;
}

const rolePath = "/latest/meta-data/iam/security-credentials/";

/**
 * Refuses what the real one refuses: a token without its time to live, or with one over six hours; a token that is over
 * or unknown; whoever was forwarded by a proxy.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export async function startInstanceMetadata(
  t: TestContext,
  fake: FakeAws,
  roleArn: string,
): Promise<InstanceMetadata> {
  const ends = new Map<string, number>();
  const self = {
    url: "",
    requests: [] as string[],
    tokens: [] as string[],
    tokensRequired: true,
    withinHops: true,
    roleArn: roleArn as string | undefined,
    seconds: 6 * 3600,
    faults: [] as SmallAnswer[],
    refusal: undefined,
  } satisfies InstanceMetadata as InstanceMetadata & { url: string };

  function giveToken({ headers }: IncomingMessage): SmallAnswer {
    if (headers["x-forwarded-for"] !== undefined) return { status: 403 };
    const seconds = Number(headers["x-aws-ec2-metadata-token-ttl-seconds"]);
    if (!(seconds >= 1 && seconds <= 21_600)) return { status: 400 };
    if (!self.withinHops) return "silence";
    const token = randomBytes(40).toString("base64url");
    ends.set(token, fake.now() + seconds * 1000);
    self.tokens.push(token);
    return { status: 200, body: token };
  }

  function give({ headers, url = "" }: IncomingMessage): SmallAnswer {
    const token = headers["x-aws-ec2-metadata-token"];
    if (token === undefined ? self.tokensRequired : !((ends.get(String(token)) ?? 0) > fake.now())) {
      return { status: 401 };
    }
    const name = self.roleArn?.split("/").at(-1);
    if (self.roleArn === undefined || name === undefined) return { status: 404 };
    if (url === rolePath) return { status: 200, body: name };
    if (url !== rolePath + name) return { status: 404 };
    if (self.refusal !== undefined) return { status: 200, body: JSON.stringify(self.refusal) };
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = fake.grant(self.roleArn, self.seconds);
    const document = {
      Code: "Success",
      LastUpdated: new Date(fake.now()).toISOString(),
      Type: "AWS-HMAC",
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: new Date(expiresAt).toISOString().replace(/\.\d+/, ""),
    };
    return { status: 200, body: JSON.stringify(document, undefined, 2) };
  }

  self.url = await smallServer(t, (request) => {
    self.requests.push(`${request.method} ${request.url}`);
    const fault = self.faults.shift();
    if (fault !== undefined) return fault;
    if (request.method === "PUT" && request.url === "/latest/api/token") return giveToken(request);
    return request.method === "GET" ? give(request) : { status: 405 };
  });
  return self;
}
