import type { IAMClient } from "@aws-sdk/client-iam";
import type { Clock } from "../system/clock.ts";
import { systemClock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import { withoutWarning } from "../system/quiet-warnings.ts";
import {
  callerFrom,
  checkEmptyAnswer,
  createdKeyFrom,
  lastUsedFrom,
  listedKeyFrom,
  sessionFrom,
  text,
} from "./answers.ts";
import type { AccessKey, Aws, Endpoint, ListedKey, MfaProof } from "./aws.ts";
import { AwsError } from "./aws-error.ts";
import { type Exchange, type Network, openNetwork } from "./network.ts";
import { homeRegion } from "./partition.ts";
import { standardPause, withRetries } from "./retry.ts";
import type { Limits } from "./send.ts";
import { garbageError, serviceError } from "./service-errors.ts";

export interface AwsSdkOptions {
  /** Read for proxies only; what else shapes a call is in its Endpoint. */
  readonly env: Environment;
  readonly clock: Clock;
  /** `process.platform`, for the hint on how to set the clock. */
  readonly platform?: string;
  /** Milliseconds since 1970 by `clock`: no call goes on after it. */
  readonly deadline?: number;
  /** Ends what is under way with an AwsError of exit code 130. */
  readonly signal?: AbortSignal;
  /** Milliseconds per try. */
  readonly limits?: Limits;
}

/** What every call has in common. */
interface Call {
  readonly service: "sts" | "iam";
  readonly action: string;
  readonly endpoint: Endpoint;
  readonly key: AccessKey;
  readonly mfa?: MfaProof | undefined;
  readonly subject?: string;
  /** What it does must not be done twice: a request that may have arrived is not sent again. */
  readonly once?: boolean;
}

const defaultLimits: Limits = { connect: 5_000, answer: 20_000 };
const mostPages = 100;

/**
 * STS and IAM through the AWS SDK, which is loaded by the first call.
 *
 * Each try has a client of its own, for two reasons: what the exchange saw belongs to exactly one try, and the SDK's
 * silent correction of the clock, which a client remembers, has nothing to work on (a wrong clock is reported).
 */
export function awsSdk(options: AwsSdkOptions): Aws {
  const { clock, deadline, signal, platform = "" } = options;
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
    const network = networkFor(call.endpoint);
    const pause = standardPause(call.mfa !== undefined || call.once === true);
    let exchange: Exchange;
    return await withRetries(
      async () => {
        exchange = network.exchange(limitsNow(call), signal);
        try {
          return await attempt(clientConfig(call, exchange, clock), exchange);
        } catch (error) {
          const failure = serviceError(error, exchange, {
            action: call.action,
            key: call.key,
            ...(call.mfa === undefined ? {} : { mfa: call.mfa }),
            ...(call.once === undefined ? {} : { once: call.once }),
            ...(call.subject === undefined ? {} : { subject: call.subject }),
            now: clock.now(),
            platform,
          });
          if (failure instanceof AwsError) failure.codeIsUnspent = !exchange.sent;
          throw failure;
        }
      },
      (count, error) => (error instanceof AwsError && exchange ? pause(count, error, exchange) : undefined),
      { clock, deadline, signal },
    );
  }

  function limitsNow(call: Call): Limits {
    const { connect, answer } = options.limits ?? defaultLimits;
    if (deadline === undefined) return { connect, answer };
    const left = deadline - clock.now();
    if (left <= 0) throw new AwsError("timeout", `no time left to ask ${call.action}`);
    return { connect: Math.min(connect, left), answer: Math.min(answer, left) };
  }

  /** A call of IAM in one request; `subject` for messages. */
  async function askIam<T>(
    name: string,
    endpoint: Endpoint,
    key: AccessKey,
    send: (client: IAMClient, exchange: Exchange) => Promise<T>,
    options: { readonly subject?: string; readonly once?: boolean } = {},
  ): Promise<T> {
    const { IAMClient } = await import("./iam-client.ts");
    const call: Call = { service: "iam", action: `iam:${name}`, endpoint, key, ...options };
    return await ask(call, (config, exchange) =>
      send(
        quietly(() => new IAMClient(config)),
        exchange,
      ),
    );
  }

  return {
    async getSessionToken(endpoint, { key, durationSeconds, mfa }) {
      const { STSClient, GetSessionTokenCommand } = await import("./sts-client.ts");
      const call: Call = { service: "sts", action: "sts:GetSessionToken", endpoint, key, mfa };
      return await ask(call, async (config, exchange) => {
        const client = quietly(() => new STSClient(config));
        const output = await client.send(
          new GetSessionTokenCommand({ DurationSeconds: durationSeconds, ...proof(mfa) }),
        );
        return sessionFrom(output.Credentials, exchange, { now: clock.now(), platform });
      });
    },

    async assumeRole(endpoint, request) {
      const { STSClient, AssumeRoleCommand } = await import("./sts-client.ts");
      const { key, mfa, roleArn } = request;
      const call: Call = { service: "sts", action: "sts:AssumeRole", endpoint, key, mfa, subject: roleArn };
      return await ask(call, async (config, exchange) => {
        const client = quietly(() => new STSClient(config));
        const output = await client.send(
          new AssumeRoleCommand({
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
          }),
        );
        return sessionFrom(output.Credentials, exchange, { now: clock.now(), platform });
      });
    },

    async getCallerIdentity(endpoint, key) {
      const { STSClient, GetCallerIdentityCommand } = await import("./sts-client.ts");
      const call: Call = { service: "sts", action: "sts:GetCallerIdentity", endpoint, key };
      return await ask(call, async (config, exchange) => {
        const client = quietly(() => new STSClient(config));
        return callerFrom(await client.send(new GetCallerIdentityCommand({})), exchange);
      });
    },

    async listMfaDevices(endpoint, key) {
      const { IAMClient, ListMFADevicesCommand } = await import("./iam-client.ts");
      const call: Call = { service: "iam", action: "iam:ListMFADevices", endpoint, key };
      const serials: string[] = [];
      let marker: string | undefined;
      for (let page = 1; page <= mostPages; page++) {
        marker = await ask(call, async (config, exchange) => {
          const client = quietly(() => new IAMClient(config));
          const output = await client.send(new ListMFADevicesCommand({ Marker: marker }));
          const here = (output.MFADevices ?? []).map((device) =>
            text(device.SerialNumber, "SerialNumber", exchange),
          );
          if (output.MFADevices === undefined) throw garbageError(exchange, undefined, "no MFADevices");
          const next = output.IsTruncated ? text(output.Marker, "Marker", exchange) : undefined;
          if (next !== undefined && page === mostPages)
            throw garbageError(exchange, undefined, "pages without end");
          serials.push(...here);
          return next;
        });
        if (marker === undefined) break;
      }
      return serials;
    },

    async listAccessKeys(endpoint, key) {
      const { ListAccessKeysCommand } = await import("./iam-client.ts");
      const keys: ListedKey[] = [];
      let marker: string | undefined;
      for (let page = 1; page <= mostPages; page++) {
        marker = await askIam("ListAccessKeys", endpoint, key, async (client, exchange) => {
          const output = await client.send(new ListAccessKeysCommand({ Marker: marker }));
          if (output.AccessKeyMetadata === undefined)
            throw garbageError(exchange, undefined, "no AccessKeyMetadata");
          const here = output.AccessKeyMetadata.map((each) => listedKeyFrom(each, exchange));
          const next = output.IsTruncated ? text(output.Marker, "Marker", exchange) : undefined;
          if (next !== undefined && page === mostPages)
            throw garbageError(exchange, undefined, "pages without end");
          keys.push(...here);
          return next;
        });
        if (marker === undefined) break;
      }
      return keys;
    },

    async createAccessKey(endpoint, key) {
      const { CreateAccessKeyCommand } = await import("./iam-client.ts");
      const send = async (client: IAMClient, exchange: Exchange) =>
        createdKeyFrom((await client.send(new CreateAccessKeyCommand({}))).AccessKey, exchange, clock.now());
      return await askIam("CreateAccessKey", endpoint, key, send, { once: true });
    },

    async setAccessKeyActive(endpoint, key, accessKeyId, active) {
      const { UpdateAccessKeyCommand } = await import("./iam-client.ts");
      const input = { AccessKeyId: accessKeyId, Status: active ? "Active" : "Inactive" } as const;
      await askIam(
        "UpdateAccessKey",
        endpoint,
        key,
        async (client, exchange) => {
          await client.send(new UpdateAccessKeyCommand(input));
          checkEmptyAnswer("UpdateAccessKey", exchange);
        },
        { subject: shownKey(accessKeyId) },
      );
    },

    async deleteAccessKey(endpoint, key, accessKeyId) {
      const { DeleteAccessKeyCommand } = await import("./iam-client.ts");
      await askIam(
        "DeleteAccessKey",
        endpoint,
        key,
        async (client, exchange) => {
          await client.send(new DeleteAccessKeyCommand({ AccessKeyId: accessKeyId }));
          checkEmptyAnswer("DeleteAccessKey", exchange);
        },
        { subject: shownKey(accessKeyId) },
      );
    },

    async accessKeyLastUsed(endpoint, key, accessKeyId) {
      const { GetAccessKeyLastUsedCommand } = await import("./iam-client.ts");
      return await askIam(
        "GetAccessKeyLastUsed",
        endpoint,
        key,
        async (client, exchange) => {
          const output = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKeyId }));
          return lastUsedFrom(output.AccessKeyLastUsed, exchange);
        },
        { subject: shownKey(accessKeyId) },
      );
    },
  };
}

