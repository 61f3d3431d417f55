import { printable } from "../system/printable.ts";
import { judgeCode } from "./mfa-code.ts";
import type { CodeAnswer, CodeQuestion } from "./prompt.ts";
import { converseInWindow, type WindowKind, type WindowPorts } from "./window/window.ts";
import { type WindowOptions, windowOf } from "./window/window-of.ts";

/** Asks a person for a code in a window. `spent` are codes that have been sent to AWS, which takes none twice. */
export async function askCodeInWindow(
  ports: WindowPorts & WindowOptions,
  kind: WindowKind,
  question: CodeQuestion,
  spent: ReadonlySet<string>,
): Promise<CodeAnswer> {
  const { device, identity } = question;
  const account = /^arn:[^:]*:iam::(\d{12}):/.exec(device)?.[1];
  const ending = await converseInWindow<string>(ports, windowOf(kind, ports), {
    lines: [
      `MFA code for ${printable(identity)}${account === undefined ? "" : ` in account ${account}`}`,
      printable(device),
    ],
    label: "Code:",
    complaint: question.refusal,
    judge: judgeCode(spent),
    deadline: question.deadline,
    patience: 3,
  });
  return ending.kind === "answer" ? { kind: "code", code: ending.value, from: "person" } : ending;
}
