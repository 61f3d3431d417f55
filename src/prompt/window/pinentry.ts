import { childEnvironment } from "../../system/children/child-environment.ts";
import { runProgram } from "../../system/children/run-program.ts";
import type { Environment } from "../../system/environment.ts";
import type { TerminalLoan } from "../../system/terminal/terminal.ts";
import type { PromptResult } from "../prompt.ts";
import { escaped, repliesIn } from "./assuan.ts";
import { didNotWork, endingWithoutStatus } from "./dialog.ts";
import type { AskInWindow, WindowQuestion } from "./window.ts";

/** A pinentry, and what it may use to be seen. */
export interface Pinentry {
  readonly program: string;
  /** The terminal's path, for one that draws on a terminal; absent: it must find a display. */
  readonly terminal?: { readonly path: string; readonly lend: () => TerminalLoan };
}

/** Codes of libgpg-error. https://github.com/gpg/libgpg-error/blob/master/doc/errorref.txt */
const codes = { timeout: 62, cancelled: 99, fullyCancelled: 198 };

/**
 * Asks by one of gpg's pinentry programs. All commands go out at once, since none depends on a reply; standard input stays
 * open until the program ends, because some take its end for a wish to stop. What is typed is never shown.
 */
export function askByPinentry(pinentry: Pinentry, environment: Environment): AskInWindow {
  return async (question) => {
    const commands = commandsFor(question, pinentry, environment);
    const loan = pinentry.terminal?.lend();
    const { signal, off } = eitherOf(question.signal, loan?.suspended);
    const { timeLimit } = question;
    let byItself = false;
    try {
      const result = await runProgram(pinentry.program, [], {
        environment: childEnvironment(environment),
        input: commands.map((line) => `${line}\n`).join(""),
        inputStaysOpen: true,
        timeLimit: timeLimit + closeGraceMs,
        signal,
        outputLimit: 16 * 1024,
        complaintLimit: 2048,
      });
      byItself = result.kind === "exited";
      if (loan?.suspended.aborted && !question.signal.aborted) return { kind: "suspended" };
      if (result.kind !== "exited") return endingWithoutStatus("pinentry", result);
      return endingOf(result.output, commands.indexOf("GETPIN"), result.complaint);
    } finally {
      off();
      // One that was killed while it drew leaves the terminal as it was using it.
      loan?.end(byItself);
    }
  };
}

/** Aborted when one of them is. `AbortSignal.any` is younger than the oldest Node we run on. */
function eitherOf(one: AbortSignal, other: AbortSignal | undefined) {
  const both = new AbortController();
  const abort = () => both.abort();
  const signals = other === undefined ? [one] : [one, other];
  for (const signal of signals) signal.addEventListener("abort", abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  return {
    signal: both.signal,
    off: () => {
      for (const signal of signals) signal.removeEventListener("abort", abort);
    },
  };
}

/** Milliseconds. The program keeps the time limit itself, and cleans up better than a kill does. */
const closeGraceMs = 1000;

function commandsFor(question: WindowQuestion, { terminal }: Pinentry, environment: Environment): string[] {
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"];
  const seconds = Math.max(1, Math.floor(question.timeLimit / 1000));
  return [
    // The code stands in another window or on a telephone, whose notes a person may want to copy from.
    "OPTION no-grab",
    ...(terminal === undefined
      ? []
      : [
          `OPTION ttyname=${escaped(terminal.path)}`,
          `OPTION ttytype=${escaped(environment["TERM"] || "dumb")}`,
        ]),
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
