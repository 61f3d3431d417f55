import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../system/environment.ts";
import { connectDbus, type Dbus, DbusError } from "./dbus.ts";
import { keychainError, kindOfKeychainFailure } from "./keychain-error.ts";

/**
 * The Linux keychain, asked directly over D-Bus: which of keytar's items there are, whether they are locked, and
 * what an unlocked one holds. https://specifications.freedesktop.org/secret-service-spec/latest/
 *
 * libsecret answers a read from a locked keyring that nobody unlocks as if there were no item, and blocks a
 * thread that Node cannot leave while it waits. So keytar is called only when this says that it need not wait.
 */
export interface SecretService {
  /** Where keytar's item of this name lies. */
  find(name: string): Promise<{ unlocked?: string; locked?: string }>;
  /** The text of an unlocked item. */
  secretOf(itemPath: string): Promise<string>;
  /** The keyring that new items go to. */
  defaultKeyring(): Promise<{ path: string; locked: boolean } | undefined>;
  /** Has the person asked for the keyring's password; false when they refused. Waits as long as they take. */
  unlock(path: string): Promise<boolean>;
  /** Ends the connection, and with it a question that is still on the screen. */
  close(): void;
  /** Names keytar's item for a person's eyes. */
  setLabel(name: string, label: string): Promise<void>;
}

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

const service = {
  destination: "org.freedesktop.secrets",
  path: "/org/freedesktop/secrets",
  interface: "org.freedesktop.Secret.Service",
};
const nothing = "/";

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
  const call: Dbus["call"] = async (details) => {
    bus ??= connectDbus(busPath, userId);
    try {
      return await bus.call(details);
    } catch (error) {
      throw translated(error);
    }
  };
  // Plain: the secret passes the user's own socket as it is, to a service that gives it to any process of the
  // user. libsecret's key exchange would cost 4 ms and keep it from nobody who cannot simply ask.
  const openSession = (): Promise<readonly unknown[]> =>
    call({ ...service, member: "OpenSession", signature: "sv", body: ["plain", ["s", ""]] });
  const find: SecretService["find"] = async (name) => {
    const attributes = [
      ["service", keychainService],
      ["account", name],
      ["xdg:schema", "org.freedesktop.Secret.Generic"],
    ];
    const search = () => call({ ...service, member: "SearchItems", signature: "a{ss}", body: [attributes] });
    const [unlocked, locked] = (await search().catch((error: unknown) => {
      if (!isUnknownMethod(error)) throw error;
      return search();
    })) as [string[], string[]];
    return { ...(unlocked[0] && { unlocked: unlocked[0] }), ...(locked[0] && { locked: locked[0] }) };
  };
  return {
    find,
    secretOf: async (path) => {
      session ??= openSession();
      const [, sessionPath] = await session;
      const answer = await call({
        destination: service.destination,
        path,
        interface: "org.freedesktop.Secret.Item",
        member: "GetSecret",
        signature: "o",
        body: [sessionPath],
      });
      const [, , value] = answer[0] as [string, Buffer, Buffer, string];
      return value.toString("utf8");
    },
    defaultKeyring: async () => {
      const [path] = (await call({
        ...service,
        member: "ReadAlias",
        signature: "s",
        body: ["default"],
      })) as [string];
      if (path === nothing) return undefined;
      const [[, locked]] = (await call({
        destination: service.destination,
        path,
        interface: "org.freedesktop.DBus.Properties",
        member: "Get",
        signature: "ss",
        body: ["org.freedesktop.Secret.Collection", "Locked"],
      })) as [[string, boolean]];
      return { path, locked };
    },
    unlock: async (path) => {
      const [unlocked, prompt] = (await call({
        ...service,
        member: "Unlock",
        signature: "ao",
        body: [[path]],
      })) as [string[], string];
      if (prompt === nothing) return unlocked.includes(path);
      await call({
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        member: "AddMatch",
        signature: "s",
        body: [`type='signal',interface='org.freedesktop.Secret.Prompt',path='${prompt}'`],
      });
      const completed = bus?.signal(prompt, "Completed");
      completed?.catch(() => undefined);
      await call({
        destination: service.destination,
        path: prompt,
        interface: "org.freedesktop.Secret.Prompt",
        member: "Prompt",
        signature: "s",
        body: [""],
      });
      const [dismissed] = (await completed) as [boolean];
      return !dismissed;
    },
    setLabel: async (name, label) => {
      const { unlocked } = await find(name);
      if (!unlocked) return;
      await call({
        destination: service.destination,
        path: unlocked,
        interface: "org.freedesktop.DBus.Properties",
        member: "Set",
        signature: "ssv",
        body: ["org.freedesktop.Secret.Item", "Label", ["s", label]],
      });
    },
    close: () => bus?.close(),
  };
}
