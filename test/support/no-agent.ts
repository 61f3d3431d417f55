import type { TestContext } from "node:test";
import { agentIn } from "../../src/credentials/agents.ts";
import { startedWith } from "../../src/system/children/caller.ts";

/** False, and a skipped test, where a coding agent has started it: then no program that it starts is without one. */
export function withoutAgent(t: TestContext): boolean {
  const agent = startedWith(process.pid).find(({ environment }) => agentIn(environment) !== undefined);
  if (agent === undefined) return true;
  t.skip("NOT TESTED: a coding agent runs this test");
  return false;
}
