import { createTwoFilesPatch } from "diff";
import { createColors } from "picocolors";

/** A property that holds a secret, also one that is commented out. init changes none, but they stand next to changes. */
const secret = /^([#;\t ]*[a-z_]*(?:secret|token|passw|passphrase)[a-z_]*[\t ]*=[\t ]*)\S.*$/gim;

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
  return text
    .replace(secret, "$1[secret]")
    .replace(/\r$/gm, "")
    .replace(/(?!\t|\n)\p{Cc}/gu, "?");
}
