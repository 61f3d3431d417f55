import { inBash, readBashLine } from "../../emit/bash-line.ts";
import { printable } from "../../system/printable.ts";
import { type Candidate, candidates } from "./candidates.ts";
import type { Grammar } from "./grammar.ts";

/** What completion knows besides the command line. */
export interface Knowledge {
  readonly grammar: Grammar;
  readonly identities: readonly Candidate[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What the functions in `emit/activation/completion` are told, a candidate per line. zsh and fish choose among
 * candidates by rules of their own, and quote what they put in; bash does neither. Pure.
 *
 * @param words what follows `aws-as complete`: the shell, and the command line as that shell gives it
 */
export function completionAnswer([shell = "", ...words]: readonly string[], known: Knowledge): string {
  const find = (line: readonly string[]) =>
    // Nobody can type what a terminal cannot show, and no such character may reach one.
    candidates(line, known.grammar, known.identities).filter(({ word }) => printable(word) === word);
  const fitting = (line: readonly string[]) =>
    find(line).filter(({ word }) => word.startsWith(line.at(-1) ?? ""));
  const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join("");
  const told = ({ word, description }: Candidate) =>
    description === "" ? word : `${word}\t${printable(description)}`;
  switch (shell) {
    case "bash": {
      const [text = "", breaks = ""] = words;
      const line = readBashLine(text, breaks);
      return lines(fitting(line.words).map(({ word }) => inBash(word, line)));
    }
    case "csh": {
      // tcsh splits what it is told at blanks.
      const line = readBashLine(known.env["COMMAND_LINE"] ?? "", "").words;
      return lines(fitting(line).flatMap(({ word }) => (/\s/.test(word) ? [] : [word])));
    }
    case "zsh":
      // `_describe` takes a colon for the start of the description.
      return lines(
        find(words).map(({ word, description }) =>
          [word.replace(/[\\:]/g, "\\$&"), ...(description === "" ? [] : [printable(description)])].join(":"),
        ),
      );
    case "fish":
    case "elvish":
      return lines(find(words).map(told));
    case "nu":
      return lines(find(readBashLine(words[0] ?? "", "").words).map(told));
    case "powershell": {
      // Windows PowerShell hands on no empty word, so a dot stands before the last.
      const line = [...words.slice(0, -1), (words.at(-1) ?? "").slice(1)];
      return lines(fitting(line).map(told));
    }
    default:
      return "";
  }
}
