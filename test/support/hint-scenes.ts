import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { one } from "./aws/world-of-one.ts";
import type { Desk } from "./desk.ts";
import { escaped, type HintText, inOtherFiles, textsWithCommands } from "./hint-texts.ts";
import { ended, type Run } from "./home.ts";
import { files } from "./shells/scripts.ts";

/**
 * Makes a state, takes what the program prints there word for word, and runs it in the shell that it was printed in: it
 * works there, and it changes the state.
 */
export interface Scene {
  /** What an administrator does, or what has happened to AWS, before anything is run. */
  readonly first?: (desk: Desk) => void;
  /** Lines of bash that make the state, before anything is run. */
  readonly once?: string;
  /** Lines of bash that come before each run, as they set variables. */
  readonly given?: string;
  /** What is typed. */
  readonly line: string;
  /** Takes commands out of what was printed; absent: out of all hints. */
  readonly take?: RegExp;
  /** What a person puts in for the words in capitals. */
  readonly fill?: Readonly<Record<string, string>>;
  /** What the hint has done by hand before its command is run. */
  readonly byHand?: string;
  /** The person has a code at hand. */
  readonly code?: true;
  /** What standard input says to the hint's command. */
  readonly input?: string;
  /** A line that succeeds when the hint was followed; absent: the first line prints that hint no more. */
  readonly ends?: string;
}

/** Commands that only show something: they have to succeed, and change nothing. doctor has a status for findings. */
const shows =
  /^aws-as (.*--help|list|doctor|explain .*|store status|keys list|mfa list .*|init --remove --dry-run)$/;
const begins =
  /^(aws-as|aws|eval|export|unset|read|env|chmod|rm|sudo|ssh-add|ssh-agent|ssh-keygen|gpg|gpgconf|pass|npm|curl)(?= |$)/;

/** All hints that the scenes of this process printed. */
export const printed = new Set<string>();

/** The command of a hint, and undefined where it has none. */
function commandOf(hint: string): string | undefined {
  const text = hint.replace(/ {2}#.*$| {3}\(.*\)$/, "");
  return [text, ...text.split(/: /).map((_, at, all) => all.slice(at).join(": "))].find((each) =>
    begins.test(each),
  );
}

function inBash(desk: Desk, text: string, input = ""): Promise<Run> {
  files(desk, { "scene.sh": text });
  const child = spawn("bash", ["--norc", "scene.sh"], {
    cwd: desk.home.path,
    env: desk.env as Record<string, string>,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return ended(child);
}

/** What a run printed that has a command. */
function hintsOf({ stdout, stderr }: Run, take?: RegExp): string[] {
  if (take !== undefined)
    return [...(stdout + stderr).matchAll(new RegExp(take, "gm"))].map(([text]) => text);
  return [...stderr.matchAll(/^aws-as: hint: (.*)$/gm)].map(([, hint = ""]) => hint).filter(commandOf);
}

/** Plays a scene. A hint's own hints count as well: they are followed, the first of them, until the state is another. */
export async function play(desk: Desk, scene: Scene): Promise<void> {
  const { first, once, given = "", line, take, fill = {}, byHand = "", code, input = "", ends } = scene;
  first?.(desk);
  if (once !== undefined)
    await inBash(
      desk,
      `${code ? `CODE=${desk.fake.code(one.mfaSerial)}` : ""}
${once}`,
    );
  const before = await inBash(desk, `${given}\n${line}\n`, input);
  const hints = hintsOf(before, take);
  assert.notEqual(hints.length, 0, `${line}: ${before.stdout}${before.stderr}`);
  for (const hint of hints) {
    let followed = hint;
    let told = "";
    for (let depth = 0; depth < 4; depth++) {
      printed.add(followed);
      // What is no hint stands in a line with other words.
      for (const each of `${before.stdout}${before.stderr}`.split("\n"))
        if (new RegExp(`${escaped(hint)}(?! -)`).test(each)) printed.add(each);
      const command = commandOf(followed)?.replace(/\b[A-Z]+\b/g, (word) => fill[word] ?? word) ?? "";
      assert.notEqual(command, "", `${line}: no command in ${followed}`);
      assert.doesNotMatch(command, /\b(NAME|FILE)\b/, `${line}: ${followed}`);
      const withCode = code ? `export AWS_AS_MFA_CODE=${desk.fake.code(one.mfaSerial)}` : "";
      const run = await inBash(
        desk,
        `${given}\n${byHand}\n${withCode}\n${command}\nstatus=$?\nunset AWS_AS_MFA_CODE\necho >&2 "== $status"\n${ends ?? line}\necho >&2 "== $?"\n`,
        input,
      );
      const [said = "", status = "", after = "", end = ""] = run.stderr.split(/^== (\d+)\n/m);
      told += `$ ${command} => ${status}\n${said}`;
      if (shows.test(command)) {
        assert.ok(Number(status) <= (command === "aws-as doctor" ? 1 : 0), `${line}: ${told}`);
        break;
      }
      const isOther = ends === undefined ? !`${run.stdout}${after}`.includes(hint) : end === "0";
      if (isOther) break;
      const next = hintsOf({ ...run, stderr: said }).find((each) => !printed.has(each) || each !== followed);
      assert.ok(next !== undefined && depth < 3, `${line}: nothing is other after\n${told}${after}`);
      followed = next;
    }
  }
}

/** The hint's command does what the first line could not. */
export const worked = 'test "$status" = 0';

/** Asserts that the scenes of a file printed all texts that it is said to (hint-texts.ts). */
export function assertAllPrinted(file: string): void {
  const hints = [...printed];
  const claimed = new Set(inOtherFiles[file]);
  const isRun = ({ pattern }: HintText) => hints.some((hint) => pattern.test(hint));
  const open = textsWithCommands().filter((each) => claimed.has(each.text) && !isRun(each));
  assert.deepEqual(
    open.map(({ text }) => text),
    [],
  );
}
