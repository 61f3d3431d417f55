import { childEnvironment } from "../../system/children/child-environment.ts";
import { runProgram } from "../../system/children/run-program.ts";
import type { Environment } from "../../system/environment.ts";
import type { PromptResult } from "../prompt.ts";
import { escaped, repliesIn } from "./assuan.ts";
import { didNotWork, endingWithoutStatus } from "./dialog.ts";
import type { AskInWindow, WindowQuestion } from "./window.ts";

/** Codes of libgpg-error. https://github.com/gpg/libgpg-error/blob/master/doc/errorref.txt */
const codes = { timeout: 62, cancelled: 99, fullyCancelled: 198 };

/**
 * Asks by one of gpg's pinentry programs in a window. All commands go out at once, since none depends on a reply;
 * standard input stays open until the program ends, because some take its end for a wish to stop. What is typed is
 * never shown.
 */
export function askByPinentry(program: string, environment: Environment): AskInWindow {
  return async (question) => {
    const commands = commandsFor(question, environment);
    const result = await runProgram(program, [], {
      environment: childEnvironment(environment),
      input: commands.map((line) => `${line}\n`).join(""),
      inputStaysOpen: true,
      timeLimit: question.timeLimit + closeGraceMs,
      signal: question.signal,
      outputLimit: 16 * 1024,
      complaintLimit: 2048,
    });
    if (result.kind !== "exited") return endingWithoutStatus("pinentry", result);
    return endingOf(result.output, commands.indexOf("GETPIN"), result.complaint);
  };
}

/** Milliseconds. The program keeps the time limit itself, and cleans up better than a kill does. */
const closeGraceMs = 1000;

function commandsFor(question: WindowQuestion, environment: Environment): string[] {
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"];
  const seconds = Math.max(1, Math.floor(question.timeLimit / 1000));
  return [
    // The code stands in another window or on a telephone, whose notes a person may want to copy from.
    "OPTION no-grab",
    ...(locale ? [`OPTION lc-ctype=${escaped(locale)}`] : []),
    `SETTIMEOUT ${seconds}`,
    "SETTITLE aws-as",
    `SETDESC ${escaped(question.lines.join("\n"))}`,
    `SETPROMPT ${escaped(question.label)}`,
    ...(question.complaint === undefined ? [] : [`SETERROR ${escaped(question.complaint)}`]),
    "GETPIN",
    "BYE",
  ];
}

/** An option or a command that an old pinentry does not know is no failure: only the reply to GETPIN counts. */
function endingOf(output: string, index: number, complaint: string): PromptResult<string> {
  const reply = repliesIn(output)[index];
  if (reply === undefined) return didNotWork("pinentry", complaint || "ended without an answer");
  if (reply.kind === "ok") return { kind: "answer", value: reply.data };
  if (reply.code === codes.timeout) return { kind: "timed-out" };
  if (reply.code === codes.cancelled || reply.code === codes.fullyCancelled) return { kind: "cancelled" };
  return didNotWork("pinentry", reply.words.replace(/ <[^>]*>$/, ""));
}
