/** Tests of folders in which almost none starts a process or changes this one: those that do stand below. */
const folders =
  /^(architecture|argv|cli|commands|config|credentials|emit|process|profiles|prompt|serving|session|store|switch|variables)\b/;

/** What starts processes, holds this one up for long, or changes its environment. */
const others = new Set(
  [
    "commands/completion/command",
    "commands/init/adoption-clients",
    "config/botocore",
    "config/files/document",
    "config/files/rewrite",
    "emit/shells",
    "profiles/program",
    "prompt/dialogs",
    "prompt/terminal",
    "store/agent-unlocking",
    "store/dbus",
    "store/file",
    "store/file-killed",
    "store/keychain",
    "store/keychain-failing",
    "store/keychain-gnome-keyring",
    "store/keychain-keepassxc",
    "store/keychain-killed",
    "store/keychain-kwallet",
    "store/keychain-programs",
    "store/pass",
    "store/pass-crowd",
    "store/pass-killed",
    "store/pass-program",
    "store/slots",
    "store/ssh-agent",
    "store/store-state",
  ].map((name) => `${name}.test.js`),
);

/** Whether a test file can share a process with others: to start Node for each would take longer than most of them do. */
export function isUnit(name: string): boolean {
  return folders.test(name) && !others.has(name);
}
