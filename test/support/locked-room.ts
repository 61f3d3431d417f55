import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileStore } from "../../src/store/file/file.ts";
import { type GivePassphrase, NoPassphrase, WrongPassphrase } from "../../src/store/file/passphrase.ts";
import type { FileStore } from "../../src/store/secret-store.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

/** Who opens a store: nobody sits there unless there is a passphrase. */
export interface Opener {
  /** SSH_AUTH_SOCK */
  readonly socket?: string | undefined;
  /** What is given for the passphrase that is there, or for the first one. */
  readonly passphrase?: string;
  /** What is given for one more. */
  readonly further?: string;
  /** What happens while a person types. */
  readonly meanwhile?: () => Promise<void>;
}

/** A folder for a file store that is opened in several ways. */
export interface LockedRoom {
  readonly folder: string;
  readonly keyFile: string;
  /** Every question for a passphrase: why, and the remark. */
  readonly questions: string[];
  /** A store as another process would have it. */
  open(opener?: Opener): FileStore;
  /** The slots as they stand in the file. */
  slots(): Record<string, unknown>[];
  /** Changes each slot, as somebody would who edits the file. */
  edit(change: (slot: Record<string, unknown>) => unknown): void;
}

/** A room for the time of a test. Scrypt is cheap in it. */
export function lockedRoom(t: TestContext): LockedRoom {
  const parent = mkdtempSync(join(tmpdir(), "aws-as-locked-"));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, "store");
  const keyFile = join(folder, "master-key.json");
  const questions: string[] = [];
  const read = () => JSON.parse(readFileSync(keyFile, "utf8"));
  return {
    folder,
    keyFile,
    questions,
    open: ({ socket, passphrase, further, meanwhile } = {}) => {
      const give: GivePassphrase = async (why, attempt, remark) => {
        questions.push(remark === undefined ? why : `${why}: ${remark}`);
        await meanwhile?.();
        const text = why === "add" ? further : passphrase;
        if (text === undefined) throw new NoPassphrase("nobody to ask", ["export AWS_AS_PASSPHRASE"]);
        if (attempt > 1) throw new WrongPassphrase("the given passphrase is wrong");
        return new Secret(text);
      };
      return fileStore({
        folder,
        userId: process.getuid?.(),
        clock: systemClock,
        passphrase: give,
        agent: { socket, platform: process.platform, limits: { list: 1000, sign: 1000 } },
        cost: { N: 1024, r: 8, p: 1 },
      });
    },
    slots: () => read().slots,
    edit: (change) => {
      const content = read();
      writeFileSync(keyFile, JSON.stringify({ ...content, slots: content.slots.map(change) }));
    },
  };
}
