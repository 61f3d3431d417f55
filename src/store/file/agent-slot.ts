import { hkdfSync, randomBytes } from "node:crypto";
import { printable } from "../../system/printable.ts";
import { sha256Of } from "../../system/sha256.ts";
import { UserError } from "../../system/user-error.ts";
import type { AgentIdentity, SshAgent } from "../ssh-agent/ssh-agent.ts";
import { fingerprintOf, isSignatureOf, judgedSignature, refusalOf, sshString } from "../ssh-agent/ssh-key.ts";
import type { AgentSlot, NewKeySlot } from "./key-file.ts";
import { loadCryptography } from "./seal.ts";

/*
 * The slot that a key in the ssh-agent opens. Ed25519 (RFC 8032) and RSA (PKCS #1 v1.5) sign the same data in the same
 * way every time, so the signature over a challenge is a secret that takes the key.
 */

/**
 * What is signed: the challenge in the form of `ssh-keygen -Y sign -n aws-as`, which can be nothing else, above all no
 * login (those begin with a length, not with "SSHSIG").
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 */
export function signedData(challenge: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from("SSHSIG"),
    sshString("aws-as"),
    sshString(""),
    sshString("sha256"),
    sshString(sha256Of(challenge)),
  ]);
}

/** 32 bytes for the box, by HKDF (RFC 5869). */
export function wrappingKeyFrom(signature: Buffer, challenge: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", signature, challenge, "aws-as ssh-agent slot 1", 32));
}

/** A key's name for messages. */
function keyName({ key, comment }: AgentIdentity): string {
  return `${fingerprintOf(key)}${comment === "" ? "" : ` (${printable(comment)})`}`;
}

function nameOf(slot: AgentSlot): string {
  return keyName({ key: Buffer.from(slot.key, "base64"), comment: slot.comment });
}

const foreign = "its signature does not belong to the key";

/** The agent's signature is not what it should be. */
function unsound(name: string, what: string): UserError {
  return new UserError(`the ssh-agent does not sign soundly with the key ${name}: ${what}`, {
    hints: ["load the key into the ssh-agent of OpenSSH, and set SSH_AUTH_SOCK to that"],
  });
}

/**
 * The agent's signature over a challenge, undefined when it refuses. Rejects with UserError where there is no agent or
 * the signature is not of the requested kind. Does not check that it is the key's.
 */
export async function signatureFor(
  agent: SshAgent,
  slot: Pick<AgentSlot, "key" | "comment" | "challenge">,
): Promise<Buffer | undefined> {
  const key = Buffer.from(slot.key, "base64");
  const signature = await agent.sign(
    key,
    signedData(Buffer.from(slot.challenge, "base64")),
    loadCryptography,
  );
  if (signature === undefined) return undefined;
  const judged = judgedSignature(key, signature);
  if (!Buffer.isBuffer(judged)) throw unsound(keyName({ key, comment: slot.comment }), judged.wrong);
  return judged;
}

/** Why a signature does not open its slot: the agent's fault, or the file's. */
export function faultOf(slot: AgentSlot, signature: Buffer, file: string): UserError {
  const key = Buffer.from(slot.key, "base64");
  const data = signedData(Buffer.from(slot.challenge, "base64"));
  return isSignatureOf(key, data, signature)
    ? new UserError(
        `the key ${nameOf(slot)} does not open "${file}": its slot was changed after it was written`,
      )
    : unsound(nameOf(slot), foreign);
}

/** Why the agent did not sign. `held` are the keys in it. */
export function refusalFault(slots: readonly AgentSlot[], held: readonly AgentIdentity[]): UserError {
  const names = slots.map(nameOf);
  const isHeld = (slot: AgentSlot): boolean => held.some(({ key }) => key.toString("base64") === slot.key);
  const refused = slots.find(isHeld);
  const add = names.map((name) => `ssh-add  # ${name}`);
  if (refused !== undefined) {
    return new UserError(`the ssh-agent refused to sign with the key ${nameOf(refused)}`, {
      hints: [
        "say yes if it asks for your consent, and unlock it if it is locked: ssh-add -X",
        "a key that was added for some hosts only (ssh-add -h) cannot be used",
      ],
    });
  }
  if (held.length === 0) {
    return new UserError(
      `the ssh-agent is locked or holds no key, and the file store needs ${names.join(" or ")}`,
      {
        hints: [...add, "ssh-add -X  # if it is locked"],
      },
    );
  }
  const which = names.length > 1 ? "any of the keys that open" : "the key that opens";
  return new UserError(`the ssh-agent does not hold ${which} the file store: ${names.join(", ")}`, {
    hints: add,
  });
}

