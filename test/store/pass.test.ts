import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { passStore } from "../../src/store/pass/pass.ts";
import { entryOf } from "../../src/store/pass/pass-entry.ts";
import { PassEntryDamaged, PassError, type PassErrorKind } from "../../src/store/pass/pass-error.ts";
import { ItemDamaged, type SecretStore, type StoredItem } from "../../src/store/secret-store.ts";
import { systemClock } from "../../src/system/clock.ts";
import { lockFile } from "../../src/system/files/lock.ts";
import type { UserError } from "../../src/system/user-error.ts";
import {
  keyOwner,
  type PasswordStoreOptions,
  type PasswordStoreRoom,
  passwordStore,
  withoutPass,
} from "../support/password-store.ts";
import { eventually, isAlive } from "../support/pty.ts";

const skip = withoutPass();
const key: StoredItem = { name: "long-term key AKIAEXAMPLE", label: "long-term key of user me", addedAt: 5 };
const session: StoredItem = {
  name: "role a in 1 0f",
  label: "session of role a",
  expiresAt: 4_000_000_000_000,
};
const canary = "canary-7f3a91";
const document = JSON.stringify({ version: 1, secret: canary });

interface Room extends PasswordStoreRoom {
  /** A store as another process would have it. */
  open(more?: Partial<Parameters<typeof passStore>[0]>): SecretStore;
  readonly said: string[];
  fileOf(item: StoredItem): string;
}

/** Sleeps at once, and goes on by as much. */
function clockThatSleeps(then: (slept: number) => void = () => undefined) {
  let slept = 0;
  return {
    now: () => systemClock.now() + slept,
    monotonic: () => systemClock.monotonic() + slept,
    sleep: async (milliseconds: number) => {
      slept += milliseconds;
      then(slept);
    },
    slept: () => slept,
  };
}

function room(t: TestContext, options: PasswordStoreOptions = {}): Room {
  const made = passwordStore(options);
  t.after(() => made.remove());
  const said: string[] = [];
  return {
    ...made,
    said,
    open: (more) =>
      passStore({
        folder: join(made.path, "pass-index"),
        environment: made.environment,
        home: made.path,
        userId: process.getuid?.(),
        clock: systemClock,
        tell: (sentence) => said.push(sentence),
        ...more,
      }),
    fileOf: ({ name, expiresAt }) =>
      join(made.store, "aws-as", expiresAt === undefined ? "" : "sessions", `${entryOf(name)}.gpg`),
  };
}

/** The environment with a `pass` in front of the real one: lines of sh that end with it, or do not. */
function withPassOf({ path, environment }: PasswordStoreRoom, ...lines: readonly string[]) {
  const bin = join(path, "bin");
  mkdirSync(bin, { recursive: true });
  const script = ["#!/bin/bash", ...lines, `PATH='${environment["PATH"]}' exec pass "$@"`, ""].join("\n");
  writeFileSync(join(bin, "pass"), script, { mode: 0o755 });
  return { ...environment, PATH: `${bin}:${environment["PATH"]}` };
}

/** Asserts that it fails in this way, with commands that mend it, and without a word of the document. */
async function fails(work: Promise<unknown>, kind: PassErrorKind, ...expected: RegExp[]): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof PassError, `${error}`);
    const said = [error.message, ...error.hints].join("\n");
    assert.equal(error.kind, kind, said);
    for (const words of expected) assert.match(said, words);
    assert.ok(error.hints.length > 0);
    assert.doesNotMatch(said, new RegExp(canary));
    return true;
  });
}

