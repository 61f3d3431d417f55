import { described } from "../answer.ts";
import { readBashLine } from "../bourne/bash-line.ts";
import type { Shell } from "../dialect.ts";
import { dialect } from "./dialect.ts";

export const nushell: Shell = {
  names: ["nu", "nushell"],
  programs: ["nu"],
  setup: [
    {
      shells: "nushell",
      file: "config.nu",
      line: "$env.config.hooks.pre_prompt ++= [(aws-as --shell nu)]",
    },
  ],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [{ name: "nu", answer: ([line = ""], find) => described(find(readBashLine(line, "").words)) }],
  completionAlone: [],
};
