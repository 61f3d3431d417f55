import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { isUnit } from "./support/units.ts";

/**
 * Runs every `*.test.js` below this folder, or those whose path holds one of the words given. Without words and without
 * AWS_AS_TEST_ALL=1 it leaves out the slow ones, and says so.
 */
const here = import.meta.dirname;
const words = process.argv.slice(2);
const all = process.env["AWS_AS_TEST_ALL"] === "1";

/** Files of more than a few seconds of work, the longest first, as the list at the end of a run shows them. */
const slow = [
  "e2e/killed",
  "e2e/keys-killed",
  "e2e/storage-killed",
  "e2e/clients/together",
  "e2e/clients/asked",
  "store/pass-killed",
  "e2e/storage-killed-any-time",
  "store/keychain-killed",
  "shells/renewal",
  "shells/picker",
  "shells/completion",
  "shells/csh-scripts",
  "shells/powershell",
  "e2e/clients/unasked",
  "e2e/exec-renew",
  "e2e/exec-renew-browser",
  "e2e/console-browser",
  "e2e/serve",
  "e2e/sandbox",
  "e2e/limits",
  "e2e/log",
  "e2e/agents",
  "system/files/log-file",
  "e2e/exec",
  "shells/csh",
  "store/keychain",
  "store/keychain-programs",
  "store/slots",
  "e2e/adopt",
  "e2e/wine",
  "e2e/rotate",
  "e2e/shells",
  "support/aws/aws-cli",
  "e2e/init-crash",
  "e2e/parallel",
  "shells/bourne",
  "e2e/storage",
  "store/pass-crowd",
  "store/file-killed",
  "store/file",
  "demo/demo",
  "e2e/keychain-programs",
  "shells/bash",
  "shells/zsh",
  "shells/bourne-scripts",
  "e2e/windows",
  "e2e/windows-gone",
  "e2e/disk",
  "e2e/keychain",
  "e2e/failures",
  "e2e/sso-person",
  "e2e/sso",
  "e2e/login-session",
  "store/pass",
  "store/pass-program",
  "shells/posix",
  "shells/xonsh",
  "shells/bash-scripts",
  "shells/zsh-scripts",
  "shells/bash-prompt-command",
  "shells/elvish",
  "shells/fish",
  "shells/nushell",
  "store/agent-unlocking",
  "store/keychain-failing",
  "store/keychain-kwallet",
  "store/keychain-keepassxc",
  "store/keychain-gnome-keyring",
  "e2e/aws-cli",
  "e2e/keys",
  "e2e/mfa",
  "e2e/traces",
  "e2e/web-identity",
  "e2e/begin",
  "e2e/explain-list",
  "e2e/ssh-agent",
  "e2e/doctor",
  "e2e/foreign-process",
  "e2e/machine-sources",
  "e2e/sso-aws-cli",
  "e2e/package",
  "e2e/windows-passphrase",
  "e2e/export-credentials",
  "shells/bash-prompt",
  "shells/zsh-prompt",
  "prompt/terminal",
  "e2e/terminal",
  "loaded",
  "config/files/rewrite",
  "shells/project",
  "e2e/edges",
  "shells/fish-values",
  "e2e/denied",
  "shells/no-process",
  "shells/told",
  "e2e/hints",
  "e2e/hints-keys",
  "e2e/hints-profiles",
  "e2e/hints-sessions",
  "e2e/hints-store",
  "e2e/recipes",
  "demo/pictures",
  "e2e/release",
].map((name) => `${name}.test.js`);

/** The pure tests, which share one process. */
const units = "units.test.js";
const known = readdirSync(here, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".test.js"));
const gone = slow.filter((name) => !known.includes(name));
if (gone.length > 0) throw new Error(`no test file any more: ${gone.join(", ")}`);
const files = known
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
const chosen = files.filter((name) =>
  words.length > 0
    ? words.includes("units") || name !== units
    : !isUnit(name) && (all || !slow.includes(name)),
);
const leftOut = words.length > 0 || all ? 0 : files.filter((name) => slow.includes(name)).length;

if (chosen.length === 0) {
  process.stderr.write(`no test file matches ${words.join(" ")}\n`);
  process.exit(1);
}
// No test talks to the world, whose authorities every Node would read as it starts, for 50 ms on machines that name them.
delete process.env["NODE_EXTRA_CA_CERTS"];
// Tests wait more than they work.
const failed = await runFiles(chosen, 2 * availableParallelism());
if (failed.length > 0) {
  // A busy machine is no fault of the program, and a fault that is there shows alone as well: the second run decides.
  process.stdout.write(`\nonce more, alone: ${failed.join(", ")}\n\n`);
  const again = await runFiles(failed, 1);
  const unstable = failed.filter((name) => !again.includes(name));
  if (unstable.length > 0)
    process.stdout.write(`\nUNSTABLE: failed among the others, passed alone: ${unstable.join(", ")}\n`);
  if (again.length > 0) process.exitCode = 1;
}

/** Runs test files, shows how it went, and gives those in which a test failed. */
async function runFiles(names: readonly string[], concurrency: number): Promise<readonly string[]> {
  const tests = run({
    files: names.map((name) => join(here, name)),
    concurrency,
    // A shell that waits for ever must not hold up everything: milliseconds, for a whole file.
    timeout: 1_800_000,
  });
  const failed = new Set<string>();
  let failures = 0;
  tests.on("test:fail", () => failures++);
  // A test may be written in a file of support; that of the whole test file bears the file's name.
  tests.on("test:complete", ({ name, file, details }) => {
    if (name === file && !details.passed) failed.add(relative(here, name).replaceAll("\\", "/"));
  });
  for await (const text of Readable.from(withReport(tests)).pipe(new spec())) process.stdout.write(text);
  if (failures > 0 && failed.size === 0) throw new Error("a test failed, and its file is not known");
  return [...failed];
}

function rank(name: string): number {
  if (name === units) return 0;
  const at = slow.indexOf(name);
  return at === -1 ? slow.length : at;
}

type Events = AsyncIterable<{ readonly type: string; readonly data: Readonly<Record<string, unknown>> }>;

/** Puts what was skipped and what was slow before the totals, which are the last diagnostics of all. */
async function* withReport(events: Events) {
  const seconds = new Map<string, number>();
  const skipped = new Map<string, number>();
  let isTold = false;
  for await (const event of events) {
    const { type, data } = event;
    const { name, file, skip, details } = data as {
      name?: string;
      file?: string;
      skip?: string | boolean;
      details?: { duration_ms: number };
    };
    if (type === "test:complete" && name !== undefined && name === file && details !== undefined)
      seconds.set(relative(here, name), details.duration_ms / 1000);
    if (type === "test:pass" && skip) skipped.set(String(skip), (skipped.get(String(skip)) ?? 0) + 1);
    if (type === "test:diagnostic" && file === undefined && !isTold) {
      isTold = true;
      const slowest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, 10);
      const lines = [
        ...(leftOut === 0 ? [] : [`NOT TESTED: ${leftOut} slow files; test/all.sh runs them`]),
        ...[...skipped].map(([why, count]) => `NOT TESTED: ${count} of the tests: ${why}`),
        ...slowest.map(([file, took]) => `${took.toFixed(1).padStart(6)} s  ${file}`),
      ];
      for (const message of lines) yield { type: "test:diagnostic", data: { nesting: 0, message } };
    }
    yield event;
  }
}
