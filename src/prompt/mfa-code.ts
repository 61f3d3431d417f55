import type { Judge } from "./prompt.ts";

/** The six digits that a person typed, spaces aside; undefined when it is anything else. */
export function typedCode(text: string): string | undefined {
  const code = text.replace(/\s/g, "");
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/** Judges what a person typed. `spent` are codes that have been sent to AWS, which takes none twice. */
export function judgeCode(spent: ReadonlySet<string>): Judge<string> {
  return (line) => {
    const code = typedCode(line);
    if (code === undefined) return { complaint: "a code is six digits" };
    if (spent.has(code)) return { complaint: "this code was used before; wait for the next one" };
    return { answer: code };
  };
}

/**
 * The code in what a command printed: the last run of exactly six digits on a line (`Amazon:me  123456`),
 * provided that only one line holds one. Undefined when no line does; `several` when it would be a guess.
 */
export function printedCode(output: string): string | "several" | undefined {
  const codes = output
    .split("\n")
    .flatMap((line) => line.match(/(?<![0-9])[0-9]{6}(?![0-9])/g)?.at(-1) ?? []);
  return codes.length > 1 ? "several" : codes[0];
}
