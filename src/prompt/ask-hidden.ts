import { printable } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";
import { type ConversationPorts, converse } from "./conversation.ts";
import type { PromptResult } from "./prompt.ts";

/** Asks for a secret that is not shown while it is typed. An empty line is a no. */
export async function askHidden(
  ports: ConversationPorts,
  question: string,
  options: { readonly deadline?: number } = {},
): Promise<PromptResult<Secret>> {
  return await converse<Secret>(ports, {
    question: `${printable(question)} `,
    deadline: options.deadline,
    patience: 0,
    hidden: true,
    judge: (line) => (line === "" ? { complaint: "" } : { answer: new Secret(line) }),
  });
}
