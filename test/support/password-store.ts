import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A real password store with a throw-away gpg key, in a folder of its own.
 *
 *     const room = await passwordStore();
 *     t.after(() => room.remove());
 *
 * Its gpg-agent asks a pinentry of ours, which answers as it is told, and no person.
 */
export interface PasswordStoreRoom {
  /** Everything lies in here, HOME included. */
  readonly path: string;
  /** PASSWORD_STORE_DIR. */
  readonly store: string;
  /** The whole environment for a child. */
  readonly environment: Readonly<Record<string, string>>;
  /** What pinentry does from now on: gives this passphrase, or `cancel`, `hang`, `timeout`, `no terminal`. */
  answer(how: string): void;
  /** How often somebody was asked. */
  questions(): number;
  /** The pinentry that asks now. */
  pinentries(): number[];
  /** Ends the agent, which forgets the passphrase; the next call starts one. `program` is its pinentry then. */
  restartAgent(program?: string): void;
  pass(...words: string[]): string;
  gpg(...words: string[]): string;
  git(...words: string[]): string;
  /** Ends the agent and removes the folder. Must be called, also after a failure. */
  remove(): void;
}

export interface PasswordStoreOptions {
  /** Of the key; none by default. */
  readonly passphrase?: string;
  /** Of the key that encrypts; Curve 25519 by default, which is made at once. */
  readonly algorithm?: "rsa2048";
  /** Absent: a key made for now. `false`: no `pass init`. */
  readonly initialised?: false;
  /** The password store is a git repository. */
  readonly git?: true;
}

/** As in a person's key ring: who the key is for. */
export const keyOwner = "Me <me@example.org>";

/** The reason to skip tests with pass, or false. With AWS_AS_TEST_ALL=1 it is a failure. */
export function withoutPass(): string | false {
  const missing = ["pass", "gpg", "git"].filter(
    (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
  );
  if (missing.length === 0) return false;
  const reason = `NOT TESTED: no ${missing.join(", no ")} (Debian: apt install pass gnupg git)`;
  if (process.env["AWS_AS_TEST_ALL"] === "1") throw new Error(reason);
  return reason;
}

const pinentry = (folder: string): string => `#!/bin/bash
echo "OK Pleased to meet you"
while read -r command words; do
  case "$command" in
    GETPIN)
      echo asked >> '${folder}/questions'
      how=$(cat '${folder}/answer')
      case "$how" in
        cancel) echo "ERR 83886179 Operation cancelled <Pinentry>" ;;
        timeout) echo "ERR 83886142 Timeout <Pinentry>" ;;
        "no terminal") echo "ERR 83918950 Inappropriate ioctl for device <Pinentry>" ;;
        hang) echo $$ >> '${folder}/pinentries'; exec sleep 100 ;;
        *) echo "D $how"; echo OK ;;
      esac ;;
    GETINFO)
      case "$words" in
        pid) echo "D $$" ;;
        flavor) echo "D fake" ;;
        *) echo "D -" ;;
      esac
      echo OK ;;
    BYE) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
`;

/** Turning a passphrase into a key takes gpg-agent a tenth of a second at least, unless it is told how often to hash. */
const quick = "s2k-count 65536\n";

export function passwordStore(options: PasswordStoreOptions = {}): PasswordStoreRoom {
  // A short path: the agent's socket lies in GNUPGHOME, and such paths end at 107 bytes.
  const path = mkdtempSync(join(tmpdir(), "pass-"));
  const gnupg = join(path, "gnupg");
  const store = join(path, "store");
  mkdirSync(gnupg, { mode: 0o700 });
  const script = join(path, "pinentry.sh");
  writeFileSync(script, pinentry(path));
  chmodSync(script, 0o700);
  writeFileSync(join(path, "answer"), options.passphrase ?? "nobody is asked");
  writeFileSync(join(path, "questions"), "");
  writeFileSync(join(path, "pinentries"), "");
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: path,
    LC_ALL: "C.UTF-8",
    GNUPGHOME: gnupg,
    PASSWORD_STORE_DIR: store,
    GIT_AUTHOR_NAME: "Me",
    GIT_AUTHOR_EMAIL: "me@example.org",
    GIT_COMMITTER_NAME: "Me",
    GIT_COMMITTER_EMAIL: "me@example.org",
  };
  const run = (program: string, words: readonly string[], input = ""): string =>
    execFileSync(program, words, {
      env: environment,
      encoding: "utf8",
      input,
      stdio: ["pipe", "pipe", "pipe"],
    });
  const restartAgent = (program = script): void => {
    writeFileSync(join(gnupg, "gpg-agent.conf"), `pinentry-program ${program}\n${quick}`);
    run("gpgconf", ["--kill", "gpg-agent"]);
  };
  const lines = (file: string): string[] =>
    readFileSync(join(path, file), "utf8").split("\n").filter(Boolean);
  const gpg = (...words: string[]): string => run("gpg", ["--batch", ...words]);

  restartAgent();
  const secret = ["--pinentry-mode", "loopback", "--passphrase", options.passphrase ?? ""];
  gpg("--quiet", ...secret, "--quick-gen-key", keyOwner, "ed25519", "cert", "never");
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg("--with-colons", "--list-keys"))?.[1] ?? "";
  gpg("--quiet", ...secret, "--quick-add-key", fingerprint, options.algorithm ?? "cv25519", "encr", "never");
  const room: PasswordStoreRoom = {
    path,
    store,
    environment,
    answer: (how) => writeFileSync(join(path, "answer"), how),
    questions: () => lines("questions").length,
    pinentries: () => lines("pinentries").map(Number),
    restartAgent,
    pass: (...words) => run("pass", words),
    gpg,
    git: (...words) => run("git", ["-C", store, ...words]),
    remove: () => {
      run("gpgconf", ["--kill", "all"]);
      rmSync(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  if (options.initialised !== false) room.pass("init", fingerprint);
  if (options.git) room.pass("git", "init");
  // Making the key left its passphrase with the agent.
  restartAgent();
  return room;
}
