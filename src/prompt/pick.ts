import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isUpKey,
  useEffect,
  useKeypress,
  usePagination,
  useState,
} from "@inquirer/core";
import { printable } from "../system/printable.ts";
import { openTerminalStreams } from "../system/terminal/terminal-streams.ts";
import { noTerminal } from "./choose-way.ts";
import type { ConversationPorts } from "./conversation.ts";
import { type Choice, cancelledBy, type PromptResult } from "./prompt.ts";

/**
 * Lets a person pick from a list on the terminal, which is drawn on the device itself and gone afterwards: standard output belongs
 * to whoever evaluates it.
 */
export async function pick(
  { terminal, clock, onAbandoned, turn }: ConversationPorts,
  question: string,
  choices: readonly Choice[],
  typed: string,
): Promise<PromptResult<string>> {
  const state = terminal.state();
  if (state !== "foreground") return { kind: "cannot-ask", because: noTerminal(state) };
  const ending = new AbortController();
  const giveUp = (how: PromptResult<never>) => ending.abort(how);
  const offAbandoned = onAbandoned(clock, (by) => giveUp(cancelledBy(by)));
  const held = await turn(ending.signal);
  const { input, output, close } = openTerminalStreams();
  try {
    const value = await list(
      {
        question: printable(question),
        choices,
        typed,
        rows: Math.max(5, Math.min(15, output.rows - 4)),
        cancel: () => giveUp({ kind: "cancelled" }),
      },
      { input, output, signal: ending.signal, clearPromptOnDone: true },
    );
    return { kind: "answer", value };
  } catch (error) {
    if (ending.signal.aborted) return ending.signal.reason;
    // Ctrl-C.
    if (error instanceof Error && error.name === "ExitPromptError") return { kind: "cancelled" };
    throw error;
  } finally {
    offAbandoned();
    held.release();
    close();
  }
}

interface List {
  readonly question: string;
  readonly choices: readonly Choice[];
  readonly typed: string;
  /** How many are shown at once. */
  readonly rows: number;
  cancel(): void;
}

/**
 * The list is narrowed in the very moment in which a key is read: with @inquirer/search, which asks for it and waits, Enter behind
 * quick typing takes the first of the list of before.
 */
const list = createPrompt<string, List>(({ question, choices, typed, rows, cancel }, done) => {
  const [term, setTerm] = useState(typed);
  const [active, setActive] = useState(0);
  const hits = found(choices, term);
  useEffect((rl) => {
    rl.write(typed);
    // Ctrl-D, of which the library takes no notice. Its type leaves out that this is an interface of readline.
    (rl as unknown as NodeJS.EventEmitter).once("close", cancel);
  }, []);
  useKeypress((key, rl) => {
    if (isEnterKey(key)) {
      const hit = hits[active];
      if (hit === undefined) rl.write(term);
      else done(hit.name);
    } else if (key.name === "escape") {
      cancel();
    } else if (isUpKey(key) || isDownKey(key)) {
      setActive(Math.max(0, Math.min(hits.length - 1, active + (isUpKey(key) ? -1 : 1))));
    } else if (rl.line !== term) {
      setTerm(rl.line);
      setActive(0);
    }
  });
  const page = usePagination({
    items: hits,
    active,
    renderItem: ({ item, isActive }) => `${isActive ? ">" : " "} ${printable(item.shown)}`,
    pageSize: rows,
    loop: false,
  });
  return [`${question}: ${term}`, hits.length === 0 ? "  nothing fits" : page];
});

/** Those that fit every word that was typed, the best first, and of equals those that stood first. Pure. */
export function found(choices: readonly Choice[], typed: string): Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return choices
    .map((choice) => ({ choice, distance: Math.max(0, ...words.map((word) => distanceOf(choice, word))) }))
    .filter(({ distance }) => distance < unfit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ choice }) => choice);
}

const unfit = 5;

/** How far a choice is from a word: from 0, its name, over parts of it, to its letters in their order. */
function distanceOf({ name, shown, words }: Choice, word: string): number {
  const own = name.toLowerCase();
  if (own === word) return 0;
  if (own.startsWith(word)) return 1;
  if (own.includes(word)) return 2;
  if (`${shown} ${words}`.toLowerCase().includes(word)) return 3;
  let at = -1;
  for (const sign of word) {
    at = own.indexOf(sign, at + 1);
    if (at < 0) return unfit;
  }
  return 4;
}
