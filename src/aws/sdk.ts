import type { IAMClient } from "@aws-sdk/client-iam";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Secret } from "../system/secret.ts";
import {
  callerFrom,
  checkEmptyAnswer,
  createdKeyFrom,
  lastUsedFrom,
  listedKeyFrom,
  type RawCredentials,
  sessionFrom,
  text,
} from "./answers.ts";
import type { AccessKey, Aws, Endpoint, MfaProof, SessionCredentials } from "./aws.ts";
import { pinnedConfig, quietly } from "./client-config.ts";
import { federationUrl } from "./console-address.ts";
import { homeRegion } from "./endpoint.ts";
import { type Exchange, type Network, openNetwork } from "./network.ts";
import { inTries, type TryOptions } from "./retry.ts";
import { garbageError, serviceError } from "./service-errors.ts";

export interface AwsSdkOptions extends TryOptions {
  /** Read for proxies only; what else shapes a call is in its Endpoint. */
  readonly env: Environment;
  /** `process.platform`, for the hint on how to set the clock. */
  readonly platform?: string;
}

/** What every call has in common. */
interface Call {
  readonly service: "sts" | "iam";
  readonly action: string;
  readonly endpoint: Endpoint;
  /** Absent: the call is not signed. */
  readonly key?: AccessKey;
  /** What stands in for a key. */
  readonly token?: Secret;
  readonly mfa?: MfaProof | undefined;
  readonly subject?: string;
  /** What it does must not be done twice: a request that may have arrived is not sent again. */
  readonly once?: boolean;
}

const mostPages = 100;

type Sts = typeof import("./sts-client.ts");
type Iam = typeof import("./iam-client.ts");

