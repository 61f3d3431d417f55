import { createTwoFilesPatch } from "diff";
import { createColors } from "picocolors";

/** A property that holds a secret, also one that is commented out. init changes none, but they stand next to changes. */
const secret = /^([#;\t ]*[a-z_]*(?:secret|token|passw|passphrase)[a-z_]*[\t ]*=[\t ]*)(.*)$/is;

/** A word behind an option that names a secret: some credential_process lines hold one. */
const inCommand = /(--?[\w-]*(?:secret|token|passw|passphrase)[\w-]*[= \t]+)\S+/gi;

/**
 * What would change in a file, as a unified diff; empty when nothing would. For a person's eyes, not for `patch`:
 * secrets in the lines around are left out, and so are control characters, which could drive the terminal.
 */
export function showDiff(path: string, before: string, after: string, colored: boolean): string {
  if (before === after) return "";
  const colors = createColors(colored);
  const [old, fresh] = [before, after].map(presentable) as [string, string];
  const patch = createTwoFilesPatch(path, path, old, fresh, "now", "after aws-as init", { context: 2 });
  // What stands above the file names is for patch files of several parts.
  const lines = patch.slice(patch.indexOf("--- ")).split("\n");
  return lines
    .map((line) => {
      if (line.startsWith("+++") || line.startsWith("---")) return colors.bold(line);
      if (line.startsWith("@@")) return colors.cyan(line);
      if (line.startsWith("+")) return colors.green(line);
      if (line.startsWith("-")) return colors.red(line);
      return line;
    })
    .join("\n");
}

function presentable(text: string): string {
  return withoutSecrets(text)
    .replace(/\r$/gm, "")
    .replace(/(?!\t|\n)\p{Cc}/gu, "?");
}

function withoutSecrets(text: string): string {
  // A value may go on over indented lines, with blank ones and comments between them.
  let within = false;
  const shown = text.split("\n").map((line) => {
    const [, before, value] = secret.exec(line) ?? [];
    if (before !== undefined) {
      within = true;
      return value?.trim() ? `${before}[secret]` : line;
    }
    if (line.trim() === "" || /^[#;]/.test(line)) return line.replace(inCommand, "$1[secret]");
    const indent = /^[ \t]+/.exec(line)?.[0];
    if (within && indent !== undefined) return `${indent}[secret]`;
    within = false;
    return line.replace(inCommand, "$1[secret]");
  });
  return shown.join("\n");
}
