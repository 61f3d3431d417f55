import { described, fitting } from "../answer.ts";
import type { Shell } from "../dialect.ts";
import { dialect } from "./dialect.ts";

export const powershell: Shell = {
  names: ["powershell", "pwsh"],
  programs: ["powershell", "pwsh"],
  setup: [
    {
      shells: "PowerShell",
      file: "$PROFILE",
      line: "aws-as --shell powershell | Out-String | Invoke-Expression",
    },
  ],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [
    {
      name: "powershell",
      // Windows PowerShell passes on no empty word, so a dot stands before the last.
      answer: (given, find) =>
        described(fitting([...given.slice(0, -1), (given.at(-1) ?? "").slice(1)], find)),
    },
  ],
  completionAlone: [
    {
      names: ["powershell", "pwsh"],
      setup: {
        shells: "PowerShell",
        file: "$PROFILE",
        line: "aws-as completion powershell | Out-String | Invoke-Expression",
      },
      code: async () => (await import("./completion.ts")).alone,
    },
  ],
};
