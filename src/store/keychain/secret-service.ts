import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../system/environment.ts";
import { connectDbus, type Dbus, DbusError } from "./dbus.ts";
import { keychainError, kindOfKeychainFailure } from "./keychain-error.ts";
import type { KeychainItemsOptions } from "./keychain-items.ts";

/**
 * One connection to the Linux keychain, with what a hit needs. https://specifications.freedesktop.org/secret-service-spec/latest/
 * Everything goes over it, because KeePassXC grants access to a connection, not to a program.
 */
export interface SecretService {
  search(name: string): Promise<Found>;
  /** The text of an unlocked item. */
  secretOf(itemPath: string): Promise<string>;
  /** A method of the interface org.freedesktop.Secret.KIND. */
  ask(path: string, kind: Kind, member: string, signature?: string, body?: readonly unknown[]): Answer;
  property(path: string, kind: Kind, name: string): Promise<unknown>;
  /** A method of the bus itself. */
  askBus(member: string, signature?: string, body?: readonly unknown[]): Answer;
  /** Rejects as a call does; any answer, also an error, means that the service is alive. */
  ping(): Promise<unknown>;
  signal: Dbus["signal"];
  /** The session that secrets travel in. To be opened only after the service has answered something. */
  session(): Promise<string>;
  attributesOf(name: string): readonly (readonly [string, string])[];
  /** Ends the connection. gnome-keyring then takes its question off the screen. */
  close(): void;
}

/** What the rarer calls need: they are loaded when a hit does not suffice. */
export interface Errand {
  readonly secrets: SecretService;
  readonly options: KeychainItemsOptions;
  readonly timeLimitMs: number;
  readonly personLimitMs: number;
  /** What the service answers, in time. */
  inTime<T>(work: Promise<T>): Promise<T>;
}

/** Paths of the items of a name: those that can be read now, and those that have to be unlocked first. */
export interface Found {
  readonly unlocked: readonly string[];
  readonly locked: readonly string[];
}

type Kind = "Service" | "Collection" | "Item" | "Prompt";
type Answer = Promise<readonly unknown[]>;

export const serviceName = "org.freedesktop.secrets";
export const servicePath = "/org/freedesktop/secrets";

/** The session bus's socket, as GIO finds it: the variable, else the runtime folder. Undefined: none that can be used here. */
export function sessionBusPath(environment: Environment): string | undefined {
  for (const address of (environment["DBUS_SESSION_BUS_ADDRESS"] ?? "").split(";")) {
    const match = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(address);
    if (!match) continue;
    let path: string;
    try {
      path = decodeURIComponent(match[2] ?? "");
    } catch {
      continue;
    }
    return match[1] === "abstract" ? `\0${path}` : path;
  }
  const runtimeFolder = environment["XDG_RUNTIME_DIR"];
  if (environment["DBUS_SESSION_BUS_ADDRESS"] || !runtimeFolder) return undefined;
  const path = join(runtimeFolder, "bus");
  return existsSync(path) ? path : undefined;
}

/** A KeychainError for what has one meaning; other failures come back as they are. */
function translated(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (["ENOENT", "ECONNREFUSED", "EACCES", "ENOTDIR"].includes(code)) {
    return keychainError("no-bus", "linux", (error as Error).message, error);
  }
  if (/the bus closed the connection/.test((error as Error).message)) {
    return keychainError("ended", "linux", (error as Error).message, error);
  }
  if (!(error instanceof DbusError)) return error;
  if (error.errorName.endsWith(".IsLocked")) return keychainError("locked", "linux", error.message, error);
  if (/\.(NoReply|AccessDenied)$/.test(error.errorName)) {
    const kind = kindOfKeychainFailure("linux", `${error.errorName}: ${error.message}`);
    return keychainError(kind, "linux", error.message, error);
  }
  if (/ServiceUnknown$|NameHasNoOwner$|\.Spawn\./.test(error.errorName)) {
    return keychainError("no-service", "linux", error.message, error);
  }
  return error;
}

// gnome-keyring now and then handles a connection's first request before it has noted the connection. SearchItems is
// then refused as an unknown method, and done when asked again; OpenSession aborts the whole daemon. Hence the second
// try, and no OpenSession along with the search, which would spare a hit one round trip.
// https://gitlab.gnome.org/GNOME/gnome-keyring/-/issues/196
const isUnknownMethod = (error: unknown): boolean =>
  error instanceof DbusError && error.errorName.endsWith(".UnknownMethod");

/** Connects on the first call. Calls reject with KeychainError, or another Error when the bus speaks otherwise than expected. */
export function secretService(busPath: string, userId: number, keychainService: string): SecretService {
  let bus: Dbus | undefined;
  let session: Promise<readonly unknown[]> | undefined;
  const connected = (): Dbus => {
    bus ??= connectDbus(busPath, userId);
    return bus;
  };
  const call = async (
    destination: string,
    path: string,
    type: string,
    member: string,
    signature = "",
    body: readonly unknown[] = [],
  ) => {
    try {
      return await connected().call({ destination, path, interface: type, member, signature, body });
    } catch (error) {
      throw translated(error);
    }
  };
  const ask: SecretService["ask"] = (path, kind, member, signature, body) =>
    call(serviceName, path, `org.freedesktop.Secret.${kind}`, member, signature, body);
  // As keytar's, so that either finds the other's items.
  const attributesOf = (name: string) =>
    [
      ["service", keychainService],
      ["account", name],
      ["xdg:schema", "org.freedesktop.Secret.Generic"],
    ] as const;
  // Plain: the secret passes the user's own socket as it is, to a service that gives it to any process of the
  // user. libsecret's key exchange would cost 4 ms and keep it from nobody who cannot simply ask.
  const openSession = async (): Promise<string> => {
    session ??= ask(servicePath, "Service", "OpenSession", "sv", ["plain", ["s", ""]]);
    const [, path] = await session;
    return path as string;
  };
  return {
    search: async (name) => {
      const search = () => ask(servicePath, "Service", "SearchItems", "a{ss}", [attributesOf(name)]);
      const [unlocked, locked] = (await search().catch((error: unknown) => {
        if (!isUnknownMethod(error)) throw error;
        return search();
      })) as [string[], string[]];
      return { unlocked, locked };
    },
    secretOf: async (path) => {
      const [[, , value]] = (await ask(path, "Item", "GetSecret", "o", [await openSession()])) as [
        [string, Buffer, Buffer, string],
      ];
      return textOf(value);
    },
    ask,
    property: async (path, kind, name) => {
      const [[, value]] = (await call(serviceName, path, "org.freedesktop.DBus.Properties", "Get", "ss", [
        `org.freedesktop.Secret.${kind}`,
        name,
      ])) as [[string, unknown]];
      return value;
    },
    askBus: (member, signature, body) =>
      call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, signature, body),
    ping: () =>
      call(serviceName, servicePath, "org.freedesktop.DBus.Peer", "Ping").catch((error: unknown) => {
        if (!(error instanceof DbusError)) throw error;
      }),
    signal: (...wanted) => connected().signal(...wanted),
    session: openSession,
    attributesOf,
    close: () => bus?.close(),
  };
}

/**
 * aws-as once set an item's label after writing it. KWallet then moves the item into another folder, and gives
 * its secret as Qt writes a string: four bytes of length, and UTF-16 with the high byte first.
 */
function textOf(value: Buffer): string {
  const isQtString = value.length >= 4 && value.readUInt32BE() === value.length - 4 && value.length % 2 === 0;
  return isQtString ? Buffer.from(value.subarray(4)).swap16().toString("utf16le") : value.toString("utf8");
}
