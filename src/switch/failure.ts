import { bourne } from "../emit/bourne/shell.ts";
import { shellNamed } from "../emit/shells.ts";

/**
 * What a failed command leaves on standard output, told from its words alone, as these may be what is wrong. Where
 * shell code was asked for it is code that fails, since `eval` of nothing is a success; else nothing. Pure.
 */
export function failureOf([verb = "", ...words]: readonly string[]): string {
  if (verb !== "env" && verb !== "activate") return "";
  if (verb === "env" && givenFor("--format", words) !== undefined) return "";
  const short = verb === "activate" && words.includes("-c") ? "csh" : "sh";
  return (shellNamed(givenFor("--shell", words) ?? short) ?? bourne).dialect.failure;
}

function givenFor(option: string, words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === option || word.startsWith(`${option}=`));
  const word = words[at];
  if (word === undefined) return undefined;
  return word === option ? (words[at + 1] ?? "") : word.slice(option.length + 1);
}
