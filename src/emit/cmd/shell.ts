import type { Shell } from "../dialect.ts";
import { dialect } from "./dialect.ts";

export const cmd: Shell = {
  names: ["cmd"],
  programs: ["cmd"],
  setup: [
    {
      shells: "cmd.exe",
      file: "typed; in a script with %%i",
      line: "for /f \"delims=\" %i in ('aws-as --shell cmd') do @%i",
    },
  ],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [],
  completionAlone: [],
};
