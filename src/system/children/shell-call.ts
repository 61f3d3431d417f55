import type { Environment } from "../environment.ts";

/** A command line with the shell that reads it, as `spawn` takes them. */
export interface ShellCall {
  readonly program: string;
  readonly words: readonly string[];
  /** Windows: the words go as they are, without Node's quoting for programs that take C's rules. */
  readonly verbatim: boolean;
}

/**
 * How a `credential_process` is run: by `sh -c`, as nearly all AWS clients do (botocore splits it into words and runs
 * them without a shell, which comes to the same for a plain command line). On Windows by `cmd.exe /d /s /c "…"`: with /s
 * it takes off the first and the last quote of what follows /c and changes nothing else, so that a line with quotes
 * of its own arrives as it was written; /d leaves out the AutoRun commands of the registry. Pure.
 * https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 */
export function shellCall(line: string, platform: NodeJS.Platform, env: Environment): ShellCall {
  if (platform !== "win32") return { program: "/bin/sh", words: ["-c", line], verbatim: false };
  const comspec = Object.entries(env).find(([name, value]) => name.toUpperCase() === "COMSPEC" && value)?.[1];
  return { program: comspec ?? "cmd.exe", words: ["/d", "/s", "/c", `"${line}"`], verbatim: true };
}

/**
 * The program that a command line begins with, for messages: its arguments and the assignments in front of it may hold
 * secrets. Undefined where there is none. Pure.
 */
export function programIn(line: string): string | undefined {
  const words = line.matchAll(/(?:"(?:\\.|[^"])*"|'[^']*'|\\.|[^\s"'\\])+/g);
  for (const [word] of words) {
    if (/^[A-Za-z_]\w*=/.test(word)) continue;
    return word.replace(/["']|\\(?=[\s"'\\])/g, "");
  }
  return undefined;
}
