/** How a completion's text calls the program, and the name of the function that completes. */
interface CompletionParts {
  readonly program: string;
  readonly complete: string;
}

/** A completion's text with its parts in place. */
export function filled(text: string, { program, complete }: CompletionParts): string {
  return text.replaceAll("AWS_AS_PART_PROGRAM", program).replaceAll("AWS_AS_PART_COMPLETE", complete);
}
