import type { Shell } from "../dialect.ts";
import { dialect } from "./dialect.ts";

export const xonsh: Shell = {
  names: ["xonsh"],
  programs: ["xonsh"],
  setup: [{ shells: "xonsh", file: "~/.config/xonsh/rc.xsh", line: "execx($(aws-as --shell xonsh))" }],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [],
  completionAlone: [],
};
