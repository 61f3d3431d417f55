import { Secret } from "../system/secret.ts";
import { firstThatWorks, type PromptWay, promptChoice, waysToPerson } from "./choose-way.ts";
import type { ConversationPorts } from "./conversation.ts";
import type { PromptResult } from "./prompt.ts";
import { askHidden } from "./questions.ts";
import { type WindowOptions, windowOf } from "./window/dialogs.ts";
import { converseInWindow, type WindowPorts } from "./window/window.ts";

export interface SecretPorts extends ConversationPorts, WindowPorts, WindowOptions {
  /** The text of `AWS_AS_PROMPT`. A command for codes has no passphrase, so `process` wishes nothing here. */
  readonly wanted?: string | undefined;
}

/** Asks for a secret that is not shown while it is typed, on the terminal or in a window. An empty one is a no. */
export async function askSecret(
  ports: SecretPorts,
  question: string,
  deadline?: number,
): Promise<PromptResult<Secret>> {
  return await firstThatWorks<PromptResult<Secret>>(waysToSecret(ports), async (way) => {
    switch (way.kind) {
      case "terminal":
        return await askHidden(ports, question, deadline);
      case "window":
        return await converseInWindow<Secret>(ports, windowOf(way.window, ports), {
          lines: [question.replace(/:\s*$/, "")],
          label: "Passphrase:",
          hidden: true,
          patience: 0,
          deadline,
          judge: (line) => ({ answer: new Secret(line) }),
        });
      case "cannot-ask":
        return way;
      default:
        throw new Error(`a secret by ${way.kind}`);
    }
  });
}

/** Whether there is anybody to ask. */
export function canAskSecret(ports: SecretPorts): boolean {
  return waysToSecret(ports).some(({ kind }) => kind !== "cannot-ask");
}

function waysToSecret({ wanted, terminal, desktop }: SecretPorts): readonly PromptWay[] {
  const choice = promptChoice(wanted);
  return waysToPerson({
    wanted: choice === "process" ? undefined : choice,
    terminal: terminal.state(),
    desktop,
  });
}
