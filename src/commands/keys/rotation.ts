import type { ListedKey } from "../../aws/aws.ts";

/** What is written down before AWS is asked for a new key, so that a run that was interrupted can be told from one that begins. */
export interface RotationNote {
  /** The key that is to be replaced. */
  readonly old: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** All keys of the user at that time. */
  readonly before: readonly string[];
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
  /** AWS allows two keys, and the other one is not ours to delete. */
  | { readonly kind: "two-keys"; readonly other: ListedKey; readonly usedBy?: string }
  | { readonly kind: "unknown-current" };

/** Milliseconds that AWS's clock and ours may differ, and that the request may take. */
const skew = 300_000;

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
    if (note !== undefined && note.old !== current) return resumed([forget(note.old)]);
    return fresh(facts, []);
  }
  if (more.length > 0) return { kind: "two-keys", other };

  const id = other.accessKeyId;
  const usedBy = facts.named.get(id);
  if (usedBy !== undefined) return { kind: "two-keys", other, usedBy };
  if (facts.mayDelete !== undefined && id.endsWith(facts.mayDelete)) {
    const room = makeRoom(id, "you said that it may be deleted", false);
    return fresh(facts, facts.stored.has(id) ? [room, forget(id)] : [room]);
  }
  if (note?.old === id) return resumed(farewell(other, facts));
  if (facts.stored.has(id)) return withStored(other, facts);
  return isOrphan(other, facts)
    ? fresh(facts, [makeRoom(id, "an interrupted run made it, and nobody has its secret", true)])
    : { kind: "two-keys", other };
}

/** The other key's secret is in the store, and no profile names it. */
function withStored(other: ListedKey, facts: RotationFacts): RotationPlan {
  const { current, listed, note } = facts;
  const age = listed.find(({ accessKeyId }) => accessKeyId === current)?.createdAt ?? 0;
  const isOurs = note?.old === current && !note.before.includes(other.accessKeyId);
  const isNew = isOurs || other.createdAt >= age;
  if (isNew && other.active) {
    const old = listed.filter(({ accessKeyId }) => accessKeyId === current);
    return resumed([...take(other.accessKeyId), ...old.flatMap((key) => farewell(key, facts))]);
  }
  // Older, at work, and nothing tells that a rotation left it: perhaps somebody took its name out by hand.
  if (other.active) return { kind: "two-keys", other };
  // Left by --keep-inactive.
  return fresh(facts, [
    makeRoom(other.accessKeyId, "it was kept switched off since the last rotation", false),
    forget(other.accessKeyId),
  ]);
}

/** Made after an interrupted run wrote its note, and by nobody else as far as can be told. */
function isOrphan(other: ListedKey, { note, current }: RotationFacts): boolean {
  if (note === undefined || note.old !== current || note.before.includes(other.accessKeyId)) return false;
  return other.createdAt >= note.startedAt - skew && other.createdAt <= note.startedAt + skew;
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
