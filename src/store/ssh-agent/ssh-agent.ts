import { connect, type Socket } from "node:net";
import { failureReason } from "../../system/failure-reason.ts";
import { waitNoticeDelayMs } from "../../system/limits.ts";
import { UserError } from "../../system/user-error.ts";
import { keyTypeOf, SshReader, sshNumber, sshString } from "./ssh-key.ts";

/**
 * As much of an ssh-agent's client as unlocking needs: which keys there are, and a signature.
 * https://datatracker.ietf.org/doc/html/draft-ietf-sshm-ssh-agent
 *
 * Each call has a connection of its own.
 */
export interface SshAgent {
  /** Rejects with AgentUnusable. */
  identities(): Promise<readonly AgentIdentity[]>;
  /**
   * A signature over the data by the key; for RSA keys with SHA-512. Undefined when the agent refuses: it lacks the
   * key, is locked, or the user refused. Waits while the user is asked. Rejects with AgentUnusable.
   *
   * @param meanwhile called when the agent has been asked, for work that can be done until it answers
   */
  sign(key: Buffer, data: Buffer, meanwhile?: () => void): Promise<AgentSignature | undefined>;
}

export interface AgentIdentity {
  /** The public key as SSH writes it. */
  readonly key: Buffer;
  readonly comment: string;
}

export interface AgentSignature {
  /** For example "rsa-sha2-512". What the agent says, not what was asked for. */
  readonly algorithm: string;
  readonly bytes: Buffer;
}

/** There is no agent, or what answers is not one. */
export class AgentUnusable extends UserError {
  constructor(message: string, hints: readonly string[], cause?: unknown) {
    super(message, { hints, cause });
    this.name = "AgentUnusable";
  }
}

export interface SshAgentOptions {
  /** SSH_AUTH_SOCK: the path of its socket, or a pipe's name. */
  readonly socket: string | undefined;
  readonly platform: NodeJS.Platform;
  /** Called when a signature takes so long that the user may be being asked for consent. */
  readonly onWait?: (() => void) | undefined;
  /** Milliseconds from the call to its answer. */
  readonly limits?: { readonly list: number; readonly sign: number };
  /** Milliseconds of the monotonic clock after which the caller no longer waits for a signature, by this clock. */
  readonly deadline?: { readonly at: number; now(): number } | undefined;
}

/** The user may have to find the window that asks for consent (`ssh-add -c`). */
const usualLimits = { list: 5_000, sign: 45_000 };

const message = { listKeys: 11, keys: 12, sign: 13, signature: 14 } as const;

/** The protocol's own, and two that old agents used. */
const refusals = [5, 30, 102];

/** Asks an RSA key for rsa-sha2-512. For other keys gpg-agent refuses it. */
const withSha512 = 4;

/** Bytes. OpenSSH's agent and its clients take no longer ones. */
const longestMessage = 256 * 1024;

const start = ['eval "$(ssh-agent)" && ssh-add'];

/** The OpenSSH that comes with Windows listens at a place of its own. */
const windowsPipe = "\\\\.\\pipe\\openssh-ssh-agent";

/** The user's ssh-agent. It is connected to when it is used. */
export function sshAgent(options: SshAgentOptions): SshAgent {
  const { limits = usualLimits, deadline, onWait } = options;
  const address = options.socket || (options.platform === "win32" ? windowsPipe : undefined);
  const ask = async (request: Buffer, limit: number, meanwhile?: () => void): Promise<Buffer> => {
    if (address === undefined) {
      throw new AgentUnusable("there is no ssh-agent: SSH_AUTH_SOCK is not set", start);
    }
    const left = deadline === undefined ? limit : Math.max(0, Math.min(limit, deadline.at - deadline.now()));
    return await exchanged(address, request, left, meanwhile);
  };
  return {
    identities: async () => {
      const answer = await ask(Buffer.from([message.listKeys]), limits.list);
      return read(answer, message.keys, identitiesIn);
    },
    sign: async (key, data, meanwhile) => {
      const flags = keyTypeOf(key) === "ssh-rsa" ? withSha512 : 0;
      const request = [Buffer.from([message.sign]), sshString(key), sshString(data), sshNumber(flags)];
      const waiting = onWait && setTimeout(onWait, waitNoticeDelayMs);
      const asked = ask(Buffer.concat(request), limits.sign, meanwhile);
      const answer = await asked.finally(() => clearTimeout(waiting));
      if (refusals.includes(answer[0] ?? -1)) return undefined;
      return read(answer, message.signature, signatureIn);
    },
  };
}

