import { childEnvironment } from "../../system/children/child-environment.ts";
import { runChild } from "../../system/children/run-child.ts";
import type { Environment } from "../../system/environment.ts";
import type { PromptResult } from "../prompt.ts";
import { didNotWork, endingWithoutStatus } from "./dialog.ts";
import type { AskInWindow, WindowQuestion } from "./window.ts";

/**
 * The Assuan protocol between gpg's programs and a pinentry, as far as one question needs it: lines of commands, each
 * answered by `OK` or `ERR code words`, with `D data` before the OK of GETPIN.
 * https://www.gnupg.org/documentation/manuals/assuan/
 */

/** The reply to the command of an index, counted from 0. */
export type Reply =
  | { readonly kind: "ok"; readonly data: string }
  /** `code` without the part that names the program that gave it. */
  | { readonly kind: "error"; readonly code: number; readonly words: string };

/** Text as one line can carry it: percent signs and what would end the line are escaped. */
export function escaped(text: string): string {
  return text.replace(
    /[%\r\n]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Data as it was before it was escaped; bytes are UTF-8. */
function unescaped(text: string): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const raw = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(raw, "latin1").toString("utf8");
}

/** The replies in what a program printed, the greeting left out. Status lines and comments are ignored. */
export function repliesIn(output: string): Reply[] {
  const replies: Reply[] = [];
  let data = "";
  for (const line of output.split(/\r?\n/)) {
    if (line.startsWith("D ")) data += unescaped(line.slice(2));
    const error = /^ERR (\d+) ?(.*)$/.exec(line);
    if (error) {
      // The low 16 bits; above them stands the source of the error.
      replies.push({ kind: "error", code: Number(error[1]) & 0xffff, words: error[2] ?? "" });
    } else if (/^OK( |$)/.test(line)) {
      replies.push({ kind: "ok", data });
    } else {
      continue;
    }
    data = "";
  }
  return replies.slice(1);
}

/** Codes of libgpg-error. https://github.com/gpg/libgpg-error/blob/master/doc/errorref.txt */
const codes = { timeout: 62, cancelled: 99, fullyCancelled: 198 };

/**
 * Asks by one of gpg's pinentry programs in a window. All commands go out at once, since none depends on a reply;
 * standard input stays open until the program ends, because some stop at its end. What is typed is never shown.
 */
export function askByPinentry(program: string, environment: Environment): AskInWindow {
  return async (question) => {
    const commands = commandsFor(question, environment);
    const result = await runChild({
      program,
      words: [],
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
    // The user may want to copy the code from another window.
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

/** An option or a command that an old pinentry does not know does not matter: only the reply to GETPIN counts. */
function endingOf(output: string, index: number, complaint: string): PromptResult<string> {
  const reply = repliesIn(output)[index];
  if (reply === undefined) return didNotWork("pinentry", complaint || "ended without an answer");
  if (reply.kind === "ok") return { kind: "answer", value: reply.data };
  if (reply.code === codes.timeout) return { kind: "timed-out" };
  if (reply.code === codes.cancelled || reply.code === codes.fullyCancelled) return { kind: "cancelled" };
  return didNotWork("pinentry", reply.words.replace(/ <[^>]*>$/, ""));
}
