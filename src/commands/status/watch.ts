import type { Plan } from "../../session/plan.ts";
import type { StoredItem } from "../../store/secret-store.ts";
import { type Clock, timeLeft } from "../../system/clock.ts";

/** A session that only a person can renew. */
export interface Ending {
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The command that gets a new one. */
  readonly login: string;
}

/** How things stand. */
export interface Look {
  /** In words, a line each. */
  readonly lines: readonly string[];
  /** For a program: the same as one line, which is not compared. */
  readonly json: string | undefined;
  readonly endings: readonly Ending[];
}

/** Where it is shown. */
export interface Watched {
  readonly clock: Clock;
  look(): Promise<Look>;
  write(text: string): void;
  /** The width of the terminal now; undefined: it is none. */
  columns(): number | undefined;
  /** Tells of it where the person is. */
  notice(text: string): void;
  /** Whether nobody reads any more. */
  isOver(): boolean;
}

/** Milliseconds before the end at which a person is told: time to find the phone. */
const noticeMs = 600_000;

/** Milliseconds between two looks; more where a look takes long, so that it takes a twentieth of the time at most. */
const pauseMs = 5000;

/**
 * Shows how things stand until the signal: on a terminal in place of what was shown, elsewhere the lines that have changed.
 * Tells of each session once, before it ends.
 */
export async function watch(watched: Watched, over: AbortSignal): Promise<void> {
  const { clock, look, write, columns, notice, isOver } = watched;
  const told = new Set<string>();
  let shown: readonly string[] = [];
  while (!over.aborted && !isOver()) {
    const began = clock.monotonic();
    const { lines, json, endings } = await look();
    const notices = noticesOf(endings, clock.now());
    for (const [session, parts] of notices) {
      if (!told.has(session)) notice(parts.join(": "));
      told.add(session);
    }
    const width = columns();
    const isDrawn = width !== undefined && json === undefined;
    const below = [...notices.values()].flatMap(([what, command]) => [`${what}:`, `  ${command}`]);
    const now = isDrawn ? [...lines, ...below].map((line) => cut(line, width)) : lines;
    if (now.join("\n") !== shown.join("\n")) {
      if (isDrawn) write(`${shown.length === 0 ? "" : `\x1b[${shown.length}A\x1b[J`}${textOf(now)}`);
      else write(json ?? textOf(now.filter((line) => !shown.includes(line))));
    }
    shown = now;
    const pause = Math.max(pauseMs, 20 * (clock.monotonic() - began));
    await clock.sleep(pause, over).catch(() => undefined);
  }
  // The terminal has written ^C here.
  if (columns() !== undefined) write("\r\x1b[K");
}

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

/** A line that wrapped would be two, and the cursor would not come back to the first. */
function cut(line: string, width: number): string {
  return line.length < width ? line : `${line.slice(0, Math.max(width - 4, 0))}...`;
}

/** What there is to tell now, and the command for it, by session. */
function noticesOf(endings: readonly Ending[], now: number): ReadonlyMap<string, readonly [string, string]> {
  const near = endings.filter(({ expiresAt }) => expiresAt > now && expiresAt - now <= noticeMs);
  return new Map(
    near.map(({ label, expiresAt, login }) => [
      `${label} ${expiresAt}`,
      [`the ${label} ends in ${timeLeft(expiresAt - now)}, and takes a code to renew`, login],
    ]),
  );
}

/** The sessions among the items that take a code. Pure. */
export function endingsOf(plans: readonly Plan[], items: readonly StoredItem[]): Ending[] {
  const logins = new Map<string, string>();
  for (const { identity, root, steps } of plans) {
    for (const { kind, device, item } of steps) {
      if (device === undefined || logins.has(item.name)) continue;
      logins.set(item.name, `aws-as login ${kind === "role" ? identity : root.profile} --renew`);
    }
  }
  return items.flatMap(({ name, label, expiresAt }) => {
    const login = logins.get(name);
    return login === undefined || expiresAt === undefined ? [] : [{ label, expiresAt, login }];
  });
}
