import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import type { FakeAws } from "./fake-aws.ts";
import { type SmallAnswer, smallServer } from "./small-server.ts";

/** The agent that gives a container the credentials of its task or pod. */
export interface ContainerCredentials {
  /** For AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly url: string;
  /** The one that it takes; changing it is what EKS does all the time. */
  token: string;
  roleArn: string;
  /** Seconds that the credentials last. */
  seconds: number;
  /** What each request asked for and whether its token was right, in the order of arrival. */
  readonly requests: string[];
  /** Given in place of the right answer, once each. */
  readonly faults: SmallAnswer[];
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
export async function startContainerCredentials(
  t: TestContext,
  fake: FakeAws,
  roleArn: string,
): Promise<ContainerCredentials> {
  const self = {
    url: "",
    token: newToken(),
    roleArn,
    seconds: 6 * 3600,
    requests: [] as string[],
    faults: [] as SmallAnswer[],
  };
  const url = await smallServer(t, ({ method, url = "", headers }) => {
    const isRight = headers.authorization === self.token;
    self.requests.push(`${method} ${url}${isRight ? "" : " with a wrong token"}`);
    const fault = self.faults.shift();
    if (fault !== undefined) return fault;
    if (url !== "/v1/credentials?for=test") return { status: 404 };
    if (!isRight) {
      const body = { Code: "AccessDeniedException", Message: `token ${headers.authorization} is over` };
      return { status: 401, body: JSON.stringify(body) };
    }
    const session = fake.grant(self.roleArn, self.seconds);
    const document = {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      AccountId: self.roleArn.split(":")[4],
      Expiration: new Date(session.expiresAt).toISOString(),
    };
    return { status: 200, body: JSON.stringify(document) };
  });
  self.url = `${url}/v1/credentials?for=test`;
  return self;
}

/** A new one, as the file of a pod gets it again and again. */
export const newToken = (): string => `canary.${randomBytes(60).toString("base64url")}`;
