import type { Screen } from "../../cli/screen.ts";
import { isUsable } from "../../session/decide.ts";
import { timeLeft } from "../../system/clock.ts";
import type { Entry, Life } from "./entry.ts";
import { type Strokes, treeOf } from "./tree.ts";

type Paint = (text: string) => string;

/** A text of the table, and how it is painted, which takes no room. */
interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

interface Style {
  readonly strokes: Strokes;
  readonly full: string;
  readonly spent: string;
  readonly more: string;
}

const boxes: Style = {
  strokes: { branch: "├─ ", lastBranch: "└─ ", trunk: "│  ", gap: "   " },
  full: "█",
  spent: "░",
  more: "…",
};
const ascii: Style = {
  strokes: { branch: "|- ", lastBranch: "`- ", trunk: "|  ", gap: "   " },
  full: "#",
  spent: ".",
  more: "~",
};

const barLength = 8;
const headers = ["IDENTITY", "ACCOUNT", "LEFT", "DEVICE", "PROFILE"] as const;

/** What is left out, in this order, until the table fits; what then is still too wide is cut. */
const sacrifices: readonly { readonly bar: boolean; readonly columns: readonly number[] }[] = [
  { bar: true, columns: [0, 1, 2, 3, 4] },
  { bar: false, columns: [0, 1, 2, 3, 4] },
  { bar: false, columns: [0, 1, 2, 4] },
  { bar: false, columns: [0, 1, 2] },
  { bar: false, columns: [0, 2] },
];

/** The tree of identities for a terminal. Pure. */
export function tableOf(entries: readonly Entry[], screen: Screen, now: number): string {
  const style = screen.boxes ? boxes : ascii;
  const width = screen.columns ?? 80;
  // A column for the mark of the current identity, where one of them is.
  const marks = entries.some(({ isCurrent }) => isCurrent);
  const rows = treeOf(entries, style.strokes).map(({ item, prefix }) => ({
    item,
    prefix: marks ? `${item.isCurrent ? "* " : "  "}${prefix}` : prefix,
  }));
  const { dim } = screen.colors;
  const tables = sacrifices.map(({ bar, columns }) => {
    const lines = rows.map(({ item, prefix }) => {
      const cells = cellsOf(item, prefix, { bar, style, screen, now });
      return { cells: columns.map((column) => cells[column] ?? { text: "" }), error: item.error?.what };
    });
    const heads = columns.map((column): Cell => ({ text: headers[column] ?? "", paint: dim }));
    return { lines: [{ cells: heads, error: undefined }, ...lines] };
  });
  const fitting = tables.find(({ lines }) => sum(widths(lines)) <= width) ?? tables.at(-1);
  const lines = fitting?.lines ?? [];
  const room = widths(lines);
  // Then the names give way, which keep enough to be told apart, and last the time.
  const over = Math.max(0, sum(room) - width);
  const [first = 0, ...rest] = room;
  const name = Math.max(Math.min(first, 14), first - over);
  const last = (rest.pop() ?? 0) - Math.max(0, over - (first - name));
  const fitted = [name, ...rest, Math.max(0, last)];
  return lines.map(({ cells, error }) => `${lineOf(cells, error, fitted, width, style, screen)}\n`).join("");
}

type Line = { readonly cells: readonly Cell[]; readonly error: string | undefined };

