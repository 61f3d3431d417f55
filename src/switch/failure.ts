import { dialectNamed } from "../emit/dialect.ts";

/** Code that fails in that shell: what a failed command prints for it, because `eval` of nothing is a success. */
export function failureIn(shell: string): string {
  return (dialectNamed("shell", shell) ?? dialectNamed("shell", "sh"))?.failure ?? "";
}
