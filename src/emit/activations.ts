import { bourneActivation } from "./bourne/activation.ts";
import type { Memory } from "./change.ts";
import { cmdActivation } from "./cmd/activation.ts";
import { cshActivation } from "./csh/activation.ts";
import { elvishActivation } from "./elvish/activation.ts";
import { fishActivation } from "./fish/activation.ts";
import { nushellActivation } from "./nushell/activation.ts";
import { powershellActivation } from "./powershell/activation.ts";
import { xonshActivation } from "./xonsh/activation.ts";

/** What activation puts into a shell's functions. */
export interface ActivationParts {
  /** The words that start this program: its own file, which runs by itself, or Node and the file. */
  readonly program: readonly string[];
  /** The program's version, which the functions tell it when they hand a command on. */
  readonly version: string;
  /** The first words that are commands. */
  readonly verbs: readonly string[];
  /** What the prompt is to know of the identity that the shell has inherited. */
  readonly notes: readonly Memory[];
  /** The environment variables of which the functions may keep a former value. */
  readonly displaceable: readonly string[];
}

/** By the first name of a dialect: the code that defines the functions, the prompt and the completion. */
export const activations: Readonly<Record<string, (parts: ActivationParts) => string>> = {
  sh: bourneActivation,
  fish: fishActivation,
  csh: cshActivation,
  nu: nushellActivation,
  powershell: powershellActivation,
  cmd: cmdActivation,
  elvish: elvishActivation,
  xonsh: xonshActivation,
};
