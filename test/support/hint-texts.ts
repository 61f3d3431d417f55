import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { verbs } from "../../src/argv.ts";

/** A text of src with a command that somebody is told to run. `…` stands for what is put in. */
export interface HintText {
  readonly text: string;
  readonly pattern: RegExp;
}

const source = resolve(import.meta.dirname, "../../../src");
// Lines that shells are given as they are (tested for each shell), help, and comments that are written into files.
const others = /^emit\/|^profiles\/marks\.ts|^argv\.ts|^cli\/help\.ts|^clients\//;
const command = new RegExp(
  `(?:^|[:;,(] ?|\\b(?:or|run|then|with|leave|is) )(?:aws-as (?:-|(?!init has written )(?:${verbs.join("|")})\\b)|aws (?:login|configure|--profile|ec2|sso)|eval |export [A-Z]|unset [A-Z]|read -rs|sudo |chmod |rm -r|ssh-add(?: |$)|ssh-keygen |gpg -|gpgconf |pass (?:init|rm|show|ls)|npm install|curl |env -u)`,
);

/** Every such text, found in the syntax tree of each file; what describes a command's options is help, and no hint. */
export function textsWithCommands(): HintText[] {
  const names = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !others.test(name))
    .sort();
  return names.flatMap((name) => {
    const code = readFileSync(join(source, name), "utf8");
    return textsIn(parseAst(code, { lang: "ts" }), code)
      .map((text) => text.trim())
      .filter((text) => command.test(text))
      .map((text) => ({ text, pattern: new RegExp(text.split("…").map(escaped).join(".*")) }));
  });
}

export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

type Node = Readonly<Record<string, unknown>>;

function textsIn(node: unknown, code: string): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => textsIn(each, code));
  if (node === null || typeof node !== "object") return [];
  const { type, value, quasis, callee } = node as Node;
  if (type === "ImportDeclaration") return [];
  if (type === "CallExpression") {
    const { start, end } = callee as { start: number; end: number };
    if (/^(Command\.Usage|Option\.\w+)$/.test(code.slice(start, end))) return [];
  }
  if (type === "Literal") return typeof value === "string" ? [value] : [];
  const own =
    type === "TemplateLiteral"
      ? [(quasis as { value: { cooked: string } }[]).map((part) => part.value.cooked).join("…")]
      : [];
  return [
    ...own,
    ...Object.entries(node).flatMap(([key, child]) => (key === "parent" ? [] : textsIn(child, code))),
  ];
}

/** The texts that the scenes of another file than test/e2e/hints.test.ts make a shell print, by that file. */
export const inOtherFiles: Readonly<Record<string, readonly string[]>> = {
  "test/e2e/hints-keys.test.ts": [
    "aws-as keys add … --replace",
    'if "…" can do without its key: aws-as keys remove …',
    "then make room by deleting that key: aws-as keys rotate … --delete-key …",
    "to have AWS make a new one: aws-as keys rotate …",
    "to move that into the store as well: aws-as keys import …",
    "if IAM demands MFA for that, name the device: aws-as mfa choose …",
    "other tools find no credentials any more under …; to serve them under the same names: aws-as init --adopt …",
    "backups of the file may hold the old text; a new key is a command away: aws-as keys rotate …",
    "no profile names it (…): aws-as keys remove …",
    "or leave the old key switched off: aws-as keys rotate … --keep-inactive",
    "then finish it: aws-as keys rotate …",
    "if nothing needs that key: aws-as keys rotate … --delete-key …",
    "AWS may have made a key that nobody has the secret of; run it again, which shows that key and asks: aws-as keys rotate …",
    "if it shall have none, so that nobody is asked for a code: aws-as mfa choose … none",
    "see which devices can give codes: aws-as mfa list …",
    "or have it written: aws-as mfa choose … …",
    "which one is used is open: aws-as mfa choose …",
    "IAM does not list the device that is used; to choose another: aws-as mfa choose …",
    "see which devices there are: aws-as mfa list …",
    "for what needs no MFA: aws-as mfa choose … none",
    "say which: aws-as mfa choose … …",
    "to use that key in place of this one, if you have its secret: aws-as keys add … --replace",
    'the key that "…" had in the store (……) stays there; if it is not wanted: aws-as keys remove …',
  ],
  "test/e2e/hints-profiles.test.ts": [
    "adopt that one: aws-as init --adopt …",
    '…: other clients pass over … of "…", so that "aws --profile …" acts without: aws-as init --adopt …',
    "aws-as init --adopt …   (or aws-as init --adopt, for all profiles)",
    "aws-as init --adopt …   (then they run aws-as under this name)",
    "unset AWS_PROFILE AWS_DEFAULT_PROFILE",
    'AWS_AS_STORE is set to "…" here, and wins over the setting: unset AWS_AS_STORE',
    "see how clients read it: aws-as doctor",
    "it may be because of …: aws-as doctor",
    "a profile beside it serves: aws-as init …",
    "remove that line, then run: aws-as init --adopt …",
    "…: profile … calls aws-as already, by a line that aws-as did not write; left as it is; to have it rewritten: aws-as init --adopt …",
    "…:…: profile … takes its credentials from …, and its mfa_serial makes clients ask for a code by themselves, which AWS refuses with a session: aws-as init --adopt …",
    "; to have its lines back: aws-as init --remove …",
    '…: … prefer the keys of "…" to its credential_process: aws-as keys import …',
    "to have it written again, take that line out, and then: aws-as init …",
  ],
  "test/e2e/hints-sessions.test.ts": [
    "aws-as doctor",
    "… of the AWS files … not read (……); why: aws-as doctor",
    "the MFA code is … min old; if the role demands a recent one: aws-as login … --renew",
    "is the clock of this machine right? See: aws-as doctor",
    "it must be named where the socket is served: aws-as serve --socket PATH …",
  ],
  "test/e2e/hints-store.test.ts": [
    "another key of the ssh-agent: aws-as store change --add-ssh-key --key KEY",
    'eval "$(ssh-agent)" && ssh-add',
    "aws-as store change --add-ssh-key",
    "aws-as store change --add-passphrase",
    "ssh-add",
    "ssh-add  # …",
    "ssh-add -X  # if it is locked",
    "read -rs AWS_AS_NEW_PASSPHRASE && export AWS_AS_NEW_PASSPHRASE",
    "aws-as store setup file --ssh-agent --key …",
    "with a key in an ssh-agent: aws-as store setup file --ssh-agent",
    "an encrypted file, opened by your ssh-agent or a passphrase: aws-as store setup",
    "…; ssh-add",
    "ssh-agent …  # a shell beneath it, there: ssh-add",
  ],
};

