import { UserError } from "../system/user-error.ts";
import { type StoreKind, type StoreState, storeKinds } from "./secret-store.ts";

/** Reads the name of a store; throws wrong usage for what is none. */
export function storeKind(text: string): StoreKind {
  const kind = storeKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UserError(`unknown store "${text}"`, {
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
      because: "nothing else is asked for",
    };
  }
  const because = `nothing else is asked for, and ${keychain.because ?? "there is no keychain here"}`;
  return { kind: "file", kinds: ["file"], from: null, because };
}
