import type { ParentProgram } from "../system/children/parent-program.ts";

/** Programs that are shells, by file name without a version, and the dialect that they read. */
const shells: Readonly<Record<string, string>> = {
  sh: "sh",
  bash: "sh",
  rbash: "sh",
  zsh: "sh",
  dash: "sh",
  ash: "sh",
  ksh: "sh",
  ksh93: "sh",
  rksh: "sh",
  mksh: "sh",
  lksh: "sh",
  oksh: "sh",
  loksh: "sh",
  yash: "sh",
  posh: "sh",
  csh: "csh",
  bsd: "csh",
  tcsh: "csh",
  fish: "fish",
  elvish: "elvish",
  xonsh: "xonsh",
  nu: "nu",
  pwsh: "powershell",
  powershell: "powershell",
  cmd: "cmd",
};

/**
 * The dialect of the shell that a process is, or undefined for what is none that we know. Programs with many names
 * (busybox) and scripts (xonsh) are known by their words. Pure.
 */
export function shellOf(parent: ParentProgram | undefined): string | undefined {
  if (parent === undefined) return undefined;
  const [first = "", ...rest] = parent.words;
  const file = parent.file ?? first;
  const isHost = /^(busybox|toybox|python[0-9.]*)$/.test(named(file));
  const candidates = isHost
    ? [first, ...rest.filter((word) => !word.startsWith("-")).slice(0, 1)]
    : [file, first];
  return candidates.map((word) => shells[withoutVersion(named(word))]).find((shell) => shell !== undefined);
}

/** The name of a program file as a process carries it: without folder, a login shell's dash, and `.exe`. */
function named(word: string): string {
  return word
    .replace(/^.*[/\\]/, "")
    .replace(/^-/, "")
    .replace(/\.exe$/i, "")
    .toLowerCase();
}

/** `zsh-5.9`, `bash5`, `fish3.6`; but ksh93 is a name. */
function withoutVersion(name: string): string {
  return name in shells ? name : name.replace(/[-.]?\d[\d.]*$/, "").replace(/-(csh|static)$/, "");
}
