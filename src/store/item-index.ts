import { join } from "node:path";
import {
  isPrivateFolder,
  makePrivateFolder,
  namesIn,
  type Owner,
  readTextFile,
  removeFile,
  replaceFile,
} from "../system/files/private-files.ts";
import { sha256Hex } from "../system/sha256.ts";
import { UserError } from "../system/user-error.ts";
import type { StoredItem } from "./secret-store.ts";

/** Further parts of a keychain item whose value was too long for one. */
export interface PartSet {
  readonly name: string;
  readonly set: string;
  /** How many further parts. */
  readonly parts: number;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
}

/**
 * What the keychain cannot list without reading every secret: names, labels and ends, one file per item.
 * Nothing in it is secret, and nothing depends on it but listing and tidying up.
 */
export interface ItemIndex {
  put(item: StoredItem): void;
  /** True when there was an entry. */
  drop(name: string): boolean;
  items(): StoredItem[];
  putSet(set: PartSet): void;
  dropSet(set: PartSet): void;
  setsOf(name: string): PartSet[];
}

/** Item names may hold any character and differ in case only; file names may not, so both stores use this. */
export function fileNameOf(name: string): string {
  return sha256Hex(name);
}

const timesOfItem = ["expiresAt", "createdAt", "addedAt"] as const;

/** Reads the fields of an item from untrusted JSON; undefined when they are not there. */
export function storedItemFrom(value: unknown): StoredItem | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, label } = value as Record<string, unknown>;
  if (typeof name !== "string" || typeof label !== "string") return undefined;
  const times: Partial<Record<(typeof timesOfItem)[number], number>> = {};
  for (const time of timesOfItem) {
    const at = (value as Record<string, unknown>)[time];
    if (at !== undefined && !(typeof at === "number" && Math.abs(at) <= 8.64e15)) return undefined;
    if (at !== undefined) times[time] = at;
  }
  return { name, label, ...times };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An index in a folder of its own, which is made on the first write. */
export function itemIndex(folder: string, owner: Owner): ItemIndex {
  const fileOf = (name: string): string => join(folder, `${fileNameOf(name)}.json`);
  const setFileOf = ({ name, set }: PartSet): string => join(folder, `${fileNameOf(name)}.${set}.parts`);
  const files = (): string[] => (isPrivateFolder(folder, owner) ? namesIn(folder) : []);
  return {
    put: ({ name, label, expiresAt, createdAt, addedAt }) => {
      makePrivateFolder(folder, owner);
      replaceFile(
        fileOf(name),
        `${JSON.stringify({ version: 1, name, label, expiresAt, createdAt, addedAt })}\n`,
        "losable",
      );
    },
    drop: (name) => removeFile(fileOf(name)),
    items: () =>
      files()
        .filter((file) => file.endsWith(".json"))
        .flatMap((file) => storedItemFrom(parsed(readTextFile(join(folder, file)))) ?? []),
    putSet: (set) => {
      makePrivateFolder(folder, owner);
      replaceFile(setFileOf(set), `${JSON.stringify({ version: 1, ...set })}\n`, "losable");
    },
    dropSet: (set) => {
      removeFile(setFileOf(set));
    },
    setsOf: (name) =>
      files()
        .filter((file) => file.startsWith(`${fileNameOf(name)}.`) && file.endsWith(".parts"))
        .flatMap((file) => (parsed(readTextFile(join(folder, file))) as PartSet | undefined) ?? [])
        .filter((set) => set.name === name && /^[0-9a-f]+$/.test(set.set) && set.parts <= 10_000),
  };
}

/** A full disk or a read-only home must not fail a write: the list and the tidying up suffer. */
export function ifPossible(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
