import type { AwsConfig } from "../config/aws-config.ts";
import { baseName } from "../config/resolve/effective-profile.ts";
import type { Identity } from "../config/resolve/identity.ts";
import { protectedMinutes } from "../config/settings.ts";
import { at, quote } from "../config/shown.ts";
import type { Machine } from "../machine/machine.ts";
import { askInTurn } from "../prompt/refusals.ts";
import { fingerprint } from "../session/item.ts";
import { UserError } from "../system/user-error.ts";
import { type Agent, agentOf, agentOfProcess } from "./agents.ts";
import { noteInLog } from "./hand-out-log.ts";

/**
 * Where credentials go. `process`, `serve`: to a program that asks for a name; `prompt`: to a shell that renews by itself;
 * `env`, `exec`, `console`: a person says so; `export`: a long-term key into a file; `keep`: into our store, and nowhere else.
 */
export type Way = "process" | "serve" | "prompt" | "env" | "exec" | "console" | "export" | "keep";

/** An identity, or a key, and what its owner says about who may have it. */
type Guarded = Pick<Identity, "name" | "guard">;

/** What the decision depends on. */
export interface HandOut {
  readonly identity: Guarded;
  readonly way: Way;
  /** A person has said yes to this identity on this terminal, and not long ago. */
  readonly isAgreed: boolean;
  /** The coding agent that asks, where one is known. */
  readonly agent?: Agent | undefined;
}

/** Whether credentials may go where they are wanted, and why. */
export type Verdict =
  | { readonly kind: "yes"; readonly because: string }
  /** Once the person at the terminal agrees. */
  | { readonly kind: "ask"; readonly because: string }
  | { readonly kind: "no"; readonly because: string; readonly hints: readonly string[] };

/** Decides by all that the owner says of the identity; the strictest counts. Pure. */
export function mayHandOut(handOut: HandOut): Verdict {
  if (handOut.way === "keep") return { kind: "yes", because: "nothing leaves the store" };
  const verdicts = [byAgents(handOut), byProtection(handOut)];
  const strictest = (["no", "ask"] as const).flatMap(
    (kind) => verdicts.find((each) => each.kind === kind) ?? [],
  );
  return strictest[0] ?? verdicts[0] ?? { kind: "yes", because: "nothing is said against it" };
}

function byAgents({ identity: { name, guard }, agent }: HandOut): Verdict {
  if (guard?.agents === undefined) return { kind: "yes", because: "nothing is said about agents" };
  if (agent === undefined) return { kind: "yes", because: "no coding agent is known to ask" };
  const where = agent.pid === undefined ? "its environment" : `the environment of process ${agent.pid}`;
  const because = `${quote(name)} is not for coding agents (${at(guard.agents.position)}), and ${agent.name} asks: ${agent.variable} is in ${where}`;
  return { kind: "no", because, hints: [] };
}

function byProtection({ identity: { name, guard }, way, isAgreed }: HandOut): Verdict {
  if (guard?.protected === undefined) return { kind: "yes", because: "it is not protected" };
  if (isAgreed) return { kind: "yes", because: "the person at this terminal has agreed" };
  if (way === "prompt") {
    // The prompt says whom it is about.
    return { kind: "no", because: "it is protected, and renewed at your word: aws-as renew", hints: [] };
  }
  return { kind: "ask", because: `${quote(name)} is protected (${at(guard.protected.position)})` };
}

/** How long the caller waits, and whether it is a person. */
interface Caller {
  readonly way: Way;
  readonly unattended: boolean;
  readonly deadline?: number | undefined;
}

/**
 * Carries the decision out.
 *
 * @throws UserError where the credentials stay here
 */
export async function checkHandOut(
  identity: Guarded,
  caller: Caller,
  { config, machine }: { readonly config: AwsConfig; readonly machine: Machine },
): Promise<void> {
  const agreement = await agreementTo(identity, config, machine);
  const agent = identity.guard?.agents && (await agentOf(machine));
  const verdict = mayHandOut({ identity, way: caller.way, isAgreed: await agreement.holds(), agent });
  if (verdict.kind === "yes") return;
  try {
    if (verdict.kind === "no") throw refused(verdict, identity, agent, config);
    await ask(identity, verdict.because, caller, machine, agreement);
  } catch (error) {
    const [because] = error instanceof UserError ? error.message.split("\n") : [];
    const way = caller.way === "prompt" ? "renew" : caller.way;
    if (way !== "keep")
      await noteInLog(config, { way, identity: identity.name, outcome: "refused", because }, machine);
    throw error;
  }
  await agreement.remember();
}