/** Of the columns, two blanks between them included. A line with an error has only a name to be in line with. */
function widths(lines: readonly Line[]): number[] {
  const count = lines[0]?.cells.length ?? 0;
  return Array.from({ length: count }, (_, column) => {
    const inLine = lines.filter(({ error }) => column === 0 || error === undefined);
    const widest = inLine.reduce((most, { cells }) => Math.max(most, cells[column]?.text.length ?? 0), 0);
    return widest + (column === count - 1 ? 0 : 2);
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function lineOf(
  cells: readonly Cell[],
  error: string | undefined,
  room: readonly number[],
  width: number,
  { more }: Style,
  { colors }: Screen,
): string {
  const cut = (text: string, length: number) =>
    text.length <= length ? text : `${text.slice(0, Math.max(0, length - more.length))}${more}`;
  const padded = ({ text, paint = (same) => same }: Cell, length: number, gap: number) => {
    const shown = cut(text, Math.max(0, length - gap));
    return paint(shown) + " ".repeat(Math.max(0, length - shown.length));
  };
  const [first = { text: "" }, ...others] = cells;
  const [nameRoom = 0] = room;
  if (error !== undefined) {
    return (
      padded(first, nameRoom, 2) + colors.red(cut(`error: ${cell(error)}`, Math.max(7, width - nameRoom)))
    );
  }
  const last = others.length - 1;
  const rest = others.map((each, index) => padded(each, room[index + 1] ?? 0, index === last ? 0 : 2));
  return (padded(first, nameRoom, 2) + rest.join("")).trimEnd();
}

interface Drawing {
  readonly bar: boolean;
  readonly style: Style;
  readonly screen: Screen;
  readonly now: number;
}

function cellsOf(entry: Entry, prefix: string, drawing: Drawing): Cell[] {
  const { bold, dim, red } = drawing.screen.colors;
  const paint: Paint = entry.isProtected ? (text) => red(bold(text)) : bold;
  const paintName: Paint = (text) => dim(text.slice(0, prefix.length)) + paint(text.slice(prefix.length));
  return [
    { text: prefix + cell(entry.name) + remarksOn(entry), paint: paintName },
    { text: cell(entry.account ?? "-") },
    leftOf(entry, drawing),
    { text: deviceCell(entry) },
    { text: profilesCell(entry), paint: entry.stanzas.length === 0 ? dim : (text) => text },
  ];
}

function remarksOn({ kind, isProtected, currentLimits, ofProject }: Entry): string {
  const remarks = [
    ...(kind === "limited" ? ["limited"] : ofProject ? [".aws-as"] : []),
    ...(isProtected ? ["protected"] : []),
    ...(currentLimits === undefined ? [] : [`here limited by ${cell(currentLimits)}`]),
  ];
  return remarks.length === 0 ? "" : ` (${remarks.join(", ")})`;
}

/** Its own session as a bar. Without one, whether getting one takes a code: that is what a person wants to know. */
function leftOf(entry: Entry, drawing: Drawing): Cell {
  const { session, outcome, deviceKnown } = entry;
  const { colors } = drawing.screen;
  const { now } = drawing;
  if (session !== undefined && isAlive(session, now)) return lifeCell(session, drawing);
  const without = session === undefined ? "" : "ended, ";
  if (!deviceKnown) return { text: `${without}device not known yet`, paint: colors.dim };
  if (outcome === "ask") return { text: `${without}needs a code`, paint: colors.yellow };
  if (entry.maySignIn && entry.signedIn !== undefined) {
    const [text, paint] = entry.signedIn ? ["signed in", colors.dim] : ["not signed in", colors.yellow];
    return { text: `${without}${text}`, paint };
  }
  if (entry.maySignIn) return { text: `${without}perhaps a sign-in`, paint: colors.dim };
  const codeAt = entry.codeNeededAt;
  const until = codeAt === undefined ? "needed" : `for ${timeLeft(codeAt - now)}`;
  return { text: `${without}no code ${until}`, paint: colors.dim };
}

function lifeCell({ expiresAt, milliseconds }: Life, { bar, style, screen, now }: Drawing): Cell {
  const left = expiresAt - now;
  const { green, yellow } = screen.colors;
  const paint = left < 20 * 60_000 ? yellow : green;
  if (!bar) return { text: timeLeft(left), paint };
  const filled = Math.min(barLength, Math.max(1, Math.round((left / milliseconds) * barLength)));
  const drawn = style.full.repeat(filled) + style.spent.repeat(barLength - filled);
  return { text: `${drawn} ${timeLeft(left)}`, paint };
}

/**
 * A text of which every character takes one column, as a table needs it, and none drives the terminal. Names of profiles are ASCII by the grammar of
 * the files; serial numbers and the like may be anything, and the real value stands in the JSON.
 */
export function cell(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?");
}

/** A device without what all devices have in common: `my-user1` of `arn:aws:iam::111111111111:mfa/my-user1`. */
export function deviceCell({ device, deviceKnown, error }: Entry): string {
  if (error !== undefined) return "-";
  if (device !== undefined) return cell(device.replace(/^arn:[^:]+:iam::\d+:mfa\//, ""));
  return deviceKnown ? "-" : "?";
}

/** The time that a session has left; `-` without one, `ended` after it. */
export function leftCell(life: Life | undefined, now: number): string {
  if (life === undefined) return "-";
  return isAlive(life, now) ? timeLeft(life.expiresAt - now) : "ended";
}

/** The profiles by which clients get the identity. */
export function profilesCell({ stanzas }: Entry): string {
  return stanzas.map(({ profile }) => cell(profile)).join(",") || "-";
}

/** Whether the session may still be handed out. */
function isAlive({ expiresAt }: Life, now: number): boolean {
  return isUsable({ obtainedAt: 0, expiresAt }, now);
}
