import { authorize, type Caller } from "../caller.ts";
import type { OwnedKey } from "../key-ledger.ts";
import { shapes } from "../parameters.ts";
import { Refusal, validationError } from "../refusal.ts";
import type { State } from "../state.ts";
import { type LongTermKey, partitionOf, rootArn, userArn } from "../world.ts";
import type { Action } from "./action.ts";
import { formatTime } from "./credentials.ts";
import { cut, readPage } from "./paging.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: not adjustable, inactive keys count too. */
const keysPerUser = 2;

/** Keys of the world that do not say when they were made. */
const someDay = Date.parse("2024-01-02T03:04:05Z");

/** Statuses as the API writes them. */
const statusNames = { active: "Active", inactive: "Inactive" } as const;

/** Whose keys a request is about. */
interface Owner {
  readonly arn: string;
  /** Absent for an account's root user. */
  readonly name?: string;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html */
export const listAccessKeys: Action = {
  service: "iam",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const userName = parameters.text("UserName", shapes.userName);
    const page = readPage(parameters);
    parameters.refuse();
    const owner = permit("ListAccessKeys", caller, userName, state);
    const { items, rest } = cut(state.keys.listed(owner.arn, state.now()), page, state.rules.pageSize);
    return { result: { AccessKeyMetadata: items.map((key) => metadata(owner, key)), ...rest } };
  },
};

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
export const createAccessKey: Action = {
  service: "iam",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const userName = parameters.text("UserName", shapes.userName);
    parameters.refuse();
    const owner = permit("CreateAccessKey", caller, userName, state);
    if (state.keys.of(owner.arn).length >= keysPerUser) {
      throw new Refusal("LimitExceeded", 409, `Cannot exceed quota for AccessKeysPerUser: ${keysPerUser}`);
    }
    const key = state.keys.make(owner.arn, state.now());
    const { CreateDate, ...rest } = metadata(owner, key);
    return { result: { AccessKey: { ...rest, SecretAccessKey: key.secret, CreateDate } }, issued: key.id };
  },
};

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
export const updateAccessKey: Action = {
  service: "iam",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const userName = parameters.text("UserName", shapes.userName);
    const id = parameters.text("AccessKeyId", shapes.accessKeyId) ?? "";
    const status = parameters.oneOf("Status", ["Active", "Inactive"]);
    parameters.refuse();
    const owner = permit("UpdateAccessKey", caller, userName, state);
    findKey(state, owner, id);
    state.keys.setStatus(id, status === "Active" ? "active" : "inactive", state.now());
    return {};
  },
};

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html: active keys too. */
export const deleteAccessKey: Action = {
  service: "iam",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const userName = parameters.text("UserName", shapes.userName);
    const id = parameters.text("AccessKeyId", shapes.accessKeyId) ?? "";
    parameters.refuse();
    const owner = permit("DeleteAccessKey", caller, userName, state);
    findKey(state, owner, id);
    state.keys.remove(id, state.now());
    return {};
  },
};

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
 *
 * Takes no UserName: the key says whose it is. For a key of nobody in this account a permission for some users is not
 * enough; what AWS says then to those who may ask about all is a guess. Real answers are some hours behind.
 */
export const getAccessKeyLastUsed: Action = {
  service: "iam",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const id = parameters.text("AccessKeyId", shapes.accessKeyId) ?? "";
    parameters.refuse();
    const found = state.keys.find(id);
    const isOurs = found !== undefined && found.owner.split(":")[4] === caller.account.id;
    const resource = isOurs
      ? found.owner
      : `arn:${partitionOf(caller.account)}:iam::000000000000:user/unknown`;
    authorize(caller, "iam:GetAccessKeyLastUsed", resource, `access key ${id}`, state.now());
    if (!isOurs) throw noSuchKey(id);
    const { lastUsed } = found.key;
    return {
      result: {
        UserName: nameOf(found),
        AccessKeyLastUsed: {
          LastUsedDate: lastUsed && formatTime(lastUsed.at),
          ServiceName: lastUsed?.service ?? "N/A",
          Region: lastUsed?.region ?? "N/A",
        },
      },
    };
  },
};

/** The owner whom the caller means and may do this to. Without a name it is the caller itself. */
function permit(action: string, caller: Caller, userName: string | undefined, state: State): Owner {
  const { account } = caller;
  if (userName === undefined && caller.kind === "role") {
    throw validationError("Must specify userName when calling with non-User credentials");
  }
  if (userName === undefined && caller.kind === "root") return { arn: rootArn(account) };
  const name = userName ?? (caller.kind === "user" ? caller.user.name : "");
  const user = account.users.find((one) => one.name === name);
  const arn = user ? userArn(account, user) : `arn:${partitionOf(account)}:iam::${account.id}:user/${name}`;
  authorize(caller, `iam:${action}`, arn, `user ${name}`, state.now());
  if (!user) throw new Refusal("NoSuchEntity", 404, `The user with name ${name} cannot be found.`);
  return { arn, name };
}

/** A key of somebody else is as unknown as one of nobody. */
function findKey(state: State, owner: Owner, id: string): LongTermKey {
  const found = state.keys.find(id);
  if (found?.owner !== owner.arn) throw noSuchKey(id);
  return found.key;
}

const noSuchKey = (id: string) =>
  new Refusal("NoSuchEntity", 404, `The Access Key with id ${id} cannot be found.`);

const nameOf = ({ owner }: OwnedKey): string | undefined =>
  owner.endsWith(":root") ? undefined : owner.split("/").at(-1);

function metadata(owner: Owner, key: LongTermKey) {
  return {
    UserName: owner.name,
    AccessKeyId: key.id,
    Status: statusNames[key.status],
    CreateDate: formatTime(key.createdAt ?? someDay),
  };
}
