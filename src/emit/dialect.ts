import type { Answer } from "./answer.ts";
import type { Change, Memory } from "./change.ts";

/** How a data format writes variable changes. */
export interface Syntax {
  /**
   * The text that carries out all changes, in their order, or none of them.
   *
   * @throws UnsayableValue
   */
  render(changes: readonly Change[]): string;
}

/** How a shell writes variable changes. */
export interface Dialect extends Syntax {
  /**
   * The same for the shell functions, with what only they remember: code that they evaluate, or data that they read.
   *
   * @throws UnsayableValue
   */
  renderForFunctions(changes: readonly (Change | Memory)[]): string;
  /** What to print instead when there are no changes to make because of an error, so that `eval` fails too. */
  readonly failure: string;
}

/** A data format. */
export interface Format {
  /** What a person types after `--format`, or after `--shell` for a shell. */
  readonly names: readonly [string, ...string[]];
  readonly dialect: Syntax;
}

/** A shell, or a family of shells that read the same code. No member is optional: what a shell lacks, it says. */
export interface Shell extends Format {
  readonly dialect: Dialect;
  /** The file names of its programs, without folder, version and `.exe`, by which a parent process is recognized. */
  readonly programs: readonly string[];
  /** Lines that a person types. */
  readonly typed: Typed;
  /** How activation is set up. Hints show the first. */
  readonly setup: readonly [Setup, ...Setup[]];
  /**
   * The code that defines the functions, the prompt and the completion. It is loaded when it is printed.
   *
   * @throws UnsayableValue
   */
  activation(parts: ActivationParts): Promise<string>;
  /** How its functions ask what can stand where TAB was pressed. Empty: it has no completion. */
  readonly completion: readonly Completion[];
  /** Completion in a shell that is not activated. Empty: there is none. */
  readonly completionAlone: readonly CompletionAlone[];
}

/** How a person types what hints propose. */
export interface Typed {
  /** Has the shell read the text that a command prints. */
  evaluate(command: string): string;
  /** Takes environment variables away. */
  unset(names: readonly string[]): string;
  /** Sets one for programs to what a person types and nobody sees, as far as the shell can hide it. */
  ask(name: string): string;
  /** Sets one for programs. The value is one that needs no more than double quotes, a variable in it included. */
  set(name: string, value: string): string;
}

/** A line that a person types, or puts into the file that the shell reads at its start. */
export interface Setup {
  /** The shells as people call them. */
  readonly shells: string;
  readonly file: string;
  readonly line: string;
}

export interface Completion {
  /** The word after `aws-as complete`. */
  readonly name: string;
  readonly answer: Answer;
}

export interface CompletionAlone {
  /** What a person types after `aws-as completion`. */
  readonly names: readonly string[];
  readonly setup: Setup;
  /** The code that registers the completion. It finds the program on the PATH, and is loaded when it is printed. */
  code(): Promise<string>;
}

/** What a switch sets, as far as it is known by name. */
export interface Provided {
  /** Ours as long as the key id is the one that came with our name. */
  readonly credentials: readonly string[];
  /** Ours as long as they hold the region of our mark. */
  readonly regions: readonly string[];
  readonly marks: readonly string[];
}

/** What functions say that had to leave without the program. No quote in it. */
export const leftAlone =
  "the program does not run, so this shell took back what it had set; what was there before stays away";

/** What activation puts into a shell's functions. */
export interface ActivationParts {
  /** The words that start this very program: Node and the program's file. */
  readonly program: readonly [node: string, script: string];
  /** The variables that Node is to be started without. */
  readonly cleared: readonly string[];
  /** The program's version. The functions pass it on in AWS_AS_FUNCTIONS, so that `doctor` sees when they are older. */
  readonly version: string;
  /** The first words for which the program is run as it is; other words are a switch. */
  readonly verbs: readonly string[];
  /** What the prompt is to know of the identity that the shell has inherited. */
  readonly notes: readonly Memory[];
  /** What the program is to be told of this shell's beginning, in letters, digits and `_=:`. */
  readonly memory: string;
  /** The process that the memory is of. */
  readonly parent: number;
  /** The environment variables of which the functions may keep a former value. */
  readonly displaceable: readonly string[];
  /** What a switch sets. The functions take it back by themselves where the program no longer runs. */
  readonly provided: Provided;
}
