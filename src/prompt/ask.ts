import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";
import { firstThatWorks, type PromptWay, promptChoice, waysToCode } from "./choose-way.ts";
import { type ConversationPorts, converse } from "./conversation.ts";
import type { Desktop } from "./desktop.ts";
import { judgeCode, typedCode } from "./mfa-code.ts";
import type { AskMfaCode, CodeAnswer, CodeQuestion, PromptResult } from "./prompt.ts";
import { type MfaProcessPorts, runMfaProcess } from "./run-mfa-process.ts";
import { windowOf } from "./window/dialogs.ts";
import { converseInWindow, type WindowKind, type WindowPorts } from "./window/window.ts";

export interface AskPorts extends ConversationPorts, MfaProcessPorts, WindowPorts {
  /** What there is to ask with besides the terminal. */
  readonly desktop: () => Desktop;
  /** The code of `--code` or `AWS_AS_MFA_CODE`. */
  readonly given?: string | undefined;
  /** The command line of `mfa_process` for this question. */
  readonly mfaProcess?: ((question: CodeQuestion) => string | undefined) | undefined;
  /** The text of `AWS_AS_PROMPT`. */
  readonly wanted?: string | undefined;
}

/**
 * Asks for MFA codes in the first way that can work. Remembers the codes it gave, per device, and gives none
 * twice, because AWS takes none twice. A given code serves one question.
 *
 * Throws a UserError for an unknown `AWS_AS_PROMPT`, a given code that is none, and a failed `mfa_process`.
 */
export function askMfaCode(ports: AskPorts): AskMfaCode {
  const spentOf = new Map<string, Set<string>>();
  let given = ports.given === undefined || ports.given === "" ? undefined : sixDigits(ports.given);
  let givenTo: string | undefined;
  const wanted = promptChoice(ports.wanted);

  return async (question) => {
    const spent = spentOf.get(question.device) ?? new Set();
    spentOf.set(question.device, spent);
    if (givenTo === question.device) {
      const reason = question.attempt > 1 ? "refused" : "used already";
      return { kind: "cannot-ask", because: `the given code was ${reason}` };
    }
    const answer = await carryOut(question, spent);
    if (answer.kind === "code") spent.add(answer.code);
    return answer;
  };

  async function carryOut(question: CodeQuestion, spent: ReadonlySet<string>): Promise<CodeAnswer> {
    const terminal = ports.terminal.state();
    const mfaProcess = ports.mfaProcess?.(question);
    const ways = waysToCode({ given, mfaProcess, wanted, terminal, desktop: ports.desktop });
    return await firstThatWorks(ways, (way) => by(way, question, spent));
  }

  async function by(way: PromptWay, question: CodeQuestion, spent: ReadonlySet<string>): Promise<CodeAnswer> {
    switch (way.kind) {
      case "given":
        given = undefined;
        givenTo = question.device;
        return { kind: "code", code: way.code, from: "given" };
      case "process":
        return await runMfaProcess(ports, way.command, question, spent);
      case "terminal":
        return codeAnswer(await askOnTerminal(ports, question, spent));
      case "window":
        return codeAnswer(await askInWindow(ports, way.window, question, spent));
      case "cannot-ask":
        return way;
    }
  }
}

function codeAnswer(result: PromptResult<string>): CodeAnswer {
  return result.kind === "answer" ? { kind: "code", code: result.value, from: "person" } : result;
}

function askOnTerminal(
  ports: ConversationPorts,
  { identity, device, refusal, deadline }: CodeQuestion,
  spent: ReadonlySet<string>,
): Promise<PromptResult<string>> {
  return converse(ports, {
    preface: refusal === undefined ? undefined : printable(refusal),
    question: `MFA code for ${printable(identity)} (${printable(device)}): `,
    deadline,
    patience: 3,
    // A person who knows that a code will be asked for may type it early.
    takesTypedAhead: true,
    judge: judgeCode(spent),
  });
}

function askInWindow(
  ports: AskPorts,
  kind: WindowKind,
  { identity, device, refusal, deadline }: CodeQuestion,
  spent: ReadonlySet<string>,
): Promise<PromptResult<string>> {
  const account = /^arn:[^:]*:iam::(\d{12}):/.exec(device)?.[1];
  return converseInWindow(ports, windowOf(kind, ports), {
    lines: [
      `MFA code for ${printable(identity)}${account === undefined ? "" : ` in account ${account}`}`,
      printable(device),
    ],
    label: "Code:",
    complaint: refusal,
    judge: judgeCode(spent),
    deadline,
    patience: 3,
  });
}

function sixDigits(given: string): string {
  const code = typedCode(given);
  if (code !== undefined) return code;
  throw new UserError("the given MFA code is not six digits", {
    hints: ["give the code of the moment: --code 123456, or AWS_AS_MFA_CODE=123456"],
    exitCode: 2,
  });
}
