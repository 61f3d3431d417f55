import type { Shell, Typed } from "../dialect.ts";
import { answerBash, answerZsh } from "./answer.ts";
import { dialect } from "./dialect.ts";

const typed: Typed = {
  evaluate: (command) => `eval "$(${command})"`,
  unset: (names) => `unset ${names.join(" ")}`,
  ask: (name) => `read -rs ${name} && export ${name}`,
  set: (name, value) => `export ${name}=${value}`,
};
const line = 'eval "$(aws-as -s)"';

/** The Bourne family. What only bash or only zsh can do is in files of their names. */
export const bourne: Shell = {
  names: ["sh", "bash", "zsh", "ksh", "dash", "ash", "mksh", "yash", "posh"],
  programs: [
    ...["sh", "bash", "rbash", "zsh", "dash", "ash", "yash", "posh"],
    ...["ksh", "ksh93", "rksh", "mksh", "lksh", "oksh", "loksh"],
  ],
  typed,
  setup: [
    { shells: "bash", file: "~/.bashrc", line },
    { shells: "zsh", file: "~/.zshrc", line },
    { shells: "ksh, mksh, yash, dash, ash", file: "the file that ENV names", line },
  ],
  dialect,
  activation: async (parts) => (await import("./activation.ts")).activation(parts),
  completion: [
    { name: "bash", answer: answerBash },
    { name: "zsh", answer: answerZsh },
  ],
  completionAlone: [
    {
      names: ["bash"],
      setup: { shells: "bash", file: "~/.bashrc", line: 'eval "$(aws-as completion bash)"' },
      code: async () => (await import("./activation.ts")).bashAlone,
    },
    {
      names: ["zsh"],
      setup: { shells: "zsh", file: "~/.zshrc, after compinit", line: 'eval "$(aws-as completion zsh)"' },
      code: async () => (await import("./activation.ts")).zshAlone,
    },
  ],
};
