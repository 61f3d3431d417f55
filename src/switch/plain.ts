import type { Machine } from "../machine/machine.ts";
import { changesFor, changesForFunctions } from "./run.ts";
import { chosenDialect, chosenShell, rendered, renderedForFunctions } from "./say.ts";

type Warn = (message: string) => void;

/** What `aws-as env NAME` prints. */
export async function envCode(name: string, machine: Machine, warn: Warn): Promise<string> {
  return rendered(chosenDialect(undefined, undefined), await changesFor({ name }, machine, warn));
}

/** What `aws-as switch SHELL NAME`, which the shell functions call, prints. */
export async function switchCode(shell: string, name: string, machine: Machine, warn: Warn): Promise<string> {
  const known = chosenShell(shell);
  return renderedForFunctions(known, await changesForFunctions({ name }, machine, warn));
}
