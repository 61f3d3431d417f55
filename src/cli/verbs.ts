/**
 * The first words of commands, which are no names of identities: the shell functions pass them on to the program. Listed
 * here because activation has no time to load the commands.
 */
export const verbs: readonly string[] = [
  "activate",
  "completion",
  "doctor",
  "env",
  "explain",
  "init",
  "keys",
  "list",
  "login",
  "logout",
  "mfa",
  "process",
  "status",
  "store",
];
