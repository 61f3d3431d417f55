import { printable } from "../system/printable.ts";
import { type ConversationPorts, converse } from "./conversation.ts";
import type { Judge, PromptResult } from "./prompt.ts";

/** Asks for a line of text; an answer that the judge does not accept is met by the question again, three times. */
export function askLine(
  ports: ConversationPorts,
  question: string,
  judge: Judge<string>,
): Promise<PromptResult<string>> {
  return converse(ports, { question: `${printable(question)} `, patience: 3, judge });
}
