/** A shell's text with its words `AWS_AS_PART_…` replaced. */
export function filled(text: string, parts: Readonly<Record<string, string>>): string {
  return text.replace(/AWS_AS_PART_([A-Z]+)/g, (word, name: string) => parts[name] ?? word);
}
