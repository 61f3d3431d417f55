import { childEnvironment } from "../../system/children/child-environment.ts";
import { type ChildResult, runChild } from "../../system/children/run-child.ts";
import type { Environment } from "../../system/environment.ts";
import { printable } from "../../system/printable.ts";
import type { PromptResult } from "../prompt.ts";
import type { AskInWindow, WindowQuestion } from "./window.ts";

/** A program that shows one question and prints the answer: what to start, and what its exit status means. */
export interface Dialog {
  readonly program: string;
  command(question: WindowQuestion): DialogCommand;
  /** The result, by its exit status, standard output and standard error. */
  ending(status: number, output: string, complaint: string): PromptResult<string>;
}

export interface DialogCommand {
  readonly words: readonly string[];
  /** Variables for this question, for programs that read it there and not among their words. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Bytes and characters: far more than an answer has, or an error that is worth showing. */
const limits = { outputLimit: 8 * 1024, complaintLimit: 2048 };

/** Asks by a program that ends with its answer on standard output. */
export function askByDialog(dialog: Dialog, environment: Environment): AskInWindow {
  return async (question) => {
    const { words, variables = {} } = dialog.command(question);
    const { timeLimit, signal } = question;
    const result = await runChild({
      program: dialog.program,
      words,
      environment: { ...childEnvironment(environment), ...utf8(environment), ...variables },
      timeLimit,
      signal,
      ...limits,
    });
    if (result.kind === "exited") return dialog.ending(result.status, result.output, result.complaint);
    return endingWithoutStatus(dialog.program, result);
  };
}

/** The whole text above the field, in lines. */
export function textOf({ lines, complaint, label }: WindowQuestion): readonly string[] {
  return [...(complaint === undefined ? [] : [complaint, ""]), ...lines, "", label];
}

/** The texts are UTF-8. In another locale zenity refuses what is not ASCII, and kdialog shows it garbled. */
function utf8(environment: Environment): Record<string, string> {
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"] || "";
  return /utf-?8/i.test(locale) ? {} : { LC_ALL: "C.UTF-8" };
}

/** The result of a program that did not end by itself. */
export function endingWithoutStatus(
  program: string,
  result: Exclude<ChildResult, { kind: "exited" }>,
): PromptResult<string> {
  switch (result.kind) {
    case "cancelled":
    case "timed-out":
      return { kind: result.kind };
    case "killed":
      return didNotWork(program, `was ended by ${result.by}`);
    case "too-long":
      return didNotWork(program, "printed far more than an answer");
    case "not-started":
      return didNotWork(program, result.because);
  }
}

/** The window did not come up, or is broken: another way may do. */
export function didNotWork(program: string, why: string): PromptResult<string> {
  const line = why.trim().split("\n").at(-1)?.trim() ?? "";
  const words = line === "" ? "failed without a word" : line.slice(0, 200);
  return { kind: "cannot-ask", because: printable(`${program}: ${words}`) };
}

/** The first line of what was printed, as it was typed. */
export function answered(output: string): PromptResult<string> {
  return { kind: "answer", value: output.split(/\r?\n/, 1)[0] ?? "" };
}
