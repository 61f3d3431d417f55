import { isDeepStrictEqual } from "node:util";
import type { FakeAws } from "../test/support/aws/fake-aws.ts";
import { awsCli } from "./aws-cli.ts";
import type { Stage } from "./stage.ts";
import { callsOfStory, type Step, story } from "./story.ts";
import { colors, say, shortened } from "./telling.ts";
import { type Outcome, openTypist } from "./typist.ts";

/** Plays the story. Answers the exit status: 0 when every step did what the story says, else 1. */
export async function playStory(stage: Stage): Promise<number> {
  const cli = awsCli(stage.env);
  const props = { aws: cli, code: stage.code, endpoint: stage.aws.url };
  const typist = await openTypist(stage.env, stage.home);
  say(prologue(typist.shell));
  try {
    for (const step of story(props)) {
      if (step.title !== undefined) say(`\n${colors.cyan(`# ${step.title}`)}`);
      say(`${colors.bold("$")} ${colors.bold(step.command)}`);
      const outcome = await typist.run(step.command, step.replies);
      if (outcome.raw !== "") say(shortened(outcome.raw, stage.aws.secrets()));
      const flaw = flawOf(step, outcome);
      if (flaw !== undefined) return fail(`"${step.command}" ${flaw}`);
    }
  } finally {
    await typist.close();
  }
  const calls = callsOf(stage.aws.requests);
  say(epilogue(calls, cli !== undefined));
  const expected = callsOfStory(props);
  return isDeepStrictEqual(calls, expected) ? 0 : fail(`AWS expected ${JSON.stringify(expected)}`);
}

function flawOf(step: Step, { status, text }: Outcome): string | undefined {
  if (status !== 0) return `ended with status ${status}`;
  const missing = step.expect.find((pattern) => !pattern.test(text));
  return missing && `did not print what it should: ${missing}`;
}

function fail(what: string): number {
  process.stderr.write(`\ndemo: FAILED: ${what}\n`);
  return 1;
}

/** Per action, how many calls AWS granted and how many it did not. */
function callsOf(requests: FakeAws["requests"]): Record<string, [granted: number, refused: number]> {
  return Object.fromEntries(
    Object.entries(requests.counts()).map(([action, count]) => {
      const granted = requests.count(action, "ok");
      return [action, [granted, count - granted]];
    }),
  );
}

const prologue = (shell: string) => `\
This is the built aws-as in a real ${shell} on a real terminal; only AWS is played, by a strict fake on this machine.
Sessions rest in an encrypted file here, at home in your keychain. Long secrets are shortened (…) in this output.`;

function epilogue(calls: ReturnType<typeof callsOf>, withCli: boolean): string {
  const list = Object.entries(calls).map(
    ([action, [granted, refused]]) => `${granted} ${action}${refused > 0 ? ` (and ${refused} refused)` : ""}`,
  );
  const leftOut = withCli ? "" : "\nLeft out: aws-cli, which is not on PATH or does not start.";
  return `
${colors.cyan("# All that AWS was asked:")}
${list.join(", ")}
${leftOut}
Every step was checked. Now play yourself: npm run demo -- --shell`;
}
