import { createTwoFilesPatch } from "diff";
import { createColors } from "picocolors";

/** What would change in a file, as a unified diff; empty when nothing would. */
export function showDiff(path: string, before: string, after: string, colored: boolean): string {
  if (before === after) return "";
  const colors = createColors(colored);
  const patch = createTwoFilesPatch(path, path, before, after, "now", "after aws-as init", { context: 2 });
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
