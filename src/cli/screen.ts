import { createColors } from "picocolors";
import type { Environment } from "../system/environment.ts";
import type { Context } from "./base-command.ts";
import type { MessageStream } from "./report.ts";

/** Where results are shown, and what is said beside them. */
export interface Display extends Pick<Context, "columns" | "colorDepth" | "machine"> {
  readonly stderr: MessageStream;
}

/** What standard output can show, for results that are drawn for a person. */
export interface Screen {
  /** Of the terminal; undefined where a program, a file or a pager reads standard output. */
  readonly columns?: number | undefined;
  /** Whether lines and blocks may be drawn with more than ASCII. */
  readonly boxes: boolean;
  /** Writing with or without colours. */
  readonly colors: ReturnType<typeof createColors>;
}

type Shown = Omit<Display, "stderr">;

export function screenOf({ columns, colorDepth, machine: { env, platform } }: Shown): Screen {
  const colors = createColors(columns !== undefined && colorDepth > 1);
  if (columns === undefined) return { boxes: false, colors };
  return { columns, boxes: showsBoxes(env, platform), colors };
}

/** Words for a person, as their terminal can show them. */
export function onScreen(words: string, { columns, machine: { env, platform } }: Shown): string {
  return columns === undefined || showsBoxes(env, platform) ? words : words.replaceAll("…", "...");
}

/** By the locale, as curses does it. Where none is set, the terminals of macOS and Windows still show them. */
function showsBoxes(env: Environment, platform: NodeJS.Platform): boolean {
  if (env["TERM"] === "dumb") return false;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return locale ? /utf-?8/i.test(locale) : platform === "darwin" || platform === "win32";
}
