import { fitting, lines } from "../answer.ts";
import { readBashLine } from "../bourne/bash-line.ts";
import type { Shell } from "../dialect.ts";
import { dialect } from "./dialect.ts";

export const csh: Shell = {
  names: ["csh", "tcsh"],
  programs: ["csh", "bsd-csh", "tcsh"],
  setup: [{ shells: "csh, tcsh", file: "~/.cshrc or ~/.tcshrc", line: "if ($?prompt) eval `aws-as -c`" }],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [
    {
      name: "csh",
      // tcsh splits what it reads at blanks, so a word with one cannot be offered.
      answer: (_, find, env) => {
        const { words } = readBashLine(env["COMMAND_LINE"] ?? "", "");
        return lines(fitting(words, find).flatMap(({ word }) => (/\s/.test(word) ? [] : [word])));
      },
    },
  ],
  // csh itself has no completion.
  completionAlone: [
    {
      names: ["tcsh"],
      setup: { shells: "tcsh", file: "~/.tcshrc", line: 'eval "`aws-as completion tcsh`"' },
      code: async () => (await import("./completion.ts")).alone,
    },
  ],
};
