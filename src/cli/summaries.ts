import type { CommandName } from "../argv.ts";

/** What each command does, in one line: for help and completion. */
export const summaries: Readonly<Record<CommandName, string>> = {
  init: "write profiles for AWS clients into ~/.aws/config, or adopt yours",
  login: "get a session now, so that nobody is asked later",
  logout: "forget the sessions of an identity, or all of them",
  status: "say who this shell acts as, and for how long",
  list: "list the identities with the time that their sessions have left",
  log: "show who was given credentials, where the log is on",
  explain: "say how an identity's credentials come about, and what would happen now",
  doctor: "find what is wrong, and say what mends it",
  env: "print what makes this shell act as an identity",
  renew: "get new credentials for this shell, of the identity that it acts as",
  console: "open the AWS console in a browser, signed in as an identity",
  exec: "run a command as an identity",
  "keys list": "list the long-term keys, where they are and how old",
  "keys add": "put a long-term key into the store",
  "keys import": "move long-term keys from ~/.aws/credentials into the store",
  "keys export": "put a long-term key back into ~/.aws/credentials, in plain text",
  "keys rotate": "replace a long-term key by a new one, in IAM and in the store",
  "keys remove": "take a long-term key out of the store for good",
  "mfa list": "list the MFA devices of a user, and say which one is used",
  "mfa choose": "say which MFA device of a user is asked for codes",
  "store status": "show where secrets are stored, and the state of each store",
  "store setup": "set up the place where secrets are stored, and use it from now on",
  "store change": "change what opens the file store",
  "store migrate": "move the long-term keys into another store, and use that from now on",
  activate: "print the shell functions: `aws-as NAME` switches this shell, its prompt shows NAME",
  allow: "use the names of roles that a project's file .aws-as has",
  completion: "print the code that makes the TAB key complete commands, options and identities",
  process: "print credentials for an AWS client, as its credential_process",
  serve: "serve identities on a socket, for containers and sandboxes",
  switch: "what the shell functions ask for",
  use: "act as an identity, whatever its name: for the shell functions, which `aws-as activate` prints",
};

/** The verbs that have commands of their own below them. */
export const verbSummaries: Readonly<Record<string, string>> = {
  keys: "long-term keys, in the store and in ~/.aws/credentials",
  mfa: "the MFA devices of a user",
  store: "where secrets are stored",
};

/** The verbs in the order of a person's day. */
export const groups: readonly { readonly title: string; readonly verbs: readonly string[] }[] = [
  { title: "Act as an identity", verbs: ["env", "exec", "renew", "console", "login", "logout", "status"] },
  { title: "Look", verbs: ["list", "explain", "log", "doctor"] },
  { title: "Set up", verbs: ["init", "keys", "mfa", "store", "activate", "allow", "completion"] },
  { title: "For AWS clients", verbs: ["process", "serve"] },
];