test("what was written can be read by the next process, listed without being opened, and removed", {
  skip,
}, async (t) => {
  const it = room(t);
  for (const item of [key, session]) {
    assert.equal(await it.open().read(item.name), undefined);
    await it.open().write(item, document);
    assert.equal(await it.open().read(item.name), document);
    await it.open().write({ ...item, label: "another" }, '{"new":true}');
    assert.equal(await it.open().read(item.name), '{"new":true}');
  }
  // Nothing can be opened without the agent's keys, and a list is had all the same.
  renameSync(join(it.path, "gnupg"), join(it.path, "away"));
  assert.deepEqual(await it.open().list(), [
    { ...key, label: "another" },
    { ...session, label: "another" },
  ]);
  renameSync(join(it.path, "away"), join(it.path, "gnupg"));
  for (const item of [key, session]) {
    assert.equal(await it.open().remove(item.name), true);
    assert.equal(await it.open().remove(item.name), false);
    assert.equal(await it.open().read(item.name), undefined);
  }
  assert.deepEqual(await it.open().list(), []);
  assert.deepEqual(it.said, []);
});

test("pass shows the entries by names that a person recognises, and opens them", { skip }, async (t) => {
  const it = room(t);
  await it.open().write(key, document);
  await it.open().write(session, document);
  const listed = it.pass("ls");
  assert.match(listed, /aws-as/);
  assert.match(listed, /long-term key AKIAEXAMPLE [0-9a-f]{16}\n/);
  assert.match(listed, /role a in 1 0f [0-9a-f]{16}\n/);
  assert.doesNotMatch(listed, /\.new-|gitignore/);
  assert.equal(it.pass("show", `aws-as/${entryOf(key.name)}`).split("\n")[0], document);
});

test("everything is readable by this user only", { skip }, async (t) => {
  const it = room(t);
  await it.open().write(key, document);
  await it.open().write(session, document);
  const folder = join(it.store, "aws-as");
  const modes = [folder, join(folder, "sessions"), it.fileOf(key), it.fileOf(session)].map((path) =>
    (statSync(path).mode & 0o777).toString(8),
  );
  assert.deepEqual(modes, ["700", "700", "600", "600"]);
});

test("a long document with every character comes back byte for byte", { skip }, async (t) => {
  const it = room(t);
  const value = JSON.stringify({ text: `é😀\u0001\\"\n'$(x)`.repeat(20_000) });
  await it.open().write(session, value);
  assert.equal(await it.open().read(session.name), value);
});

test("the folder that the setting names is used, and no other is searched", { skip }, async (t) => {
  const it = room(t);
  await it.open({ prefix: "work/aws keys" }).write(key, document);
  assert.ok(existsSync(join(it.store, "work/aws keys", `${entryOf(key.name)}.gpg`)));
  assert.equal(await it.open().read(key.name), undefined);
  assert.equal(await it.open({ prefix: "work/aws keys" }).read(key.name), document);
});

test("a list tells of entries that the index does not know, and not of files that are not ours", {
  skip,
}, async (t) => {
  const it = room(t);
  await it.open().write(key, document);
  await it.open().write(session, document);
  rmSync(join(it.path, "pass-index"), { recursive: true });
  writeFileSync(join(it.store, "aws-as", "github.com.gpg"), "");
  const [first, second, ...rest] = await it.open().list();
  assert.deepEqual(first, { name: key.name, label: key.name });
  assert.equal(second?.name, session.name);
  // Not known, but no session lasts longer than 36 hours.
  const hours = ((second?.expiresAt ?? 0) - Date.now()) / 3_600_000;
  assert.ok(hours > 35.9 && hours <= 36, `${hours}`);
  assert.deepEqual(rest, []);
  assert.equal(await it.open().read(key.name), document);
});

test("an entry that the person removed with pass is gone, from the list too", { skip }, async (t) => {
  const it = room(t);
  await it.open().write(key, document);
  it.pass("rm", "--force", `aws-as/${entryOf(key.name)}`);
  assert.equal(await it.open().read(key.name), undefined);
  assert.deepEqual(await it.open().list(), []);
});