/** The texts that no scene makes a shell print, by what they would need. */
export const withoutScene: Readonly<Record<string, readonly string[]>> = {
  "begins from nothing: test/e2e/begin.test.ts": [
    "aws-as init --key accessKeys.csv --region eu-central-1 --role ARN",
    "to give it a key: aws-as keys add …",
    "another name: aws-as init --user NAME",
  ],
  "is said before a prompt, or to who picks from a list: test/shells": [
    '"…" needs an MFA code to be renewed: aws-as renew',
    "to set one up: aws-as init",
  ],
  "is told of a user without a device: test/commands/explain, test/e2e/exec.test.ts": [
    "a session got without a code cannot call IAM: AWS answers InvalidClientTokenId; with the key itself: aws-as exec --no-session … -- aws iam …",
  ],
  "is followed by a coding agent: test/e2e/agents.test.ts": [
    "what an agent may have: aws-as exec … -- COMMAND",
  ],
  "needs the network or its certificates": [
    "if your company signs its own certificates: export AWS_CA_BUNDLE=/path/to/its-ca.pem",
  ],
  "is an installation, or changes the machine": [
    "set the clock: sudo timedatectl set-ntp true   (WSL: sudo hwclock --hctosys)",
    "set the clock: sudo sntp -sS time.apple.com",
    "curl -v https://…",
    "install a newer Node.js, then: aws-as init",
    "aws-as init   (after the path has changed)",
    "install it: npm install --global aws-as",
    "… is run from … (…): …; then run aws-as init again",
    "npm install --global aws-as@latest",
    "npm install --global aws-as@latest",
    "npm install --global aws-as@latest",
    "npm install --global aws-as@latest",
    "run it without sudo; or with files of root's own: sudo -H, or AWS_AS_DIR in root's environment",
    "sudo chown -R … …",
  ],
  "is a command of aws-cli, or of an AWS that is not here": [
    "write [sso-session …] with sso_start_url and sso_region into …: aws configure sso-session",
    "add an authenticator app to the user in the AWS console, then: …   (or sign in with the passkey: aws login --profile …-login)",
    "aws sso login --sso-session …",
    "aws configure set profile.….credential_process '… process …'",
    "aws login: …",
    "aws login",
    "aws sso login",
    "try it: aws --profile … sts get-caller-identity",
    "give the role a profile: aws configure set profile.NAME.role_arn …",
    "sign in with the passkey, and name that profile as source_profile: aws login --profile …-login",
    "use it without aws-as: aws --profile … …",
    "aws login …",
    "attach an instance profile: aws ec2 associate-iam-instance-profile …",
    "switch it on: aws ec2 modify-instance-metadata-options --http-endpoint enabled …",
    "in a container on an instance, let answers pass one more hop: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 …",
    "choose a role: aws configure sso --profile …",
  ],
  "needs a keychain, or one that fails: test/store/keychain*.test.ts": [
    "…, or use the file store: aws-as store setup",
    "sudo apt install libsecret-1-0",
    "start the keychain that you use (KeePassXC), or: sudo apt install gnome-keyring",
  ],
  "needs a store that fails on the way: test/e2e/disk.test.ts, test/e2e/storage.test.ts": [
    "aws-as store change --remove …",
    "nothing else was changed; see what is wrong: aws-as store status",
    "see what is wrong: aws-as store status",
    "aws-as store setup file --passphrase",
    "else make a new key, and store that: aws-as keys add NAME",
    "see what is wrong: aws-as store status",
    "no session could be kept, so no MFA code was used; see what is wrong: aws-as store status",
  ],
  "needs an ssh-agent or its keys: test/e2e/ssh-agent.test.ts, test/store/agent-unlocking.test.ts": [
    "say yes if it asks for your consent, and unlock it if it is locked: ssh-add -X",
    "a key that was added for some hosts only (ssh-add -h) cannot be used",
    "ssh-keygen -t ed25519 && ssh-add  # makes a key that can",
    "a key of your ssh-agent opens the store at once, for any number of calls: aws-as store change --add-ssh-key",
    "an encrypted file instead, opened by your ssh-agent or a passphrase: aws-as store setup file",
    "ssh-add -l  # asks it for its keys",
    "ssh-add -l",
    "ssh-add -l  # does it answer? It may be waiting for your consent in another window",
  ],
  "needs a clock, a code or a session of another age: test/session, test/e2e/mfa.test.ts": [
    "…; try again: aws-as login …",
    'could not renew "…": …; to do it by hand: aws-as login …',
    "aws-as login … --renew",
    "answer its question, or start a session in a terminal first: aws-as login …",
    "to be asked again now: aws-as login …",
    "if it has to ask something, run in a terminal: aws-as login …",
    "in a terminal: aws-as exec … -- COMMAND",
    'to hold "…" to the account that it is in…: aws-as init --pin …',
    "it is protected, and renewed at your word: aws-as renew",
  ],
  "needs a rotation: test/e2e/rotate.test.ts, test/e2e/keys-killed.test.ts": [
    "somebody changed the configuration meanwhile; see what there is: aws-as keys list",
    "it is stored, and can be taken later: aws-as keys rotate …",
    "if that may be: move everything to another store (aws-as store migrate), remove the folder of the file store, move back; and rotate the long-term keys (aws-as keys rotate)",
  ],
  "needs a migration: test/e2e/storage*.test.ts": [
    "when that works again: aws-as store migrate --to …",
    "see all keys: aws-as keys list",
    "when that is fixed, or the key given up by aws-as keys remove: aws-as store migrate --to …",
    "to set it up and move everything there: aws-as store migrate --to …",
  ],
  "needs gpg and pass, which test/store/pass*.test.ts run": [
    "pass rm …",
    "# your keys: gpg --list-secret-keys",
    "pass show … > /dev/null  # in a terminal, to unlock your key",
    "sudo apt-get install …  # on macOS: brew install …",
    "another store: aws-as store setup",
    "pass init YOUR-GPG-KEY  …",
    "gpg --import SECRET-KEY-FILE  # what `gpg --export-secret-keys` wrote where the key is",
    "pass init YOUR-GPG-KEY  # where the key is: encrypts all entries for another one",
    "sudo apt-get install pinentry-curses && gpgconf --kill gpg-agent",
    "pass init YOUR-GPG-KEY  # another one; …",
    "gpg --quick-set-expire … 1y && gpg --quick-set-expire … 1y '*'",
    "gpg --import KEY-FILE",
    "gpg --edit-key … trust quit  # when you are sure whose it is",
    "gpg --list-keys …",
    "pass ls  # shows whether pass works by itself",
    "gpgconf --launch gpg-agent",
  ],
  "needs a socket that is served, another user or Windows: test/e2e/serve.test.ts": [
    "for one command: aws-as exec --renew NAME -- COMMAND",
    "sudo apt install acl",
  ],
  "is written into a file, for who reads it there": [
    "generated by aws-as keys; aws-as keys remove takes it out",
  ],
  "is what no scene makes": [
    "chmod +x its file",
    "export GPG_TTY=$(tty)  # in the file that your shell starts with",
    "leave out --stdin to be asked, or hand the key over: aws-as keys add NAME --stdin < FILE",
  ],
};
