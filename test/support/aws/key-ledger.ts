import { randomBytes } from "node:crypto";
import { type LongTermKey, rootArn, userArn, type World } from "./world.ts";

/** A key with whom it belongs to, an IAM user or an account's root user, by ARN. */
export interface OwnedKey {
  readonly owner: string;
  readonly key: LongTermKey;
}

/** What a key was before it changed, undefined before it was made, and how long that takes to get about. */
interface Change {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds until the last node knows. */
  readonly delay: number;
  /** Milliseconds until lists show it. */
  readonly listDelay: number;
  readonly before: OwnedKey | undefined;
}

/** How long news take, in milliseconds; see `Rules`. What holds for a change is what was set when it was made. */
export interface Spread {
  readonly newKeyDelay: number;
  readonly keyChangeDelay: number;
  readonly keyListDelay: number;
  readonly nodes: number;
}

/**
 * The long-term keys of a world, and how what happened to them becomes known. The world always holds the truth; "IAM
 * achieves high availability by replicating data across multiple servers", and each of those sees the truth of some
 * time ago. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
 */
export class KeyLedger {
  readonly #world: () => World;
  readonly #spread: Spread;
  readonly #changes = new Map<string, Change[]>();
  readonly #secrets = new Set<string>();
  #served = 0;

  constructor(world: () => World, spread: Spread) {
    this.#world = world;
    this.#spread = spread;
  }

  /** The key as it truly is. */
  find(id: string): OwnedKey | undefined {
    for (const { owner, keys } of this.#owners()) {
      const key = keys.find((one) => one.id === id);
      if (key) return { owner, key };
    }
    return undefined;
  }

  /** The keys of a user or root user, as they truly are. */
  of(owner: string): LongTermKey[] {
    const found = this.#owners().find((one) => one.owner === owner);
    if (!found) throw new Error(`no user ${owner} in this world`);
    return found.keys;
  }

  /** The key as the next node knows it: those that are asked in turn hear of everything in turn, the last one last. */
  asSeen(id: string, now: number): OwnedKey | undefined {
    const nodes = Math.max(1, this.#spread.nodes);
    const share = ((this.#served++ % nodes) + 1) / nodes;
    return this.#behind(id, ({ at, delay }) => now < at + delay * share);
  }

  /** The keys of a user as lists show them now. */
  listed(owner: string, now: number): LongTermKey[] {
    const ids = new Set([...this.of(owner).map(({ id }) => id), ...this.#changes.keys()]);
    return [...ids]
      .map((id) => this.#behind(id, ({ at, listDelay }) => now < at + listDelay))
      .flatMap((one) => (one?.owner === owner ? [one.key] : []));
  }

  /** Makes a key. Says nothing about how many there are already. */
  make(owner: string, now: number): LongTermKey {
    const key: LongTermKey = {
      id: `AKIA${randomLetters(16)}`,
      secret: randomBytes(30).toString("base64"),
      status: "active",
      createdAt: wholeSeconds(now),
    };
    this.of(owner).push(key);
    this.#note(key.id, now, this.#spread.newKeyDelay, undefined);
    this.#secrets.add(key.secret);
    return key;
  }

  /** Throws when there is no such key. */
  setStatus(id: string, status: LongTermKey["status"], now: number): void {
    const { owner, key } = this.#must(id);
    this.#note(id, now, this.#spread.keyChangeDelay, { owner, key: { ...key } });
    key.status = status;
  }

  /** Throws when there is no such key. */
  remove(id: string, now: number): void {
    const { owner, key } = this.#must(id);
    this.#note(id, now, this.#spread.keyChangeDelay, { owner, key: { ...key } });
    this.#secrets.add(key.secret);
    const keys = this.of(owner);
    keys.splice(keys.indexOf(key), 1);
  }

  /** The secrets of all keys that were ever made or removed. */
  secrets(): string[] {
    return [...this.#secrets];
  }

  #must(id: string): OwnedKey {
    const found = this.find(id);
    if (!found) throw new Error(`no key ${id} in this world`);
    return found;
  }

  /** The key as it was before the first change that is still news; else as it is. */
  #behind(id: string, isNews: (change: Change) => boolean): OwnedKey | undefined {
    const news = this.#changes.get(id)?.find(isNews);
    return news ? news.before : this.find(id);
  }

  #note(id: string, at: number, delay: number, before: OwnedKey | undefined): void {
    const change = { at, delay, listDelay: this.#spread.keyListDelay, before };
    this.#changes.set(id, [...(this.#changes.get(id) ?? []), change]);
  }

  #owners(): { owner: string; keys: LongTermKey[] }[] {
    return this.#world().accounts.flatMap((account) => [
      ...account.users.map((user) => ({ owner: userArn(account, user), keys: user.accessKeys })),
      ...(account.root ? [{ owner: rootArn(account), keys: account.root.accessKeys }] : []),
    ]);
  }
}

/** Letters and digits as ids of AWS have them. */
export function randomLetters(count: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return Array.from(randomBytes(count), (byte) => letters[byte % 32]).join("");
}

const wholeSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000) * 1000;
