import { described } from "../answer.ts";
import type { Shell } from "../dialect.ts";
import { dialect } from "./dialect.ts";

const file = "~/.config/fish/config.fish";

export const fish: Shell = {
  names: ["fish"],
  programs: ["fish"],
  setup: [{ shells: "fish", file, line: "aws-as --shell fish | source" }],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [{ name: "fish", answer: (words, find) => described(find(words)) }],
  completionAlone: [
    {
      names: ["fish"],
      setup: { shells: "fish", file, line: "aws-as completion fish | source" },
      code: async () => (await import("./completion.ts")).alone,
    },
  ],
};
