import type { ListedKey } from "../../aws/aws.ts";

/**
 * What a rotation has done so far, written down before AWS is asked for a new key and with each step that counts. A later
 * run goes on only where this proves that the keys are the ones of that rotation; age and names prove nothing.
 */
export interface RotationNote {
  /** The key that is to be replaced. */
  readonly old: string;
  /** The key that AWS made in its place; absent where the answer was lost. */
  readonly fresh?: string;
  /** What the rotation did to the old key. `kept`: it ended so, by --keep-inactive. */
  readonly oldIs?: "switched-off" | "kept";
}

/** What is known when a rotation begins, or begins again. */
export interface RotationFacts {
  /** The key that the configuration names. */
  readonly current: string;
  readonly listed: readonly ListedKey[];
  /** Ids of the keys whose secrets are in the store. */
  readonly stored: ReadonlySet<string>;
  /** Other keys that some profile uses, from the store or in plain text, with that profile. */
  readonly named: ReadonlyMap<string, string>;
  readonly note: RotationNote | undefined;
  /** A key that the person said may be deleted: its id, or the end of it. */
  readonly mayDelete: string | undefined;
  /** The old key shall not be deleted at the end, only switched off. */
  readonly keepInactive: boolean;
}

/** One thing to do. */
export type Move =
  /** A key whose secret was lost, or that is no longer wanted, makes room. `because` is for the person. */
  | {
      readonly kind: "make-room";
      readonly id: string;
      readonly because: string;
      readonly onlyIfUnused: boolean;
    }
  | { readonly kind: "create" }
  /** AWS takes seconds to know a key everywhere. `new` stands for the key that `create` gives. */
  | { readonly kind: "prove"; readonly id: string | "new" }
  | { readonly kind: "switch"; readonly id: string | "new" }
  /** Before it is deleted, so that other users of it show while it can be switched on again. */
  | { readonly kind: "deactivate"; readonly id: string }
  | { readonly kind: "delete"; readonly id: string }
  /** Its sessions are forgotten, and its secret leaves the store unless it is kept. */
  | { readonly kind: "forget"; readonly id: string; readonly secret: boolean };

/** The moves of a rotation, or what stands in its way. */
export type RotationPlan =
  | { readonly kind: "moves"; readonly moves: readonly Move[]; readonly resumed: boolean }
  /** AWS allows two keys, and the other one is not ours to delete. `because`: what an interrupted rotation left. */
  | {
      readonly kind: "two-keys";
      readonly other: ListedKey;
      readonly usedBy?: string;
      readonly because?: string;
    }
  | { readonly kind: "unknown-current" };

/**
 * What a rotation has to do from where it stands. Every order of moves keeps a key that works in the store and in the
 * configuration: the old one is touched only when the new one is stored, proven and named. Pure.
 */
export function planRotation(facts: RotationFacts): RotationPlan {
  const { current, listed, note } = facts;
  if (!listed.some(({ accessKeyId }) => accessKeyId === current)) return { kind: "unknown-current" };
  const [other, ...more] = listed.filter(({ accessKeyId }) => accessKeyId !== current);
  if (other === undefined) {
    // Switched, and the old key deleted in AWS: its secret here is the rest.
    if (note?.fresh !== current) return fresh(facts, []);
    return note.oldIs === "kept" ? fresh(facts, [forget(note.old)]) : resumed([forget(note.old)]);
  }
  if (more.length > 0) return { kind: "two-keys", other };

  const id = other.accessKeyId;
  const usedBy = facts.named.get(id);
  if (usedBy !== undefined) return { kind: "two-keys", other, usedBy };
  const forgetStored = facts.stored.has(id) ? [forget(id)] : [];
  if (facts.mayDelete !== undefined && id.endsWith(facts.mayDelete)) {
    return fresh(facts, [makeRoom(id, "you said that it may be deleted", false), ...forgetStored]);
  }
  if (note?.old === id && note.fresh === current) {
    if (other.active && note.oldIs !== undefined) {
      return {
        kind: "two-keys",
        other,
        because: `a rotation switched ${tailOf(id)} off, and it is active again`,
      };
    }
    if (note.oldIs !== "kept") return resumed(farewell(other, facts));
    return fresh(facts, [
      makeRoom(id, "it was kept switched off since the last rotation", false),
      ...forgetStored,
    ]);
  }
  if (note?.old === current && note.fresh === id) {
    if (!facts.stored.has(id)) {
      return fresh(facts, [makeRoom(id, "an interrupted run made it, and nobody has its secret", true)]);
    }
    if (other.active) {
      const old = listed.filter(({ accessKeyId }) => accessKeyId === current);
      return resumed([...take(id), ...old.flatMap((key) => farewell(key, facts))]);
    }
  }
  return { kind: "two-keys", other, ...becauseOf(facts) };
}

