import { type Change, type Memory, UnsayableValue } from "../emit/change.ts";
import { type Dialect, dialectNamed, dialects } from "../emit/dialect.ts";
import { UserError } from "../system/user-error.ts";

/** The dialect that the options name; without any, what every Bourne-family shell reads. */
export function chosenDialect(shell: string | undefined, format: string | undefined): Dialect {
  if (shell !== undefined && format !== undefined) {
    throw new UserError("--shell and --format exclude each other", {
      hints: ["--shell prints code for eval, --format prints data; leave one out"],
      exitCode: 2,
    });
  }
  const kind = format === undefined ? "shell" : "format";
  const name = format ?? shell ?? "sh";
  const dialect = dialectNamed(kind, name);
  if (dialect !== undefined) return dialect;
  const known = dialects.filter((each) => each.kind === kind).flatMap((each) => each.names);
  throw new UserError(`unknown ${kind} "${name}"`, { hints: [`known: ${known.join(", ")}`], exitCode: 2 });
}

/** The text of the changes in that dialect. */
export function rendered(dialect: Dialect, changes: readonly Change[]): string {
  return saidIn(dialect, () => dialect.render(changes));
}

/** The text of the changes for the functions of that shell. */
export function renderedForFunctions(dialect: Dialect, changes: readonly (Change | Memory)[]): string {
  return saidIn(dialect, () => dialect.renderForFunctions?.(changes) ?? "");
}

/** What the dialect says, or the user's error about what it cannot say. */
export function saidIn(dialect: Dialect, say: () => string): string {
  try {
    return say();
  } catch (error) {
    if (!(error instanceof UnsayableValue)) throw error;
    throw new UserError(`${error.message}, which "${dialect.names[0]}" cannot carry`, {
      hints: ["use another --shell or --format"],
      cause: error,
    });
  }
}