test("ended sessions and what killed writers left are removed at a write, a handful each; keys stay", {
  skip,
}, async (t) => {
  const it = room(t);
  await it.open().write(key, document);
  for (const at of [1, 2, 3, 4, 5, 6, 7]) {
    // As written by an aws-as that ran when the session lived.
    const ended = { ...session, name: `role ${at}`, expiresAt: Date.now() - 2 * 3_600_000 };
    await it.open({ clock: { ...systemClock, now: () => 0 } }).write(ended, document);
  }
  const leftover = join(it.store, "aws-as", "sessions", ".new-0123456789abcdef.gpg");
  const fresh = join(it.store, "aws-as", ".new-fedcba9876543210.gpg");
  for (const file of [leftover, fresh]) writeFileSync(file, "half");
  utimesSync(leftover, 0, 0);
  await it.open().write(session, document);
  assert.equal((await it.open().list()).length, 4);
  assert.equal(existsSync(leftover), false);
  assert.equal(existsSync(fresh), true);
  await it.open().write(session, document);
  assert.deepEqual(
    (await it.open().list()).map(({ name }) => name),
    [key.name, session.name],
  );
  assert.equal(await it.open().read(key.name), document);
});

const damages: readonly (readonly [string, (file: string) => void])[] = [
  ["empty", (file) => truncateSync(file, 0)],
  ["cut in its head", (file) => truncateSync(file, 50)],
  ["cut in its middle", (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
  ["short of its last byte", (file) => truncateSync(file, statSync(file).size - 1)],
  ["not of gpg", (file) => writeFileSync(file, document)],
  [
    "changed in one bit",
    (file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 30] = (bytes.at(-30) ?? 0) ^ 1;
      writeFileSync(file, bytes);
    },
  ],
];
test("a torn or changed entry is damaged, not absent, and says how to be rid of it", { skip }, async (t) => {
  const it = room(t);
  for (const [what, damage] of damages) {
    await it.open().write(key, document);
    damage(it.fileOf(key));
    await assert.rejects(it.open().read(key.name), (error: UserError) => {
      assert.ok(error instanceof ItemDamaged, `${what}: ${error}`);
      assert.match(
        error.message,
        /^the entry "aws-as\/long-term key AKIAEXAMPLE [0-9a-f]{16}" of pass is damaged/,
      );
      assert.equal(error.hints.join(), `pass rm 'aws-as/${entryOf(key.name)}'`);
      assert.doesNotMatch(`${error.message}`, new RegExp(canary));
      return true;
    });
    // It can be replaced, and removed.
    assert.equal((await it.open().list()).length, 1, what);
  }
  assert.equal(await it.open().remove(key.name), true);
});

test("an entry that was put under another item's name is damaged", { skip }, async (t) => {
  const it = room(t);
  const other = { ...session, name: "role b in 1 0f" };
  await it.open().write(session, document);
  await it.open().write(other, '"other"');
  renameSync(it.fileOf(other), it.fileOf(session));
  await assert.rejects(it.open().read(session.name), (error) => {
    assert.ok(error instanceof PassEntryDamaged);
    assert.match(error.message, /it holds another item$/);
    return true;
  });
});

test("sessions never come into the git history of the password store, and git does not even see them", {
  skip,
}, async (t) => {
  const it = room(t, { git: true });
  const before = it.git("log", "--format=%s");
  await it.open().write(session, document);
  await it.open().write(session, '"new"');
  assert.equal(await it.open().remove(session.name), true);
  await it.open().write(session, document);
  assert.equal(it.git("log", "--format=%s"), before);
  assert.equal(it.git("status", "--porcelain"), "");
  // Nor when the person adds everything, as encrypting anew for another key does.
  it.git("add", "--all");
  it.gpg(
    "--quiet",
    "--passphrase",
    "",
    "--quick-gen-key",
    "other@example.org",
    "default",
    "default",
    "never",
  );
  it.pass("init", keyOwner, "other@example.org");
  assert.doesNotMatch(it.git("log", "--name-only", "--format="), /sessions|gitignore/);
  assert.equal(await it.open().read(session.name), document);
});

test("git is not even started for a session: a kill would leave the lock of the person's repository", {
  skip,
}, async (t) => {
  const it = room(t, { git: true });
  const bin = join(it.path, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "git"), `#!/bin/sh\necho "$@" >> '${bin}/calls'\n`, { mode: 0o755 });
  const environment = { ...it.environment, PATH: `${bin}:${it.environment["PATH"]}` };
  await it.open({ environment }).write(session, document);
  assert.equal(await it.open({ environment }).read(session.name), document);
  assert.equal(await it.open({ environment }).remove(session.name), true);
  assert.equal(existsSync(join(bin, "calls")), false);
  await it.open({ environment }).write(key, document);
  assert.equal(existsSync(join(bin, "calls")), true);
});

