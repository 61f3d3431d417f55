import { described } from "../answer.ts";
import type { Shell } from "../dialect.ts";
import { dialect } from "./dialect.ts";

export const elvish: Shell = {
  names: ["elvish"],
  programs: ["elvish"],
  setup: [
    {
      shells: "elvish",
      file: "~/.config/elvish/rc.elv",
      line: "eval (aws-as --shell elvish | slurp)",
    },
  ],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [{ name: "elvish", answer: (words, find) => described(find(words)) }],
  completionAlone: [],
};
