/** A change of one environment variable, with no shell in sight. Names come from our own fixed list. */
export type Change =
  | { readonly kind: "set"; readonly name: string; readonly value: string }
  | { readonly kind: "unset"; readonly name: string };

/** A value that a syntax cannot carry without changing it. */
export class UnsayableValue extends Error {
  readonly variable: string;

  constructor(variable: string, what: string) {
    super(`${variable} holds ${what}`);
    this.name = "UnsayableValue";
    this.variable = variable;
  }
}
