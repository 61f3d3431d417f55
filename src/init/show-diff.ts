import { createTwoFilesPatch } from "diff";
import { createColors } from "picocolors";

/** What would change in a file, as a unified diff; empty when nothing would. */
export function showDiff(path: string, before: string, after: string, colored: boolean): string {
  if (before === after) return "";
  const colors = createColors(colored);
  const patch = createTwoFilesPatch(path, path, before, after, "now", "after aws-as init", { context: 2 });
  // The first line is a rule, which only patch files of several parts need.
  const lines = patch.split("\n").filter((line) => !line.startsWith("====="));
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