/**
 * Has the agent sign twice, on two connections: a key that signs differently each time would lock everything away.
 * Rejects with UserError when it does, or when a signature is not the key's.
 */
export async function newAgentSlot(agent: SshAgent, { key, comment }: AgentIdentity): Promise<NewKeySlot> {
  const challenge = randomBytes(32);
  const slot: AgentSlot = {
    kind: "ssh-agent",
    id: randomBytes(4).toString("hex"),
    key: key.toString("base64"),
    comment,
    challenge: challenge.toString("base64"),
  };
  const sign = async (): Promise<Buffer> => {
    const signature = await signatureFor(agent, slot);
    if (signature === undefined) throw refusalFault([slot], [{ key, comment }]);
    if (!isSignatureOf(key, signedData(challenge), signature)) throw unsound(nameOf(slot), foreign);
    return signature;
  };
  const first = await sign();
  const second = await sign();
  if (!first.equals(second)) {
    throw unsound(nameOf(slot), "it signs differently each time, so its signature can open nothing");
  }
  return {
    slot,
    wrappingKey: wrappingKeyFrom(first, challenge),
    // Not from a third signature: the user may have to consent to each.
    derive: async (read) =>
      wrappingKeyFrom(second, Buffer.from(read.kind === "ssh-agent" ? read.challenge : "", "base64")),
  };
}

const another = ["ssh-keygen -t ed25519 && ssh-add  # makes a key that can"];

/**
 * The key that the user named: by fingerprint or comment, whole or a part of it that fits one key alone; without a name
 * the only one that can open a store. Throws UserError that lists the keys.
 */
export function chooseAgentKey(held: readonly AgentIdentity[], wanted: string | undefined): AgentIdentity {
  if (held.length === 0) {
    throw new UserError("the ssh-agent is locked or holds no key", {
      hints: ["ssh-add", "ssh-add -X  # if it is locked"],
    });
  }
  const fitting = wanted === undefined ? usableOnes(held) : fittingOnes(held, wanted);
  const [only, ...more] = fitting;
  if (only === undefined) {
    throw wanted === undefined
      ? new UserError("the ssh-agent holds no key that can open a store", {
          hints: [...held.map(withReason), ...another],
        })
      : new UserError(`the ssh-agent holds no key "${wanted}"`, { hints: held.map(withReason) });
  }
  if (more.length > 0) {
    const which = wanted === undefined ? "several keys that can open a store" : `several keys "${wanted}"`;
    throw new UserError(`the ssh-agent holds ${which}: name one by its fingerprint`, {
      hints: fitting.map(withReason),
    });
  }
  const reason = refusalOf(only.key);
  if (reason === undefined) return only;
  throw new UserError(`the key ${keyName(only)} cannot open a store: ${reason}`, { hints: another });
}

function withReason(identity: AgentIdentity): string {
  const reason = refusalOf(identity.key);
  return reason === undefined ? keyName(identity) : `${keyName(identity)} cannot: ${reason}`;
}

const usableOnes = (held: readonly AgentIdentity[]): AgentIdentity[] =>
  held.filter(({ key }) => refusalOf(key) === undefined);

function fittingOnes(held: readonly AgentIdentity[], wanted: string): AgentIdentity[] {
  const names = (identity: AgentIdentity): string[] => {
    const fingerprint = fingerprintOf(identity.key);
    return [fingerprint, fingerprint.slice("SHA256:".length), identity.comment];
  };
  const exact = held.filter((identity) => names(identity).includes(wanted));
  const fitting =
    exact.length > 0
      ? exact
      : held.filter((identity) => names(identity).some((name) => name.includes(wanted)));
  // A key and its certificate often bear one comment: then the key is meant.
  const usable = usableOnes(fitting);
  return usable.length > 0 ? usable : fitting;
}
