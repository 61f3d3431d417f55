import type { Change } from "./change.ts";
import { dotenv } from "./dotenv.ts";
import { json } from "./json.ts";
import { posix } from "./posix.ts";

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
  /** What to print instead when there are no changes to make because of an error, so that `eval` fails too. */
  readonly failure: string;
}

/** All dialects. A new one is a file and a line here. */
export const dialects: readonly Dialect[] = [posix, json, dotenv];

/** The dialect of that kind and name, or undefined. */
export function dialectNamed(kind: Dialect["kind"], name: string): Dialect | undefined {
  return dialects.find((dialect) => dialect.kind === kind && dialect.names.includes(name));
}
