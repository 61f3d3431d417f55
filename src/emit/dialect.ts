import { posix } from "./bourne/dialect.ts";
import type { Change, Memory } from "./change.ts";
import { cmd } from "./cmd/dialect.ts";
import { csh } from "./csh/dialect.ts";
import { elvish } from "./elvish/dialect.ts";
import { fish } from "./fish/dialect.ts";
import { dotenv } from "./formats/dotenv.ts";
import { json } from "./formats/json.ts";
import { nushell } from "./nushell/dialect.ts";
import { powershell } from "./powershell/dialect.ts";
import { xonsh } from "./xonsh/dialect.ts";

/** One syntax that variable changes can be written in: of a shell, or of a data format. */
export interface Dialect {
  /** What a person types after `--shell` or `--format`. */
  readonly names: readonly string[];
  readonly kind: "shell" | "format";
  /**
   * The text that carries out all changes, in their order, or none of them.
   *
   * @throws UnsayableValue
   */
  render(changes: readonly Change[]): string;
  /**
   * The same for the shell functions, with what only they remember: code that they evaluate, or data that they read.
   * Formats have none.
   *
   * @throws UnsayableValue
   */
  renderForFunctions?(changes: readonly (Change | Memory)[]): string;
  /** What to print instead when there are no changes to make because of an error, so that `eval` fails too. */
  readonly failure: string;
}

/** All dialects. A new one is a file and a line here. */
export const dialects: readonly Dialect[] = [
  posix,
  fish,
  csh,
  powershell,
  cmd,
  nushell,
  elvish,
  xonsh,
  json,
  dotenv,
];

/** The dialect of that kind and name, or undefined. */
export function dialectNamed(kind: Dialect["kind"], name: string): Dialect | undefined {
  return dialects.find((dialect) => dialect.kind === kind && dialect.names.includes(name));
}
