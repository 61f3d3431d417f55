import { UserError } from "../system/user-error.ts";
import { KeychainError } from "./keychain/keychain-error.ts";
import {
  type FileStore,
  type SecretStore,
  type StoreKind,
  type StoreState,
  storeKinds,
} from "./secret-store.ts";

/** Reads the name of a store, which may come from a setting; throws wrong usage for what is none. */
export function storeKind(text: string, from?: string): StoreKind {
  const kind = storeKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UserError(`${from === undefined ? "" : `${from}: `}unknown store "${text}"`, {
    hints: [`known stores: ${storeKinds.join(", ")}`],
    exitCode: 2,
  });
}

/** Which store is used, and what says so. */
export interface StoreInUse {
  /** Where new secrets go; null: what is asked for is no store. */
  readonly kind: StoreKind | null;
  /** Where secrets are looked for. */
  readonly kinds: readonly StoreKind[];
  /** `AWS_AS_STORE`, `file:line`, or null where nothing says it. */
  readonly from: string | null;
  /** For a person. */
  readonly because: string;
}

/**
 * The store that a call would use now, as `chooseStore` does it. Pure.
 *
 * @param wanted what environment or configuration ask for
 */
export function storeInUse(
  wanted: { readonly value: string; readonly from: string } | undefined,
  keychain: StoreState,
): StoreInUse {
  if (wanted !== undefined) {
    const { value, from } = wanted;
    const kind = storeKinds.find((known) => known === value);
    if (kind !== undefined) return { kind, kinds: [kind], from, because: `${from} says so` };
    return { kind: null, kinds: [], from, because: `${from} names "${value}", which is no store` };
  }
  const isThere = keychain.kind !== "absent" && keychain.kind !== "not-set-up";
  if (isThere) {
    return {
      kind: "keychain",
      kinds: ["keychain", "file"],
      from: null,
      because: "the default",
    };
  }
  const because = `no keychain in use here: ${keychain.because ?? "there is no keychain here"}`;
  return { kind: "file", kinds: ["file"], from: null, because };
}

export interface ChooseStoreOptions {
  /** AWS_AS_STORE, else the setting `store`, with where it was said ("AWS_AS_STORE", "~/.aws/config:12"). */
  readonly wanted?: { readonly value: string; readonly from: string } | undefined;
  readonly keychain: SecretStore;
  /** Called at most once, and not for a hit in the keychain: its cryptography takes milliseconds to load. */
  readonly loadFile: () => Promise<FileStore>;
  /** Called at most once, and only where pass is what was asked for. */
  readonly loadPass: () => Promise<SecretStore>;
  /** True when a file store may hold items. Where there is none it is not loaded: 9 ms of a first use. */
  readonly hasFile: () => boolean;
  /** True when a passphrase can be had: given, or by asking. The file store can then be set up on the first write. */
  readonly canSetUpFile: () => boolean;
}

/**
 * The store that was asked for, and only that; with no wish the keychain, and the file store where there is no keychain.
 *
 * Whether there is one shows on the first call that needs it, so that a hit costs one keychain read and nothing
 * more. A keychain that is locked or hangs is an error: the sessions are there, and asking for a new code
 * would hide that.
 */
export function chooseStore(options: ChooseStoreOptions): SecretStore {
  const { wanted, keychain } = options;
  const loadFile = once(options.loadFile);
  if (wanted === undefined) return keychainElseFile(loadFile, options);
  switch (storeKind(wanted.value, wanted.from)) {
    case "keychain":
      return keychain;
    case "file":
      return loadedLater("file", loadFile);
    case "pass":
      return loadedLater("pass", once(options.loadPass));
  }
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

function loadedLater(kind: StoreKind, load: () => Promise<SecretStore>): SecretStore {
  return {
    kind,
    read: async (name) => await (await load()).read(name),
    write: async (item, value) => await (await load()).write(item, value),
    remove: async (name) => await (await load()).remove(name),
    list: async () => await (await load()).list(),
  };
}

function keychainElseFile(
  file: () => Promise<FileStore>,
  { keychain, canSetUpFile, hasFile }: ChooseStoreOptions,
): SecretStore {
  let absent: KeychainError | undefined;

  /** The keychain's answer; undefined when there is no keychain and the file store takes its place. */
  const ifThere = async <T>(use: () => Promise<T>): Promise<{ answer: T } | undefined> => {
    if (absent) return undefined;
    try {
      return { answer: await use() };
    } catch (error) {
      if (!(error instanceof KeychainError && error.absent)) throw error;
      if (!canSetUpFile() && !(await file()).unlocking.isSetUp()) {
        throw new UserError(`nowhere to keep secrets: ${error.message}`, {
          hints: [
            "an encrypted file, opened by your ssh-agent or a passphrase: aws-as store setup",
            "read -rs AWS_AS_PASSPHRASE && export AWS_AS_PASSPHRASE",
            "or set passphrase_process in the [aws-as] section of ~/.aws/config, or run this in a terminal to be asked",
          ],
          cause: error,
        });
      }
      absent = error;
      return undefined;
    }
  };
  /** What the file store says beside a keychain; `otherwise` when there is no file store. */
  const alsoInFile = async <T>(use: (file: FileStore) => Promise<T>, otherwise: T): Promise<T> =>
    absent || hasFile() ? await use(await file()) : otherwise;
  return {
    get kind() {
      return absent ? ("file" as const) : ("keychain" as const);
    },
    read: async (name) => {
      const there = await ifThere(() => keychain.read(name));
      // A keyring that cannot be written to (none was ever made) reads as an empty one: then the item is in the file.
      return there?.answer ?? (await alsoInFile((it) => it.read(name), undefined));
    },
    write: async (item, value) => {
      const there = await ifThere(() => keychain.write(item, value));
      if (!there) return await (await file()).write(item, value);
      // From a time without keychain; it would come back when the keychain's item is removed.
      await alsoInFile((it) => it.remove(item.name), false);
    },
    remove: async (name) => {
      const there = await ifThere(() => keychain.remove(name));
      const inFile = await alsoInFile((it) => it.remove(name), false);
      return inFile || (there?.answer ?? false);
    },
    list: async () => {
      const listed = absent ? [] : await keychain.list();
      const names = new Set(listed.map((item) => item.name));
      return [
        ...listed,
        ...(await alsoInFile((it) => it.list(), [])).filter((item) => !names.has(item.name)),
      ];
    },
  };
}
