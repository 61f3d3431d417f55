import type { Candidate } from "../../emit/answer.ts";
import { shells } from "../../emit/shells.ts";
import { printable } from "../../system/printable.ts";
import { candidates } from "./candidates.ts";
import type { Grammar } from "./grammar.ts";

/** What completion knows besides the command line. */
export interface Knowledge {
  readonly grammar: Grammar;
  readonly identities: readonly Candidate[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What a shell's functions get to read when TAB was pressed: nothing for a shell that has no completion. Pure.
 *
 * @param words what follows `aws-as complete`: the shell, and the command line as that shell gives it
 */
export function completionAnswer([name, ...given]: readonly string[], known: Knowledge): string {
  const completion = shells.flatMap((shell) => shell.completion).find((each) => each.name === name);
  // A person cannot type what a terminal cannot show, and no such character may reach a terminal.
  const find = (line: readonly string[]) =>
    candidates(line, known.grammar, known.identities)
      .filter(({ word }) => printable(word) === word)
      .map(({ word, description }) => ({ word, description: printable(description) }));
  return completion?.answer(given, find, known.env) ?? "";
}
