import type { Endpoint } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { stsTime } from "../../aws/sts-time.ts";
import type { Machine } from "../../machine/machine.ts";
import { childEnvironment } from "../../system/children/child-environment.ts";
import { runChild } from "../../system/children/run-child.ts";
import type { StsFacts } from "./snapshot.ts";

/** For the request, and for the child that makes it, its start included. */
const limits = { connect: 4000, answer: 5000 };
const childTimeoutMs = 7000;

/** The hidden option of `doctor` under which the child runs. */
export const probeOption = "--ask-sts";

/**
 * Asks STS for the time, in a child that can be killed: a name server that does not answer holds a thread of the
 * process that asks, and Node waits for its threads even at process.exit.
 */
export async function askSts(endpoint: Endpoint, machine: Machine): Promise<StsFacts> {
  const { node, script } = machine.program;
  const host = hostOf(endpoint);
  const result = await runChild({
    program: node,
    words: [script, "doctor", `${probeOption}=${JSON.stringify(endpoint)}`],
    environment: childEnvironment(machine.env),
    timeLimit: childTimeoutMs,
    outputLimit: 8192,
    complaintLimit: 1024,
  });
  if (result.kind === "exited" && result.status === 0) return JSON.parse(result.output) as StsFacts;
  const message =
    result.kind === "timed-out"
      ? `no answer about ${host} within ${childTimeoutMs / 1000} s, perhaps from the name server`
      : `the request to ${host} could not be made`;
  const hints = ["check the network; behind a proxy, set HTTPS_PROXY"];
  return { host, outcome: { kind: "failure", because: "timeout", message, hints } };
}

/** What the child does: one request, whose outcome it prints as JSON. */
export async function answerProbe(endpoint: Endpoint, { env, clock }: Machine): Promise<StsFacts> {
  try {
    const before = clock.now();
    const { there, host } = await stsTime(endpoint, env, limits);
    const here = (before + clock.now()) / 2;
    // The header tells whole seconds.
    return { host, outcome: { kind: "answer", ahead: Math.round(here - there - 500) } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { kind: because, message, hints } = error;
    return { host: hostOf(endpoint), outcome: { kind: "failure", because, message, hints } };
  }
}

function hostOf({ stsUrl, region }: Endpoint): string {
  return stsUrl === undefined ? `STS in ${region}` : new URL(stsUrl).host;
}
