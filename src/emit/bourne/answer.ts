import { type Answer, fitting, lines } from "../answer.ts";

/** What stands on a command line of bash up to the cursor. */
export interface BashLine {
  /** The words, without their quotes. The last is the one at the cursor, perhaps empty. */
  readonly words: readonly string[];
  /** How much of the last word stands before the place from which readline replaces it. */
  readonly kept: number;
  /** The quote that is open there. */
  readonly quote: "" | "'" | '"';
}

/**
 * Reads the line as bash does, but expands nothing. readline replaces a word from its last break character on, or
 * from the quote that is open: names may hold `:`, which is such a character. Pure.
 *
 * @param breaks COMP_WORDBREAKS
 */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let word: string | undefined;
  let kept = 0;
  let quote: BashLine["quote"] = "";
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    if (quote === "" && /[ \t\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      kept = 0;
      continue;
    }
    word ??= "";
    if (character === quote) {
      quote = "";
      kept = word.length;
    } else if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
      kept = word.length;
    } else if (character === "\\" && quote !== "'") {
      const next = line[++at] ?? "";
      word += quote === "" || /[$`"\\]/.test(next) ? next : character + next;
    } else {
      word += character;
      // What may begin a host or a variable belongs to the word that it begins.
      if (quote === "" && breaks.includes(character)) kept = word.length - (/[@$]/.test(character) ? 1 : 0);
    }
  }
  return { words: [...words, word ?? ""], kept, quote };
}

/** The text that readline is to put in, so that the line means the word. */
export function inBash(word: string, { kept, quote }: BashLine): string {
  const text = word.slice(kept);
  if (quote === "'") return text.replaceAll("'", "'\\''");
  if (quote === '"') return text.replace(/[$`"\\]/g, "\\$&");
  return text.replace(/[^\w.@:/+%,=-]/gu, "\\$&");
}

/** bash neither reads words for us nor quotes what it puts in. */
export const answerBash: Answer = ([text = "", breaks = ""], find) => {
  const line = readBashLine(text, breaks);
  return lines(fitting(line.words, find).map(({ word }) => inBash(word, line)));
};

/** `_describe` takes a colon for the start of the description. */
export const answerZsh: Answer = (words, find) =>
  lines(
    find(words).map(({ word, description }) => {
      const plain = word.replace(/[\\:]/g, "\\$&");
      return description === "" ? plain : `${plain}:${description}`;
    }),
  );
