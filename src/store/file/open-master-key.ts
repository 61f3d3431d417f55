import type { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";
import { AgentUnusable, type SshAgent } from "../ssh-agent/ssh-agent.ts";
import { faultOf, refusalFault, signatureFor, wrappingKeyFrom } from "./agent-slot.ts";
import {
  type AgentSlot,
  damageOf,
  type KeyFile,
  keyFileDamaged,
  type MasterKey,
  type PassphraseSlot,
  type SealedSlot,
  unsealSlot,
} from "./key-file.ts";
import { type GivePassphrase, NoPassphrase, passphraseTries, WrongPassphrase } from "./passphrase.ts";
import { wrappingKeyOf } from "./passphrase-slot.ts";
import { inTurn, type TurnOptions } from "./turns.ts";

/** What the master key is opened with. */
export interface OpeningOptions {
  readonly file: string;
  readonly passphrase: GivePassphrase;
  readonly agent: SshAgent;
  /** Where the dear derivations of many processes take turns, and share what they give. Absent: at once. */
  readonly turns?: TurnOptions;
}

/** The master key, and the slot that it came from. */
export interface Opened extends MasterKey {
  readonly slotId: string;
}

/** Opens it by a key in the agent, without a question of aws-as. Else gives the reason. */
async function openByAgent(
  content: KeyFile,
  slots: readonly SealedSlot<AgentSlot>[],
  { agent, file }: OpeningOptions,
): Promise<Opened | UserError> {
  const refused: AgentSlot[] = [];
  const faults: UserError[] = [];
  try {
    for (const slot of slots) {
      // The agent is not asked first whether it holds the key: its answer to this shows it, and saves a connection.
      const signature = await signatureFor(agent, slot).catch((error: unknown) => {
        if (!(error instanceof UserError) || error instanceof AgentUnusable) throw error;
        faults.push(error);
        return "unsound" as const;
      });
      if (signature === "unsound") continue;
      if (signature === undefined) {
        refused.push(slot);
        continue;
      }
      const challenge = Buffer.from(slot.challenge, "base64");
      const opened = unsealSlot(content.id, slot, wrappingKeyFrom(signature, challenge));
      if (opened !== undefined) return { ...opened, slotId: slot.id };
      faults.push(faultOf(slot, signature, file));
    }
    return faults[0] ?? refusalFault(refused, await agent.identities());
  } catch (error) {
    if (error instanceof AgentUnusable) return faults[0] ?? error;
    throw error;
  }
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Several hints, none twice. */
function together(...hints: (readonly string[])[]): string[] {
  return [...new Set(hints.flat())];
}

async function openByPassphrase(
  content: KeyFile,
  slots: readonly SealedSlot<PassphraseSlot>[],
  options: OpeningOptions,
  before: {
    readonly fault: UserError | undefined;
    readonly tried: Secret | undefined;
    readonly damages: readonly string[];
  },
): Promise<Opened> {
  const { file, passphrase, turns } = options;
  const { fault, tried, damages } = before;
  const unwrap = async (given: Secret): Promise<Opened | undefined> => {
    for (const slot of slots) {
      const opened = unsealSlot(content.id, slot, await deriveInTurn(given, slot, turns));
      if (opened !== undefined) return { ...opened, slotId: slot.id };
    }
    return undefined;
  };
  const first = tried && (await unwrap(tried));
  if (first) return first;
  try {
    for (let attempt = tried ? 2 : 1; attempt <= passphraseTries; attempt += 1) {
      const remark = attempt === 1 && fault ? sentence(fault.message) : undefined;
      const opened = await unwrap(await passphrase("unlock", attempt, remark));
      if (opened) return opened;
    }
  } catch (error) {
    if (!fault) throw error;
    if (error instanceof NoPassphrase) {
      // The store was set up for the agent: its failure is the reason, not that the user cannot be asked.
      throw new UserError(fault.message, { hints: together(fault.hints, error.hints), cause: fault });
    }
    if (error instanceof WrongPassphrase) throw alsoByAgent(error, fault);
    throw error;
  }
  const wrong = new WrongPassphrase(
    `the passphrase does not open "${file}"`,
    damages.map((damage) => `part of the file cannot be used: ${damage}`),
  );
  throw fault ? alsoByAgent(wrong, fault) : wrong;
}

/** The key that a passphrase gives for a slot. */
export function deriveInTurn(passphrase: Secret, slot: PassphraseSlot, turns?: TurnOptions): Promise<Buffer> {
  const derive = () => wrappingKeyOf(passphrase, slot);
  return turns === undefined ? derive() : inTurn({ passphrase, salt: slot.salt }, turns, derive);
}

function alsoByAgent(wrong: WrongPassphrase, fault: UserError): WrongPassphrase {
  return new WrongPassphrase(
    wrong.message,
    together(wrong.hints, [`without a passphrase: ${fault.message}`], fault.hints),
  );
}

/**
 * Opens the master key: by the agent where a slot is for a key in it, else by the passphrase. Rejects with UserError that
 * names the slot that failed and why.
 *
 * @param tried a passphrase that the user gave already
 */
export async function openMasterKey(
  content: KeyFile,
  options: OpeningOptions,
  tried?: Secret,
): Promise<Opened> {
  const { file } = options;
  const forAgent = content.entries.flatMap(({ slot, fault }) =>
    slot.kind === "ssh-agent" && fault === undefined ? [slot] : [],
  );
  const byAgent = forAgent.length > 0 ? await openByAgent(content, forAgent, options) : undefined;
  if (byAgent && !(byAgent instanceof Error)) return byAgent;

  const known = content.entries.filter(({ slot }) => slot.kind !== "unknown");
  const sound = known.filter((entry) => damageOf(content, entry) === undefined);
  const damages = known.flatMap((entry) => {
    const damage = damageOf(content, entry);
    return damage === undefined ? [] : [`its ${entry.slot.kind} slot "${entry.slot.id}": ${damage}`];
  });
  const forPassphrase = sound.flatMap(({ slot }) => (slot.kind === "passphrase" ? [slot] : []));
  if (forPassphrase.length > 0) {
    return await openByPassphrase(content, forPassphrase, options, { fault: byAgent, tried, damages });
  }
  if (sound.length === 0 && damages[0] !== undefined) throw keyFileDamaged(file, damages[0]);
  if (byAgent) throw byAgent;
  if (content.entries.length === 0) throw keyFileDamaged(file, "it has no slot that opens it");
  throw new UserError(`"${file}" has no slot that this aws-as knows how to open`, {
    hints: ["npm install --global aws-as@latest"],
  });
}
