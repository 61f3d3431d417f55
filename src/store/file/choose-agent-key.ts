import { UserError } from "../../system/user-error.ts";
import type { AgentIdentity } from "../ssh-agent/ssh-agent.ts";
import { fingerprintOf, refusalOf } from "../ssh-agent/ssh-key.ts";
import { keyName } from "./agent-slot.ts";

const another = ["ssh-keygen -t ed25519 && ssh-add  # makes a key that can"];

/**
 * The key that a person means: by fingerprint or comment, whole or a part of it that fits one key alone; without a wish
 * the only one that can open a store. Throws UserError that lists what there is.
 */
export function chooseAgentKey(held: readonly AgentIdentity[], wanted: string | undefined): AgentIdentity {
  if (held.length === 0) {
    throw new UserError("the ssh-agent is locked or holds no key", {
      hints: ["ssh-add -X  # if it is locked", "ssh-add"],
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
  throw new UserError(`the key ${nameOf(only)} cannot open a store: ${reason}`, { hints: another });
}

function nameOf({ key, comment }: AgentIdentity): string {
  return keyName(key, comment);
}

function withReason(identity: AgentIdentity): string {
  const reason = refusalOf(identity.key);
  return reason === undefined ? nameOf(identity) : `${nameOf(identity)} cannot: ${reason}`;
}

function usableOnes(held: readonly AgentIdentity[]): AgentIdentity[] {
  return held.filter(({ key }) => refusalOf(key) === undefined);
}

function fittingOnes(held: readonly AgentIdentity[], wanted: string): AgentIdentity[] {
  const names = (identity: AgentIdentity): string[] => {
    const fingerprint = fingerprintOf(identity.key);
    return [fingerprint, fingerprint.slice("SHA256:".length), identity.comment];
  };
  const exact = held.filter((identity) => names(identity).includes(wanted));
  if (exact.length > 0) return narrowed(exact);
  return narrowed(held.filter((identity) => names(identity).some((name) => name.includes(wanted))));
}

/** A key and its certificate often bear one comment: then the key is meant. */
function narrowed(fitting: AgentIdentity[]): AgentIdentity[] {
  const usable = usableOnes(fitting);
  return usable.length > 0 ? usable : fitting;
}
