/** Puts texts in for the words `AWS_AS_PART_…` of a script. */
export function filled(script: string, parts: Readonly<Record<string, string>>): string {
  return script.replace(/AWS_AS_PART_([A-Z]+)/g, (word, name: string) => parts[name] ?? word);
}
