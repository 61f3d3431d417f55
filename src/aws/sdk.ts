import type { IAMClient } from "@aws-sdk/client-iam";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Secret } from "../system/secret.ts";
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
import { pinnedConfig, quietly } from "./client-config.ts";
import { homeRegion } from "./endpoint.ts";
import { type Exchange, type Network, openNetwork } from "./network.ts";
import { garbageError, serviceError } from "./service-errors.ts";
import { inTries, type TryOptions } from "./tries.ts";

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

/**
 * STS and IAM through the AWS SDK, which is loaded by the first call.
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

    async assumeRoleWithWebIdentity(endpoint, { token, roleArn, roleSessionName, durationSeconds }) {
      const { STSClient, AssumeRoleWithWebIdentityCommand } = await import("./sts-client.ts");
      const action = "sts:AssumeRoleWithWebIdentity";
      const call: Call = { service: "sts", action, endpoint, token, subject: roleArn };
      return await ask(call, async (config, exchange) => {
        const client = quietly(() => new STSClient(config));
        const output = await client.send(
          new AssumeRoleWithWebIdentityCommand({
            RoleArn: roleArn,
            RoleSessionName: roleSessionName,
            WebIdentityToken: token.reveal(),
            DurationSeconds: durationSeconds,
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

function proof(mfa: MfaProof | undefined) {
  return mfa === undefined ? {} : { SerialNumber: mfa.serial, TokenCode: mfa.code };
}

function credentialsOf(key: AccessKey) {
  return {
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey.reveal(),
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken.reveal() }),
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