test("a long-term key is committed as pass does, and so is its removal; nothing else that is staged is", {
  skip,
}, async (t) => {
  const it = room(t, { git: true });
  const before = it.git("log", "--format=%s");
  writeFileSync(join(it.store, "staged"), "by the person");
  it.git("add", "staged");
  await it.open().write(key, document);
  const entry = `aws-as/${entryOf(key.name)}`;
  assert.equal(it.git("log", "--format=%s"), `Add ${entry} by aws-as.\n${before}`);
  assert.equal(it.git("show", "--name-only", "--format="), `${entry}.gpg\n`);
  assert.equal(it.git("status", "--porcelain"), "A  staged\n");
  await it.open().write(key, '"new"');
  assert.equal(it.git("log", "--format=%s").split("\n")[0], `Add ${entry} by aws-as.`);
  assert.equal(await it.open().read(key.name), '"new"');
  assert.equal(await it.open().remove(key.name), true);
  assert.equal(it.git("log", "--format=%s").split("\n")[0], `Remove ${entry} from store.`);
  assert.deepEqual(it.said, []);
});

test("a key that git does not take is stored all the same, and git's reason is told", { skip }, async (t) => {
  const it = room(t, { git: true });
  writeFileSync(
    join(it.store, ".git", "hooks", "pre-commit"),
    "#!/bin/sh\necho 'not on a Friday' >&2; exit 1\n",
    {
      mode: 0o755,
    },
  );
  await it.open().write(key, document);
  assert.equal(await it.open().read(key.name), document);
  assert.deepEqual(it.said, [
    `"aws-as/${entryOf(key.name)}" is in pass, but not in its git history: not on a Friday`,
  ]);
});