function identitiesIn(body: SshReader): AgentIdentity[] {
  const count = body.number();
  const found: AgentIdentity[] = [];
  while (found.length < count) found.push({ key: body.string(), comment: body.string().toString("utf8") });
  return found;
}

function signatureIn(body: SshReader): AgentSignature {
  const signature = new SshReader(body.string());
  return { algorithm: signature.string().toString("latin1"), bytes: signature.string() };
}

function read<T>(answer: Buffer, type: number, take: (body: SshReader) => T): T {
  if (answer[0] === type) {
    try {
      return take(new SshReader(answer.subarray(1)));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw notAnAgent();
}

function notAnAgent(): AgentUnusable {
  return new AgentUnusable("what listens at SSH_AUTH_SOCK does not answer as an ssh-agent does", [
    "ssh-add -l  # asks it for its keys",
  ]);
}

function unreachable(address: string, error: NodeJS.ErrnoException): AgentUnusable {
  if (error.code === "EPIPE" || error.code === "ECONNRESET") return hungUp(error);
  const reason = error.code === "ECONNREFUSED" ? "nothing listens there any more" : failureReason(error);
  // gpg-agent's socket: another agent would not have its keys.
  const hints = /S\.gpg-agent\.ssh$/.test(address) ? ["gpgconf --launch gpg-agent"] : start;
  return new AgentUnusable(`cannot reach the ssh-agent at "${address}": ${reason}`, hints, error);
}

function hungUp(cause?: unknown): AgentUnusable {
  return new AgentUnusable("the ssh-agent ended the connection instead of answering", ["ssh-add -l"], cause);
}

function tooLate(limit: number): AgentUnusable {
  return new AgentUnusable(`the ssh-agent did not answer within ${Math.round(limit / 1000)} s`, [
    "ssh-add -l  # does it answer? It may be waiting for your consent in another window",
  ]);
}

/** Between two tries to reach an agent whose queue is full. */
const busyIntervalMs = 20;

/** Sends one message and gives the answer to it, its type first. Rejects with AgentUnusable. */
function exchanged(address: string, request: Buffer, limit: number, meanwhile?: () => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    let again: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => end(() => reject(tooLate(limit))), limit);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      clearTimeout(again);
      socket.destroy();
      settle();
    };
    const begin = (): void => {
      let received: Buffer = Buffer.alloc(0);
      // As `path`: a bare number would be taken for a port.
      socket = connect({ path: address });
      socket.on("data", (bytes: Buffer) => {
        received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
        if (received.length < 4) return;
        const length = received.readUInt32BE();
        // Before the rest is waited for: an echo, or a web server, announces gigabytes.
        if (length === 0 || length > longestMessage) end(() => reject(notAnAgent()));
        else if (received.length === 4 + length) end(() => resolve(received.subarray(4)));
        else if (received.length > 4 + length) end(() => reject(notAnAgent()));
      });
      socket.on("error", (error: NodeJS.ErrnoException) => {
        // The agent has not accepted the callers before us yet (connect(2)): it will.
        if (error.code === "EAGAIN" && error.syscall === "connect") again = setTimeout(begin, busyIntervalMs);
        else end(() => reject(unreachable(address, error)));
      });
      socket.on("end", () => end(() => reject(hungUp())));
      socket.write(Buffer.concat([sshNumber(request.length), request]), (error) => {
        if (!error) meanwhile?.();
      });
    };
    begin();
  });
}
