import { printable } from "../system/printable.ts";
import { type ConversationPorts, converse } from "./conversation.ts";
import type { PromptResult } from "./prompt.ts";

/** Lets a person choose one of several texts by its number, until the deadline (milliseconds since 1970). */
export function choose(
  ports: ConversationPorts,
  question: string,
  texts: readonly string[],
  deadline?: number,
): Promise<PromptResult<string>> {
  const list = texts.map((text, index) => `  ${index + 1}. ${printable(text)}`).join("\n");
  return converse(ports, {
    preface: `${printable(question)}:\n${list}`,
    question: `1 to ${texts.length}: `,
    deadline,
    patience: 3,
    judge: (line) => {
      const chosen = /^\s*\d+\s*$/.test(line) ? texts[Number(line) - 1] : undefined;
      return chosen === undefined
        ? { complaint: `please answer with a number from 1 to ${texts.length}` }
        : { answer: chosen };
    },
  });
}
