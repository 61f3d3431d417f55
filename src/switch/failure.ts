import { bourne } from "../emit/bourne/shell.ts";
import { shellNamed } from "../emit/shells.ts";

/** Code that fails in that shell: what a failed command prints for it, because `eval` of nothing is a success. */
export function failureIn(shell: string): string {
  return (shellNamed(shell) ?? bourne).dialect.failure;
}
