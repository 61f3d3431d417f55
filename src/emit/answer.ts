/** A word that can stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What can stand in place of the last of these words, whether it begins like that word or not. */
export type Find = (words: readonly string[]) => readonly Candidate[];

/**
 * Answers a shell's question: reads the command line as its functions pass it on, and writes the candidates as they
 * read them. zsh, fish, elvish and nushell choose among candidates by rules of their own, the others do not. Pure.
 *
 * @param given the words after `aws-as complete SHELL`
 */
export type Answer = (
  given: readonly string[],
  find: Find,
  env: Readonly<Record<string, string | undefined>>,
) => string;

/** The candidates that begin like the last word. */
export function fitting(words: readonly string[], find: Find): Candidate[] {
  return find(words).filter(({ word }) => word.startsWith(words.at(-1) ?? ""));
}

/** A line for each candidate, with a tab before the description. */
export function described(candidates: readonly Candidate[]): string {
  return lines(
    candidates.map(({ word, description }) => (description === "" ? word : `${word}\t${description}`)),
  );
}

export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
