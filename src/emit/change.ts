/** A change of one environment variable, with no shell in sight. Names come from our own fixed list. */
export type Change =
  | { readonly kind: "set"; readonly name: string; readonly value: string }
  | { readonly kind: "unset"; readonly name: string };

/**
 * What the shell functions keep for themselves, in variables of the shell that no program started from it sees.
 * `keep` remembers what an environment variable holds now, and comes only where it is set; `forget` drops
 * what was kept of it, if anything was; `restore` gives that back, if anything was kept, and drops it. `note` tells the
 * prompt something.
 */
export type Memory =
  | { readonly kind: "keep"; readonly name: string }
  | { readonly kind: "forget"; readonly name: string }
  | { readonly kind: "restore"; readonly name: string }
  | { readonly kind: "note"; readonly name: Note; readonly value: string };

/**
 * `shown`: the identity's name in characters that every prompt prints as they are; `of`: the identity that it stands
 * for; `key`: the access key id that `until` belongs to; `until`: the credentials' end in seconds since 1970; `renew`: from
 * when the program is to be asked whether it renews them, in the same seconds, empty: never. `memory` is for the program itself,
 * which gets it with the next switch: of what is kept, where it held.
 */
export type Note = "shown" | "of" | "key" | "until" | "renew" | "memory";

/** The shell variable of a note. */
export function noteVariable(note: Note): string {
  return `__aws_as_${note}`;
}

/** The shell variable in which an environment variable's former value is kept. */
export function keptVariable(name: string): string {
  return `__aws_as_kept_${name}`;
}

/** A value that a syntax cannot carry without changing it. */
export class UnsayableValue extends Error {
  readonly variable: string;

  constructor(variable: string, what: string) {
    super(`${variable} holds ${what}`);
    this.name = "UnsayableValue";
    this.variable = variable;
  }
}

/** The value, if it can be an environment variable's at all. */
export function withoutNul(name: string, value: string): string {
  if (value.includes("\0")) throw new UnsayableValue(name, "a NUL byte");
  return value;
}
