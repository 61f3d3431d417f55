import { printable } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";
import { type ConversationPorts, converse } from "./conversation.ts";
import type { Judge, PromptResult } from "./prompt.ts";

/** Asks a question of yes or no; an empty line means no. */
export function confirm(
  ports: ConversationPorts,
  question: string,
  deadline?: number,
  preface?: readonly string[],
): Promise<PromptResult<boolean>> {
  return converse<boolean>(ports, {
    preface: preface?.map(printable).join("\n"),
    question: `${printable(question)} [y/N] `,
    deadline,
    patience: 3,
    judge: (line) => {
      const word = line.trim().toLowerCase();
      if (["y", "yes"].includes(word)) return { answer: true };
      if (["", "n", "no"].includes(word)) return { answer: false };
      return { complaint: "please answer yes or no" };
    },
  });
}

/** Asks for a line of text, up to three more times where the judge does not accept the answer. */
export function askLine(
  ports: ConversationPorts,
  question: string,
  judge: Judge<string>,
  preface?: readonly string[],
  deadline?: number,
): Promise<PromptResult<string>> {
  return converse(ports, {
    preface: preface?.map(printable).join("\n"),
    question: `${printable(question)} `,
    deadline,
    patience: 3,
    judge,
  });
}

/** Asks for a secret that is not shown while it is typed. An empty line is a no. */
export function askHidden(
  ports: ConversationPorts,
  question: string,
  deadline?: number,
): Promise<PromptResult<Secret>> {
  return converse<Secret>(ports, {
    question: `${printable(question)} `,
    deadline,
    patience: 0,
    hidden: true,
    judge: (line) => (line === "" ? { complaint: "" } : { answer: new Secret(line) }),
  });
}

/** Lets a person choose one of several texts by its number, until the deadline (milliseconds of the monotonic clock). */
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
