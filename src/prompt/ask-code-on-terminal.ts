import { printable } from "../system/printable.ts";
import { type ConversationPorts, converse } from "./conversation.ts";
import { judgeCode } from "./mfa-code.ts";
import type { CodeAnswer, CodeQuestion } from "./prompt.ts";

/** Asks a person for a code. `spent` are codes that have been sent to AWS, which takes none twice. */
export async function askCodeOnTerminal(
  ports: ConversationPorts,
  question: CodeQuestion,
  spent: ReadonlySet<string>,
): Promise<CodeAnswer> {
  const ending = await converse<string>(ports, {
    preface: question.refusal === undefined ? undefined : printable(question.refusal),
    question: `MFA code for ${printable(question.identity)} (${printable(question.device)}): `,
    deadline: question.deadline,
    patience: 3,
    // Who knows that a code will be asked for may type it early.
    takesTypedAhead: true,
    judge: judgeCode(spent),
  });
  return ending.kind === "answer" ? { kind: "code", code: ending.value, from: "person" } : ending;
}