interface Page<T> {
  readonly items: readonly T[];
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

/**
 * STS and IAM through the AWS SDK, which is loaded by the first call, and the console's federation endpoint, which no SDK
 * knows.
 *
 * Each try has a client of its own, for two reasons: what the exchange saw belongs to exactly one try, and the SDK's
 * silent correction of the clock, which a client remembers, has nothing to work on (a wrong clock is reported).
 */
export function awsSdk(options: AwsSdkOptions): Aws {
  const { clock, platform = "" } = options;
  const networks = new Map<string | undefined, Network>();

  function networkFor(endpoint: Endpoint): Network {
    const network = networks.get(endpoint.caBundle) ?? openNetwork(options.env, endpoint.caBundle);
    networks.set(endpoint.caBundle, network);
    return network;
  }

  /** Tries a call until it succeeds or must not be repeated; `attempt` gets the configuration of a fresh client. */
  async function ask<T>(
    call: Call,
    attempt: (config: ReturnType<typeof clientConfig>, exchange: Exchange) => Promise<T>,
  ): Promise<T> {
    return await inTries(
      {
        network: networkFor(call.endpoint),
        action: call.action,
        once: call.mfa !== undefined || call.once === true,
        attempt: (exchange) => attempt(clientConfig(call, exchange, clock), exchange),
        failure: (error, exchange) => {
          const failure = serviceError(error, exchange, { ...call, now: clock.now(), platform });
          failure.codeIsUnspent = !exchange.sent;
          return failure;
        },
      },
      options,
    );
  }

  /** A call of STS; `send` gets a fresh client for each try. */
  async function askSts<T>(
    call: Omit<Call, "service">,
    send: (client: STSClient, sts: Sts, exchange: Exchange) => Promise<T>,
  ): Promise<T> {
    const sts = await import("./sts-client.ts");
    return await ask({ ...call, service: "sts" }, (config, exchange) => {
      const client = quietly(() => new sts.STSClient(config));
      return send(client, sts, exchange);
    });
  }

  /** A call of STS for a session. */
  async function getSession(
    call: Omit<Call, "service">,
    send: (client: STSClient, sts: Sts) => Promise<{ Credentials?: RawCredentials | undefined }>,
  ): Promise<SessionCredentials> {
    return await askSts(call, async (client, sts, exchange) => {
      const { Credentials } = await send(client, sts);
      return sessionFrom(Credentials, exchange, { now: clock.now(), platform });
    });
  }

  /** A call of IAM in one request; `send` gets a fresh client for each try. */
  async function askIam<T>(
    call: Omit<Call, "service">,
    send: (client: IAMClient, iam: Iam, exchange: Exchange) => Promise<T>,
  ): Promise<T> {
    const iam = await import("./iam-client.ts");
    return await ask({ ...call, service: "iam" }, (config, exchange) => {
      const client = quietly(() => new iam.IAMClient(config));
      return send(client, iam, exchange);
    });
  }

  /** All pages of a list of IAM's. */
  async function listed<T>(
    call: Omit<Call, "service">,
    send: (
      client: IAMClient,
      iam: Iam,
      input: { Marker: string | undefined },
      exchange: Exchange,
    ) => Promise<Page<T>>,
  ): Promise<readonly T[]> {
    const items: T[] = [];
    let Marker: string | undefined;
    for (let count = 1; ; count++) {
      Marker = await askIam(call, async (client, iam, exchange) => {
        const page = await send(client, iam, { Marker }, exchange);
        items.push(...page.items);
        if (!page.IsTruncated) return undefined;
        if (count === mostPages) throw garbageError(exchange, undefined, "pages without end");
        return text(page.Marker, "Marker", exchange);
      });
      if (Marker === undefined) return items;
    }
  }

  return {
    getSessionToken: (endpoint, { key, durationSeconds, mfa }) =>
      getSession({ action: "sts:GetSessionToken", endpoint, key, mfa }, (client, sts) =>
        client.send(new sts.GetSessionTokenCommand({ DurationSeconds: durationSeconds, ...proof(mfa) })),
      ),

    assumeRole: (endpoint, { key, mfa, roleArn, ...request }) =>
      getSession({ action: "sts:AssumeRole", endpoint, key, mfa, subject: roleArn }, (client, sts) => {
        const command = new sts.AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: request.roleSessionName,
          DurationSeconds: request.durationSeconds,
          ExternalId: request.externalId,
          Policy: request.policy,
          PolicyArns: request.policyArns?.map((arn) => ({ arn })),
          SourceIdentity: request.sourceIdentity,
          Tags: request.tags && Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value })),
          TransitiveTagKeys: request.transitiveTagKeys && [...request.transitiveTagKeys],
          ...proof(mfa),
        });
        return client.send(command);
      }),

    assumeRoleWithWebIdentity: (endpoint, { token, roleArn, roleSessionName, durationSeconds }) => {
      const action = "sts:AssumeRoleWithWebIdentity";
      return getSession({ action, endpoint, token, subject: roleArn }, (client, sts) => {
        const command = new sts.AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: roleSessionName,
          WebIdentityToken: token.reveal(),
          DurationSeconds: durationSeconds,
        });
        return client.send(command);
      });
    },

    getScopedCredentials: (endpoint, { key, policy, durationSeconds, description }) =>
      getSession({ action: "sts:GetScopedCredentials", endpoint, key }, (client, sts) => {
        const command = new sts.GetScopedCredentialsCommand({
          Policy: policy,
          DurationSeconds: durationSeconds,
          ScopedSessionDescription: description.slice(0, 256),
        });
        return client.send(command);
      }),
    getFederationToken: (endpoint, { key, name, policy, durationSeconds }) =>
      getSession({ action: "sts:GetFederationToken", endpoint, key }, (client, sts) =>
        client.send(
          new sts.GetFederationTokenCommand({ Name: name, Policy: policy, DurationSeconds: durationSeconds }),
        ),
      ),

    getSignInToken: async (endpoint, request) => {
      const { askForSignInToken, federationError } = await import("./federation.ts");
      const url = federationUrl(endpoint);
      const trial = {
        network: networkFor(endpoint),
        action: "signin:getSigninToken",
        once: false,
        attempt: (exchange: Exchange) => askForSignInToken(url, request, exchange),
        failure: federationError,
      };
      return await inTries(trial, options);
    },

    getCallerIdentity: (endpoint, key) =>
      askSts({ action: "sts:GetCallerIdentity", endpoint, key }, async (client, sts, exchange) =>
        callerFrom(await client.send(new sts.GetCallerIdentityCommand({})), exchange),
      ),

    listMfaDevices: async (endpoint, key) => {
      const found = await listed(
        { action: "iam:ListMFADevices", endpoint, key },
        async (client, iam, input, exchange) => {
          const { MFADevices, ...page } = await client.send(new iam.ListMFADevicesCommand(input));
          if (MFADevices === undefined) throw garbageError(exchange, undefined, "no MFADevices");
          const items = MFADevices.map(({ SerialNumber, UserName }) => ({
            serial: text(SerialNumber, "SerialNumber", exchange),
            user: UserName,
          }));
          return { ...page, items };
        },
      );
      return { serials: found.map(({ serial }) => serial), user: found[0]?.user };
    },

    listAccessKeys: (endpoint, key) =>
      listed({ action: "iam:ListAccessKeys", endpoint, key }, async (client, iam, input, exchange) => {
        const { AccessKeyMetadata, ...page } = await client.send(new iam.ListAccessKeysCommand(input));
        if (!AccessKeyMetadata) throw garbageError(exchange, undefined, "no AccessKeyMetadata");
        return { ...page, items: AccessKeyMetadata.map((each) => listedKeyFrom(each, exchange)) };
      }),

    createAccessKey: (endpoint, key) =>
      askIam({ action: "iam:CreateAccessKey", endpoint, key, once: true }, async (client, iam, exchange) => {
        const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({}));
        return createdKeyFrom(AccessKey, exchange, clock.now());
      }),

    setAccessKeyActive: (endpoint, key, id, active) => {
      const subject = shownKey(id);
      return askIam(
        { action: "iam:UpdateAccessKey", endpoint, key, subject },
        async (client, iam, exchange) => {
          const input = { AccessKeyId: id, Status: active ? "Active" : "Inactive" } as const;
          await client.send(new iam.UpdateAccessKeyCommand(input));
          checkEmptyAnswer("UpdateAccessKey", exchange);
        },
      );
    },

    deleteAccessKey: (endpoint, key, id) => {
      const subject = shownKey(id);
      return askIam(
        { action: "iam:DeleteAccessKey", endpoint, key, subject },
        async (client, iam, exchange) => {
          await client.send(new iam.DeleteAccessKeyCommand({ AccessKeyId: id }));
          checkEmptyAnswer("DeleteAccessKey", exchange);
        },
      );
    },

    accessKeyLastUsed: (endpoint, key, id) => {
      const subject = shownKey(id);
      const action = "iam:GetAccessKeyLastUsed";
      return askIam({ action, endpoint, key, subject }, async (client, iam, exchange) => {
        const command = new iam.GetAccessKeyLastUsedCommand({ AccessKeyId: id });
        return lastUsedFrom((await client.send(command)).AccessKeyLastUsed, exchange);
      });
    },
  };
}

/** A key as messages name it. */
const shownKey = (accessKeyId: string): string => `the key ending in "${accessKeyId.slice(-4)}"`;

function proof(mfa: MfaProof | undefined) {
  return mfa === undefined ? {} : { SerialNumber: mfa.serial, TokenCode: mfa.code };
}

function credentialsOf(key: AccessKey) {
  return {
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey.reveal(),
    ...(key.sessionToken && { sessionToken: key.sessionToken.reveal() }),
  };
}

const unsigned = (): Promise<never> => Promise.reject(new Error("this call is not signed"));

function clientConfig(call: Call, exchange: Exchange, clock: Clock) {
  const { endpoint, key } = call;
  // An own address says nothing of the signature's region, and IAM's is its partition's home.
  const place = call.service === "iam" ? homeRegion(endpoint.partition) : endpoint.region;
  const url = call.service === "sts" ? endpoint.stsUrl : endpoint.iamUrl;
  return {
    ...pinnedConfig({ region: place, url, endpoint }, exchange, clock),
    // Given in any case: the SDK would look for credentials elsewhere.
    credentials: key === undefined ? unsigned : credentialsOf(key),
  };
}
