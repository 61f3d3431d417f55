/** The six digits that a person typed, spaces aside; undefined when it is anything else. */
export function typedCode(text: string): string | undefined {
  const code = text.replace(/\s/g, "");
  return /^[0-9]{6}$/.test(code) ? code : undefined;
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
