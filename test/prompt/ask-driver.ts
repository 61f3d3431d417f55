import { appendFileSync } from "node:fs";
import { homedir } from "node:os";
import { type AskPorts, askMfaCode } from "../../src/prompt/ask.ts";
import { askSecret } from "../../src/prompt/ask-secret.ts";
import { desktopOf } from "../../src/prompt/desktop.ts";
import { confirm } from "../../src/prompt/questions.ts";
import { onAbandoned } from "../../src/system/children/abandoned.ts";
import { runCommand } from "../../src/system/children/run-command.ts";
import { systemClock } from "../../src/system/clock.ts";
import { lockFile } from "../../src/system/files/lock.ts";
import { systemTerminal } from "../../src/system/terminal/terminal.ts";

/**
 * A program around the prompt room, for tests on a real terminal. The order is JSON in the first argument,
 * each answer is a line of JSON on standard output (or appended to a file), a cancelled question exits 130.
 */
export interface Order {
  readonly what: "code" | "hidden" | "confirm" | "state";
  readonly identity?: string;
  /** One question per entry, from the second on with this refusal. */
  readonly refusals?: readonly string[];
  /** Milliseconds from now. */
  readonly within?: number;
  readonly given?: string;
  readonly mfaProcess?: string;
  readonly wanted?: string;
  /** Ask under the lock of this file, and only when `answers` is still empty. */
  readonly lock?: string;
  /** Answers go to this file instead of standard output. */
  readonly answers?: string;
}

const order: Order = JSON.parse(process.argv[2] ?? "");
const ports: AskPorts = {
  clock: systemClock,
  terminal: systemTerminal(),
  environment: process.env,
  desktop: () => desktopOf(process.env, process.platform, homedir()),
  run: runCommand,
  onAbandoned,
  turn: async () => ({ waited: false, release: () => undefined }),
  given: order.given,
  mfaProcess: () => order.mfaProcess,
  wanted: order.wanted,
};
const limit: { deadline?: number } =
  order.within === undefined ? {} : { deadline: systemClock.monotonic() + order.within };

function tell(answer: object): void {
  const line = `answer: ${JSON.stringify(answer)}\n`;
  if (order.answers === undefined) process.stdout.write(line);
  else appendFileSync(order.answers, line);
}

async function answerCode(): Promise<void> {
  const ask = askMfaCode(ports);
  const identity = order.identity ?? "my-user1";
  const device = "arn:aws:iam::111111111111:mfa/my-user1";
  for (const [index, refusal] of [undefined, ...(order.refusals ?? [])].entries()) {
    const why = refusal === undefined ? {} : { refusal };
    const answer = await ask({ identity, device, attempt: index + 1, ...why, ...limit });
    tell(answer);
    if (answer.kind === "cancelled") process.exitCode = 130;
    if (answer.kind !== "code") return;
  }
}

if (order.what === "code") {
  const lock = order.lock === undefined ? undefined : await lockFile(order.lock, { clock: systemClock });
  await answerCode();
  lock?.release();
} else if (order.what === "state") {
  tell({ state: ports.terminal.state() });
} else if (order.what === "hidden") {
  const answer = await askSecret(ports, "Passphrase:", limit.deadline);
  tell(answer.kind === "answer" ? { ...answer, value: answer.value.reveal() } : answer);
} else {
  tell(await confirm(ports, "Go on?", limit.deadline));
}