test("a commit waits for the other git that holds the repository, and then is made", { skip }, async (t) => {
  const it = room(t, { git: true });
  const lock = join(it.store, ".git", "index.lock");
  writeFileSync(lock, "");
  // The other one ends while the commit waits.
  const clock = { ...systemClock, sleep: async () => rmSync(lock) };
  await it.open({ clock }).write(key, document);
  assert.deepEqual(it.said, []);
  assert.match(it.git("log", "-1", "--format=%s"), /^Add aws-as\//);
});

test("a lock that a killed git left is waited for no longer than 10 s, and named", { skip }, async (t) => {
  const it = room(t, { git: true });
  const lock = join(it.store, ".git", "index.lock");
  writeFileSync(lock, "");
  const clock = clockThatSleeps();
  await it.open({ clock }).write(key, document);
  assert.equal(await it.open().read(key.name), document);
  assert.ok(clock.slept() < 11_000, `${clock.slept()} ms`);
  const [said, ...more] = it.said;
  assert.ok(said?.includes("but not in its git history: ") && said.includes(`${lock}'`), said);
  assert.deepEqual(more, []);
});

test("whoever comes to commit waits for its turn as long as its call may take", { skip }, async (t) => {
  const it = room(t, { git: true });
  const turn = await lockFile(join(it.path, "pass-index", ".commit-lock"), { clock: systemClock });
  assert.equal(turn?.held, true);
  // Gits of others go on for 30 s: one meets its lock until then.
  const lock = join(it.store, ".git", "index.lock");
  writeFileSync(lock, "");
  const clock = clockThatSleeps((slept) => {
    if (slept < 30_000) return;
    rmSync(lock, { force: true });
    turn?.release();
  });
  await it.open({ clock }).write(key, document);
  assert.deepEqual(it.said, []);
  assert.match(it.git("log", "-1", "--format=%s"), /^Add aws-as\//);
});

test("a git repository around the password store is left alone", { skip }, async (t) => {
  const it = room(t);
  mkdirSync(join(it.path, "hooks"));
  it.git("-C", it.path, "init", "--quiet");
  await it.open().write(key, document);
  await it.open().write(session, document);
  assert.throws(() => it.git("-C", it.path, "log"));
  assert.deepEqual(it.said, []);
});

test("whoever writes a key for several readers is told so", { skip }, async (t) => {
  const it = room(t);
  it.gpg("--quiet", "--passphrase", "", "--quick-gen-key", "team@example.org", "default", "default", "never");
  it.pass("init", keyOwner, "team@example.org");
  await it.open().write(session, document);
  assert.deepEqual(it.said, []);
  await it.open().write(key, document);
  assert.match(
    it.said.join(),
    /^"aws-as\/long-term key .*" is encrypted for 2 keys: each of them can read it/,
  );
  // A folder of ours may have a reader of its own.
  it.pass("init", "--path=aws-as", keyOwner);
  await it.open().write(key, document);
  assert.equal(it.said.length, 1);
});

test("without pass, without gpg and without `pass init` each is said, with the command that mends it", {
  skip,
}, async (t) => {
  const it = room(t, { initialised: false });
  const uses = (more: Partial<Parameters<typeof passStore>[0]>) => [
    () => it.open(more).read(key.name),
    () => it.open(more).write(key, document),
  ];
  for (const use of uses({}))
    await fails(use(), "not-initialised", /password store ".*\/store" is not init/, /pass init /);
  assert.equal(existsSync(it.store), false);
  assert.deepEqual(await it.open().list(), []);
  assert.equal(await it.open().remove(key.name), false);
  it.pass("init", keyOwner);
  const noPass = { environment: { ...it.environment, PATH: join(it.path, "bin") } };
  mkdirSync(join(it.path, "bin"));
  for (const use of uses(noPass))
    await fails(use(), "not-installed", /^pass is not installed/, /install pass/);
  const tools = [
    "bash",
    "pass",
    "which",
    "tty",
    "getopt",
    "base64",
    "mkdir",
    "dirname",
    "sed",
    "head",
    "rm",
    "env",
    "cat",
  ];
  for (const tool of tools) {
    const found = (it.environment["PATH"] ?? "")
      .split(":")
      .map((folder) => join(folder, tool))
      .find((path) => existsSync(path));
    symlinkSync(found ?? assert.fail(tool), join(it.path, "bin", tool));
  }
  for (const use of uses(noPass)) await fails(use(), "no-gpg", /^gpg is not installed/, /install gnupg/);
  await it.open().write(key, document);
  await fails(it.open(noPass).read(key.name), "no-gpg", /^gpg is not installed/);
});

test("a gpg key that is missing, expired, or not fit for encryption is told, and nothing is written", {
  skip,
}, async (t) => {
  const it = room(t);
  await it.open().write(session, document);
  const without = ["--quiet", "--passphrase", "", "--quick-gen-key"];
  it.gpg(...without, "expired@example.org", "default", "default", "seconds=1");
  it.gpg(...without, "signs@example.org", "ed25519", "sign", "never");
  await eventually(() => /\[ ?expired\]/.test(it.gpg("--list-keys", "expired@example.org")), "the key's end");
  const ids = join(it.store, ".gpg-id");
  const cases: readonly (readonly [string, PassErrorKind, RegExp, RegExp])[] = [
    ["nobody@example.org", "key-missing", /"nobody@example.org": it is not here/, /gpg --import/],
    ["expired@example.org", "key-expired", /it has expired/, /gpg --quick-set-expire [0-9A-F]{40} 1y/],
    ["signs@example.org", "key-unusable", /it is not fit for encryption/, /pass init/],
  ];
  for (const [id, ...expected] of cases) {
    writeFileSync(ids, `${id}\n`);
    await fails(it.open().write(session, '"new"'), ...expected);
  }
  assert.deepEqual(readdirSync(join(it.store, "aws-as", "sessions")), [`${entryOf(session.name)}.gpg`]);
  assert.equal(await it.open().read(session.name), document);
  // The command of the hint mends it.
  const fingerprint =
    /fpr:+([0-9A-F]{40})/.exec(it.gpg("--with-colons", "--list-keys", "expired@example.org"))?.[1] ?? "";
  it.gpg("--passphrase", "", "--pinentry-mode", "loopback", "--quick-set-expire", fingerprint, "1y");
  it.gpg("--passphrase", "", "--pinentry-mode", "loopback", "--quick-set-expire", fingerprint, "1y", "*");
  writeFileSync(ids, "expired@example.org\n");
  await it.open().write(session, '"new"');
  assert.equal(await it.open().read(session.name), '"new"');
});

test("an entry for somebody else's key says whose key is missing", { skip }, async (t) => {
  const it = room(t);
  await it.open().write(key, document);
  it.gpg("--yes", "--delete-secret-keys", /[0-9A-F]{40}/.exec(it.gpg("--list-secret-keys"))?.[0] ?? "");
  await fails(
    it.open().read(key.name),
    "no-secret-key",
    /encrypted for the gpg key [0-9A-F]{16}, whose secret part/,
  );
});

const answers: readonly (readonly [string, PassErrorKind, RegExp, number])[] = [
  ["cancel", "cancelled", /was cancelled/, 1],
  ["timeout", "time-limit", /nobody answered/, 1],
  ["no terminal", "no-terminal", /neither terminal nor display/, 1],
  // gpg-agent lets a person try three times.
  ["a wrong one", "wrong-passphrase", /passphrase of your gpg key was wrong/, 3],
];
test("every way in which a passphrase is not had is told apart, and nobody is asked twice", {
  skip,
}, async (t) => {
  const it = room(t, { passphrase: "correct horse" });
  await it.open().write(key, document);
  assert.equal(it.questions(), 0, "writing asks nobody");
  for (const [answer, kind, words, asked] of answers) {
    it.answer(answer);
    const before = it.questions();
    const store = it.open();
    await fails(store.read(key.name), kind, words, /pass show 'aws-as\/long-term key/);
    await fails(store.read(key.name), kind);
    assert.equal(it.questions() - before, asked, answer);
  }
  it.restartAgent("/nonexistent/pinentry");
  await fails(it.open().read(key.name), "no-pinentry", /has no pinentry/, /install pinentry/);
  it.restartAgent();
  it.answer("correct horse");
  assert.equal(await it.open().read(key.name), document);
  const before = it.questions();
  assert.equal(await it.open().read(key.name), document);
  assert.equal(it.questions(), before, "the agent keeps it");
  assert.deepEqual(
    new Set(it.said),
    new Set(["gpg asks for the passphrase of your key, in a window of its own"]),
  );
});

for (const pinentry of ["curses", "tty"]) {
  test(`pinentry-${pinentry} with no terminal to ask on fails at once, and says so`, { skip }, async (t) => {
    if (!existsSync(`/usr/bin/pinentry-${pinentry}`)) return t.skip(`NOT TESTED: no pinentry-${pinentry}`);
    const it = room(t, { passphrase: "correct horse" });
    await it.open().write(key, document);
    it.restartAgent(`/usr/bin/pinentry-${pinentry}`);
    await fails(it.open().read(key.name), "no-terminal", /neither terminal nor display/, /GPG_TTY/);
    assert.deepEqual(it.said, []);
  });
}

test("a question that nobody answers is taken back in time, and leaves nothing running", {
  skip,
}, async (t) => {
  const it = room(t, { passphrase: "correct horse" });
  await it.open().write(key, document);
  it.answer("hang");
  await fails(it.open({ timeLimitMs: 5000 }).read(key.name), "time-limit", /nobody answered .* within 5 s$/m);
  await fails(
    it.open({ deadline: systemClock.monotonic() + 5000 }).read(key.name),
    "time-limit",
    /nobody answered .* within 5 s$/m,
  );
  await fails(it.open({ deadline: systemClock.monotonic() - 1 }).read(key.name), "time-limit");
  assert.equal(it.pinentries().length, 2);
  await eventually(() => it.pinentries().every((pid) => !isAlive(pid)), "the end of the questions");
  // The agent is free for the next one.
  it.answer("correct horse");
  assert.equal(await it.open().read(key.name), document);
});

test("the person's own options for gpg, their terminal and their umask reach pass", { skip }, async (t) => {
  const it = room(t);
  const log = join(it.path, "calls");
  const environment = {
    ...withPassOf(it, `env > '${log}'; for word; do echo "word:$word"; done >> '${log}'`),
    PASSWORD_STORE_GPG_OPTS: "--no-throw-keyids",
    PASSWORD_STORE_UMASK: "027",
    GPG_TTY: "/dev/pts/999",
    AWS_SECRET_ACCESS_KEY: canary,
    AWS_AS_PASSPHRASE: canary,
    AWS_PROFILE: canary,
  };
  await it.open({ environment }).write(session, document);
  const call = readFileSync(log, "utf8");
  assert.match(call, /^PASSWORD_STORE_GPG_OPTS=--no-throw-keyids --batch/m);
  assert.match(call, /^GPG_TTY=\/dev\/pts\/999$/m);
  assert.match(call, /^AWS_AS_GUARD=1$/m);
  assert.doesNotMatch(call, new RegExp(canary), "no document in argv, no credentials in the environment");
  assert.match(
    call,
    /^word:insert\nword:--multiline\nword:--force\nword:--\nword:aws-as\/sessions\/\.new-[0-9a-f]{16}\n$/m,
  );
  assert.equal(statSync(it.fileOf(session)).mode & 0o777, 0o640);
});

test("a gpg-agent that is out of memory is asked again", { skip }, async (t) => {
  const it = room(t);
  await it.open().write(key, document);
  const count = join(it.path, "count");
  const environment = withPassOf(
    it,
    `echo >> '${count}'`,
    `if (($(wc -l < '${count}') < 3)); then echo "[GNUPG:] ERROR pkdecrypt_failed 67141718" >&2; exit 2; fi`,
  );
  assert.equal(await it.open({ environment }).read(key.name), document);
  assert.equal(readFileSync(count, "utf8"), "\n\n\n");
  rmSync(count);
  await fails(
    it.open({ environment, timeLimitMs: 250 }).read(key.name),
    "failed",
    /could not open the entry/,
  );
});

test("where bash takes no functions from us, sessions stay out of git too, and errors are only vaguer", {
  skip,
}, async (t) => {
  const it = room(t, { git: true, passphrase: "correct horse" });
  const environment = withPassOf(it, "unset -f git gpg gpg2; [[ -z $(env | grep BASH_FUNC) ]] || exit 9");
  const history = it.git("log", "--format=%s");
  await it.open({ environment }).write(session, document);
  await it.open({ environment }).write(session, '"new"');
  it.answer("cancel");
  await fails(
    it.open({ environment }).read(session.name),
    "failed",
    /could not open the entry/,
    /pass show 'aws-as/,
  );
  it.answer("correct horse");
  assert.equal(await it.open({ environment }).read(session.name), '"new"');
  truncateSync(it.fileOf(session), 100);
  await assert.rejects(it.open({ environment }).read(session.name), PassEntryDamaged);
  assert.equal(await it.open({ environment }).remove(session.name), true);
  await it.open({ environment }).write(key, document);
  assert.equal(it.git("log", "--format=%s"), `Add aws-as/${entryOf(key.name)} by aws-as.\n${history}`);
  assert.equal(it.git("status", "--porcelain"), "");
});
