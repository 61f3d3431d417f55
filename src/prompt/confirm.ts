import { printable } from "../system/printable.ts";
import { type ConversationPorts, converse } from "./conversation.ts";
import type { PromptResult } from "./prompt.ts";

/** Asks a question of yes or no; an empty line means no. */
export async function confirm(
  ports: ConversationPorts,
  question: string,
  options: { readonly deadline?: number } = {},
): Promise<PromptResult<boolean>> {
  return await converse<boolean>(ports, {
    question: `${printable(question)} [y/N] `,
    deadline: options.deadline,
    patience: 3,
    judge: (line) => {
      const word = line.trim().toLowerCase();
      if (["y", "yes"].includes(word)) return { answer: true };
      if (["", "n", "no"].includes(word)) return { answer: false };
      return { complaint: "please answer yes or no" };
    },
  });
}