/** A key as messages name it. */
const shownKey = (accessKeyId: string): string => `the key ending in "${accessKeyId.slice(-4)}"`;

/** The SDK advises on Node versions through a process warning, on standard error. */
function quietly<T>(build: () => T): T {
  return withoutWarning("NodeVersionSupportWarning", build);
}

function proof(mfa: MfaProof | undefined) {
  return mfa === undefined ? {} : { SerialNumber: mfa.serial, TokenCode: mfa.code };
}

/**
 * Everything that the SDK would otherwise look up in the environment, in ~/.aws, or on the network. What is missing
 * here is read from there, so nothing may be missing: test/aws/environment.test.ts holds it.
 */
function clientConfig(call: Call, exchange: Exchange, clock: Clock) {
  const { endpoint, key } = call;
  const url = call.service === "sts" ? endpoint.stsUrl : endpoint.iamUrl;
  return {
    // An own address says nothing of the signature's region, and IAM's is its partition's home.
    region: call.service === "iam" ? homeRegion(endpoint.partition) : endpoint.region,
    ...(url === undefined
      ? { useFipsEndpoint: endpoint.fips, useDualstackEndpoint: endpoint.dualStack }
      : { endpoint: url, useFipsEndpoint: false, useDualstackEndpoint: false }),
    ignoreConfiguredEndpointUrls: true,
    credentials: {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey.reveal(),
      ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken.reveal() }),
    },
    requestHandler: exchange,
    // False, so that the offset counts; there is nothing to correct in a client that sends one request.
    disableClockSkewCorrection: false,
    systemClockOffset: clock.now() - systemClock.now(),
    maxAttempts: 1,
    retryMode: "standard",
    defaultsMode: "standard" as const,
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    userAgentAppId: "",
    defaultUserAgentProvider: async (): Promise<[string, string][]> => [["aws-as", "1"]],
  };
}