/**
 * The same for a process at the other end of a socket, to whose owner the identity may be served.
 *
 * @throws UserError where a coding agent asks that must not have it
 */
export async function checkProcess(
  identity: Identity,
  pid: number,
  { config, machine }: { readonly config: AwsConfig; readonly machine: Machine },
): Promise<void> {
  const agent = await agentOfProcess(pid, machine);
  const verdict = mayHandOut({ identity, way: "serve", isAgreed: true, agent });
  if (verdict.kind === "no") throw refused(verdict, identity, agent, config);
}

/** What an agent may have instead is the better hint. */
function refused(
  { because, hints }: Extract<Verdict, { kind: "no" }>,
  { name: asked }: Guarded,
  agent: Agent | undefined,
  config: AwsConfig,
): UserError {
  const name = baseName(asked);
  if (agent === undefined) return new UserError(because, { hints });
  const limited = [...config.ours.values()].find(
    ({ properties }) =>
      properties.get("limits")?.value === name &&
      (properties.get("agents") ?? config.settings?.properties.get("agents"))?.value !== "no",
  );
  return new UserError(because, {
    hints: [
      limited === undefined
        ? `give the agent one with less power: in ${config.files.config}, a section [aws-as ${name}-ro] with limits = ${name}, policy = read-only and agents = yes`
        : `what an agent may have: aws-as exec ${limited.name} -- COMMAND`,
      "if you are a person: run it in a terminal that no agent has started",
    ],
  });
}

/** A person's yes, which is remembered for a while and for one terminal. */
interface Agreement {
  readonly key: string;
  holds(): Promise<boolean>;
  remember(): Promise<void>;
}

/** Any program of this user can write such a note: it spares a person questions, and guards against nobody. */
async function agreementTo({ name }: Guarded, config: AwsConfig, machine: Machine): Promise<Agreement> {
  const { notes, clock } = machine;
  const terminal = await machine.terminalSession();
  const key = fingerprint(["agreement", name, terminal]);
  const minutes = terminal === "" ? 0 : protectedMinutes(config, name);
  const note = `agreements/${key}`;
  return {
    key,
    holds: async () => {
      const { at: saidAt } = ((await notes.read(note)) ?? {}) as { at?: unknown };
      const age = typeof saidAt === "number" ? clock.now() - saidAt : Number.NaN;
      return age >= 0 && age < minutes * 60_000;
    },
    remember: async () => {
      if (minutes > 0) await notes.write(note, { at: clock.now() });
    },
  };
}

async function ask(
  { name }: Guarded,
  because: string,
  { way, unattended, deadline }: Caller,
  machine: Machine,
  agreement: Agreement,
): Promise<void> {
  const refusal = `nobody agreed to hand out the credentials of ${quote(name)}, which is protected`;
  // The whole name, as its last word may be the same in every account; and typed, as a hand says y by itself.
  const word = baseName(name);
  const judge = (line: string) =>
    line.trim() === word
      ? { answer: word }
      : line.trim() === ""
        ? { answer: "" }
        : { complaint: `that is not ${word}; an empty line means no` };
  const ending =
    machine.env["AWS_AS_PROMPT"] === "none"
      ? ({ kind: "cannot-ask", because: 'AWS_AS_PROMPT is "none"' } as const)
      : await askInTurn({
          clock: machine.clock,
          notes: machine.notes,
          lock: () => machine.lock(`agreement-${agreement.key}`, deadline),
          key: `agreement-${agreement.key}`,
          unattended,
          refusal,
          // Of many programs at once, one asks.
          ask: async () => {
            if (await agreement.holds()) return { kind: "answer", value: word } as const;
            const line = await machine.people.line(`Type ${word} to agree:`, judge, [because], deadline);
            return line.kind === "answer" && line.value === "" ? ({ kind: "cancelled" } as const) : line;
          },
        });
  if (ending.kind === "answer") return;
  if (ending.kind === "timed-out") throw new UserError(`${refusal}: no answer came in time`);
  if (ending.kind === "cancelled") throw new UserError(refusal, { exitCode: 130 });
  throw new UserError(`${quote(name)} is protected, and nobody can be asked: ${ending.because}`, {
    hints: [
      way === "process" || way === "serve"
        ? `in a terminal: aws-as exec ${name} -- COMMAND`
        : "run the command in a terminal",
    ],
  });
}
