import type { Machine } from "../machine/machine.ts";
import type { Started } from "../system/children/caller.ts";
import type { Environment } from "../system/environment.ts";

/** The variable by which a coding agent marks the commands that it runs. Without a value: any that is not empty. */
interface Mark {
  readonly agent: string;
  readonly variable: string;
  readonly value?: string;
}

/**
 * Those by which aws-cli marks its user agent, and `AI_AGENT`, whose value is the name:
 * https://github.com/vercel/vercel/tree/main/packages/detect-agent
 */
export const marks: readonly Mark[] = [
  { agent: "claude-code", variable: "CLAUDECODE", value: "1" },
  { agent: "gemini-cli", variable: "GEMINI_CLI", value: "1" },
  { agent: "codex", variable: "CODEX_THREAD_ID" },
  { agent: "kiro", variable: "KIRO_SESSION_ID" },
  { agent: "opencode", variable: "OPENCODE" },
  { agent: "antigravity", variable: "ANTIGRAVITY_AGENT" },
  { agent: "amp", variable: "AMP_CURRENT_THREAD_ID" },
  { agent: "pi", variable: "PI_CODING_AGENT", value: "true" },
  { agent: "copilot-cli", variable: "COPILOT_CLI", value: "1" },
  { agent: "cursor", variable: "CURSOR_AGENT", value: "1" },
  { agent: "", variable: "AI_AGENT" },
];

/** A coding agent in whose process tree somebody asks. */
export interface Agent {
  readonly name: string;
  readonly variable: string;
  /** The process above us in whose environment it stands; undefined: in our own. */
  readonly pid?: number | undefined;
}

/** The agent whose mark is in an environment. Pure. */
export function agentIn(environment: Environment): Agent | undefined {
  for (const { agent, variable, value } of marks) {
    const found = environment[variable];
    if (!found || (value !== undefined && found !== value)) continue;
    // As in a role session name, where it may stand. A version may stand behind the name: claude-code@1.
    const name = agent || (/^[\w.+-]{1,32}/.exec(found)?.[0] ?? "agent");
    return { name, variable };
  }
  return undefined;
}

/** The nearest agent of those that a process descends from. Pure. */
function agentAbove(started: readonly Started[]): Agent | undefined {
  for (const { pid, environment } of started) {
    const agent = agentIn(environment);
    if (agent !== undefined) return { ...agent, pid };
  }
  return undefined;
}

/**
 * The agent that asks us for something. The processes above us are looked at too, as `env -i`, tox and sandboxes take
 * variables away. A mark tells of an agent that says so: it is no proof that there is none.
 */
export async function agentOf({
  env,
  startedWith,
}: Pick<Machine, "env" | "startedWith">): Promise<Agent | undefined> {
  return agentIn(env) ?? agentAbove(await startedWith());
}

/** The same for another process, such as one at the other end of a socket. */
export async function agentOfProcess(
  pid: number,
  { startedWith }: Pick<Machine, "startedWith">,
): Promise<Agent | undefined> {
  return agentAbove(await startedWith(pid));
}
