/** Every command: the words that follow `aws-as`. Completion has its own way, because clipanion takes too long for it. */
export const commandNames = [
  "init",
  "login",
  "logout",
  "status",
  "list",
  "explain",
  "doctor",
  "env",
  "keys list",
  "keys add",
  "keys import",
  "keys export",
  "keys rotate",
  "keys remove",
  "mfa list",
  "mfa choose",
  "store status",
  "store setup",
  "store change",
  "store migrate",
  "activate",
  "completion",
  "process",
  "switch",
  "use",
] as const;

export type CommandName = (typeof commandNames)[number];

/** Commands that only programs and the shell functions call: help does not list them. */
const hidden: readonly CommandName[] = ["switch", "use"];

/**
 * The first words of the commands that people type, sorted: no names of identities, so the shell functions run the
 * program for them.
 */
export const verbs: readonly string[] = [
  ...new Set(commandNames.filter((name) => !hidden.includes(name)).map((name) => name.split(" ")[0] ?? "")),
].sort();