/** Why the note of an interrupted rotation does not say what to do with the other key. */
function becauseOf({ note, current }: RotationFacts): { readonly because?: string } {
  if (note === undefined || note.oldIs === "kept") return {};
  if (note.old === current && note.fresh === undefined) {
    return { because: "an interrupted rotation may have made the other one, or somebody else did" };
  }
  const { old, fresh } = note;
  const made = fresh === undefined ? "a new key" : tailOf(fresh);
  return {
    because: `an interrupted rotation was to put ${made} in the place of ${tailOf(old)}; the keys were changed since, so it is not continued`,
  };
}

function fresh(facts: RotationFacts, room: readonly Move[]): RotationPlan {
  const old = facts.listed.filter(({ accessKeyId }) => accessKeyId === facts.current);
  const after = old.flatMap((key) => farewell(key, facts));
  return { kind: "moves", moves: [...room, { kind: "create" }, ...take("new"), ...after], resumed: false };
}

function resumed(moves: readonly Move[]): RotationPlan {
  return { kind: "moves", moves, resumed: true };
}

function take(id: string | "new"): Move[] {
  return [
    { kind: "prove", id },
    { kind: "switch", id },
  ];
}

/** What happens to a key that is no longer needed. */
function farewell(key: ListedKey, { keepInactive }: RotationFacts): Move[] {
  const id = key.accessKeyId;
  return [
    ...(key.active ? [{ kind: "deactivate", id } as const] : []),
    ...(keepInactive ? [] : [{ kind: "delete", id } as const]),
    forget(id, !keepInactive),
  ];
}

function makeRoom(id: string, because: string, onlyIfUnused: boolean): Move {
  return { kind: "make-room", id, because, onlyIfUnused };
}

function forget(id: string, secret = true): Move {
  return { kind: "forget", id, secret };
}

/** A move in words, before it is done and after; `fresh` names the new key. */
export function moveText(move: Move, fresh: string): { readonly todo: string; readonly done: string } {
  const key = "id" in move && move.id !== "new" ? tailOf(move.id) : fresh;
  switch (move.kind) {
    case "make-room":
      return {
        todo: `delete the key ${key}: ${move.because}`,
        done: `deleted the key ${key}: ${move.because}`,
      };
    case "create":
      return { todo: `make and store ${key}`, done: `made and stored the key ${key}` };
    case "prove":
      return { todo: `wait until AWS takes ${key}`, done: `AWS takes ${key}` };
    case "switch":
      return { todo: `use ${key} from then on`, done: `${key} is in use from now on` };
    case "deactivate":
      return { todo: `switch off the old key ${key}`, done: `switched off the old key ${key}` };
    case "delete":
      return { todo: `delete the old key ${key}`, done: `deleted the old key ${key}` };
    case "forget": {
      const what = `${move.secret ? "the secret and " : ""}the sessions of ${key}`;
      return { todo: `forget ${what}`, done: `forgot ${what}` };
    }
  }
}

/** An id as people are shown it. */
export function tailOf(id: string): string {
  return `…${id.slice(-4)}`;
}
