/**
 * The words after `aws-as` that are commands, or the first words of some, and so no names of identities: what the shell functions hand on to the
 * program. Kept here, and not asked of the commands, because activation has no time to load them.
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
