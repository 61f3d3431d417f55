import assert from "node:assert/strict";
import type { AskMfaCode, CodeAnswer, CodeQuestion } from "../../src/prompt/prompt.ts";

/** Answers in order, and fails the test on a question that was not expected. */
export function scriptedPrompt(...answers: (string | CodeAnswer)[]): AskMfaCode & { asked: CodeQuestion[] } {
  const asked: CodeQuestion[] = [];
  const ask: AskMfaCode = async (question) => {
    asked.push(question);
    const answer = answers.shift();
    assert.ok(answer !== undefined, `an unexpected question: ${JSON.stringify(question)}`);
    return typeof answer === "string" ? { kind: "code", code: answer, from: "person" } : answer;
  };
  return Object.assign(ask, { asked });
}
