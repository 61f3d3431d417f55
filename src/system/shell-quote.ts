/** A word as every POSIX shell reads it back. emit/ has a function of its own, since it imports nothing. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
