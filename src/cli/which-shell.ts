import type { Shell } from "../emit/dialect.ts";
import { shells } from "../emit/shells.ts";
import type { ParentProgram } from "../system/children/parent-program.ts";

/**
 * The shell that a process is, or undefined for another program. Programs with many names (busybox), scripts (xonsh) and
 * what .NET runs (PowerShell as a tool of its SDK) are known by their words. Pure.
 */
export function shellOf(parent: ParentProgram | undefined): Shell | undefined {
  if (parent === undefined) return undefined;
  const [first = "", ...rest] = parent.words;
  const file = parent.file ?? first;
  const isHost = /^(busybox|toybox|dotnet|python[0-9.]*)$/.test(named(file));
  const candidates = isHost
    ? [first, ...rest.filter((word) => !word.startsWith("-")).slice(0, 1)]
    : [file, first];
  return [...candidates, parent.within ?? ""]
    .map((word) => shellRun(named(word)))
    .find((shell) => shell !== undefined);
}

/** The name of a program file as a process carries it: without folder, a login shell's dash, `.exe` and `.dll`. */
function named(word: string): string {
  return word
    .replace(/^.*[/\\]/, "")
    .replace(/^-/, "")
    .replace(/\.(exe|dll)$/i, "")
    .toLowerCase();
}

/** The version does not count (`zsh-5.9`, `bash5`, `fish3.6`), but in the name ksh93. */
function shellRun(name: string): Shell | undefined {
  const withoutVersion = name.replace(/[-.]?\d[\d.]*$/, "").replace(/-static$/, "");
  const runs = (program: string) => shells.find(({ programs }) => programs.includes(program));
  return runs(name) ?? runs(withoutVersion);
}
