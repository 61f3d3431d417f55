import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Desk, makeDesk } from "../desk.ts";
import { installed } from "../installed.ts";
import { eventually, type Pty, startPty } from "../pty.ts";

/** A shell as a person has it on a terminal, and what is different about it for whoever tests it. */
export interface Shell {
  readonly name: string;
  readonly program: string;
  /** For an interactive shell without start-up files. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed first, so that the prompt is `ready> `. PS1 holds that already. */
  readonly prepare?: readonly string[];
  /**
   * For a shell that draws its prompt anew while somebody types: the prompt is `N ready> ` with a number that each prompt
   * raises by one, from 1 for the first after `prepare`.
   */
  readonly numbered?: boolean;
  /** The line that activates. */
  readonly activate: string;
  /** What activation says; nothing where absent. */
  readonly says?: string;
  /** The line as it is typed in a shell that allows no dash in a name. */
  typed?(line: string): string;
  /** Lines that write the shell's whole state (variables, functions, aliases, hooks, options) into a file. */
  dump(file: string): readonly string[];
  /** Lines of that state that differ from one moment to the next by themselves. */
  readonly restless?: RegExp;
  /** The status of the last command, as it is written there; `$?` where absent. */
  readonly status?: string;
  /** Where a failure ends the whole line: a line of its own that prints `status is N`. */
  readonly statusLine?: string;
  /** The line that writes what programs get as their environment; `env -0 > ~/variables` where absent. */
  readonly variables?: string;
  /** What is printed about words that aws-as-deactivate does not know; its usage where absent. */
  readonly usage?: RegExp;
}

/** A shell on a terminal. */
export interface Session {
  readonly pty: Pty;
  /** Types a line and waits for the prompt, with what stands before `ready> `; gives what was printed between. */
  line(text: string, prefix?: string): Promise<string>;
  /** Types a line, and waits for nothing. */
  type(line: string): void;
  /** Waits for the prompt after the one before, with what stands before `ready> `; gives what was printed until then. */
  nextPrompt(prefix: string): Promise<string>;
  /** The variables that the shell hands to a program, but for what shells set for themselves. */
  variables(): Promise<Record<string, string>>;
  /** The state of the shell, line by line. */
  state(): Promise<string[]>;
  /** What stands before the prompt now. */
  prefix: string;
}

/** A desk and a shell on it, or undefined where the shell is not installed (the test is then skipped). */
export async function open(
  t: TestContext,
  shell: Shell,
  env: Readonly<Record<string, string>> = {},
): Promise<{ desk: Desk; session: Session } | undefined> {
  if (!installed(shell.program, t)) return undefined;
  const desk = await makeDesk(t);
  return { desk, session: await startSession(t, shell, desk, env) };
}

/** Starts a shell on a terminal of the desk. */
export async function startSession(
  t: TestContext,
  shell: Shell,
  desk: Desk,
  env: Readonly<Record<string, string>> = {},
): Promise<Session> {
  const pty = startPty(shell.program, shell.args, {
    env: { PS1: "ready> ", HISTFILE: "/dev/null", ...desk.env, ...shell.env, ...env },
    cwd: desk.home.path,
  });
  t.after(() => pty.close());
  const file = (name: string) => join(desk.home.path, name);
  let number = 1;
  const ready = (prefix: string) => `${prefix}${shell.numbered ? `${number} ` : ""}ready> `;
  const session: Session = {
    pty,
    prefix: "",
    nextPrompt: async (prefix) => {
      const old = ready(session.prefix);
      number++;
      session.prefix = prefix;
      const fresh = ready(prefix);
      // elvish may show the old prompt first, and then writes over it from where the new one differs.
      const same = [...fresh].findIndex((sign, at) => sign !== old[at]);
      const over = `${escaped(old)}[\\r\\n ]*${escaped(fresh.slice(same))}`;
      const prompt = new RegExp(`(?:${escaped(fresh)}|${over})`);
      return (await pty.waitFor(prompt)).replace(new RegExp(`${prompt.source}$`), "");
    },
    line: async (wish, prefix = session.prefix) => {
      const text = shell.typed?.(wish) ?? wish;
      pty.type(`${text}\r`);
      // What is typed is shown, up to the end of its line.
      await pty.waitFor("\n");
      const printed = await session.nextPrompt(prefix);
      // fish and elvish look with `⏎` whether the output ended in a line end.
      const own = printed.replace(/⏎ *\r(⏎ *\r)?/g, "");
      const fresh = shell.numbered ? own.replace(/ *\r+(\([^()]*\) )?(\d+ ready> )?\r*$/, "") : own;
      const plain = fresh.replace(/^\r+/, "");
      // ksh shows once more what was typed before it was ready to read.
      return plain.startsWith(`${text}\n`) ? plain.slice(text.length + 1) : plain;
    },
    type: (wish) => pty.type(`${shell.typed?.(wish) ?? wish}\r`),
    variables: async () => {
      rmSync(file("variables"), { force: true });
      await session.line(shell.variables ?? "env -0 > ~/variables");
      const entries = readFileSync(file("variables"), "utf8").split("\0").slice(0, -1);
      return Object.fromEntries(
        entries
          .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)] as const)
          .filter(([name]) => !["_", "PS1", "_AST_FEATURES"].includes(name)),
      );
    },
    state: async () => {
      rmSync(file("state"), { force: true });
      for (const line of shell.dump("~/state")) await session.line(line);
      const text = readFileSync(file("state"), "utf8");
      return text.split("\n").filter((line) => !shell.restless?.test(line));
    },
  };
  if (shell.prepare) {
    // What is typed before a shell has set up its terminal can be lost.
    await eventually(() => pty.output().trim() !== "", "the shell's own prompt");
    for (const line of shell.prepare) pty.type(`${line}\r`);
    await eventually(() => pty.output().trimEnd().endsWith(ready("").trimEnd()), "the first prompt");
  }
  await pty.waitFor(ready(""));
  return session;
}

/** Types a line that makes the shell ask for an MFA code, and answers. */
export async function answering(session: Session, desk: Desk, line: string, prefix: string): Promise<void> {
  session.type(line);
  await session.pty.waitFor("MFA code for my-user1 (arn:aws:iam::111111111111:mfa/my-user1): ");
  session.pty.type(`${desk.fake.code("arn:aws:iam::111111111111:mfa/my-user1")}\r`);
  await session.nextPrompt(prefix);
}

function escaped(text: string): string {
  return text.replace(/[()?]/g, "\\$&");
}

/** The variables of AWS among others. */
export function awsVariables(variables: Record<string, string>, desk: Desk): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => name.startsWith("AWS_") && !(name in desk.env)),
  );
}

/** Fails when two states differ, and shows only the difference. */
export function assertSameState(before: readonly string[], after: readonly string[]): void {
  const gone = before.filter((line) => !after.includes(line));
  const left = after.filter((line) => !before.includes(line));
  assert.deepEqual({ gone, left }, { gone: [], left: [] });
}
