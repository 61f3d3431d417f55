import { diffArrays, formatPatch, type StructuredPatchHunk } from "diff";
import { createColors } from "picocolors";

/** A property that holds a secret, also one that is commented out. init changes none, but they stand next to changes. */
const secret = /^([#;\t ]*[a-z_]*(?:secret|token|passw|passphrase)[a-z_]*[\t ]*=[\t ]*)(.*)$/is;

/** A word behind an option that names a secret: some credential_process lines hold one. */
const inCommand = /(--?[\w-]*(?:secret|token|passw|passphrase)[\w-]*[= \t]+)\S+/gi;

/**
 * What would change in a file, as a unified diff; empty when nothing would. For a person's eyes, not for `patch`:
 * secrets in the lines around are left out, and so are control characters, which could drive the terminal.
 */
export function showDiff(path: string, before: string, after: string, colored: boolean): string {
  if (before === after) return "";
  const colors = createColors(colored);
  const [old, fresh] = [before, after].map(presentable) as [string, string];
  const patch = formatPatch({
    oldFileName: path,
    newFileName: path,
    oldHeader: "now",
    newHeader: "after aws-as init",
    hunks: hunksOf(changesOf(linesOf(old), linesOf(fresh))),
  });
  // What stands above the file names is for patch files of several parts.
  const lines = patch.slice(patch.indexOf("--- ")).split("\n");
  return lines
    .map((line) => {
      if (line.startsWith("+++") || line.startsWith("---")) return colors.bold(line);
      if (line.startsWith("@@")) return colors.cyan(line);
      if (line.startsWith("+")) return colors.green(line);
      if (line.startsWith("-")) return colors.red(line);
      return line;
    })
    .join("\n");
}

interface Change {
  readonly sign: " " | "+" | "-";
  readonly line: string;
}

/** With their ends, so that a missing one at the end of the file is a difference. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== "");
}

/**
 * The lines of both texts, each section compared with itself: the comparison of long texts that differ much takes the
 * square of their length.
 */
function changesOf(old: readonly string[], fresh: readonly string[]): Change[] {
  const headers = [old, fresh].map((lines) => onlyOnce(lines.filter((line) => line.startsWith("["))));
  const common = [...(headers[0] ?? [])].filter((line) => headers[1]?.has(line));
  const changes: Change[] = [];
  let [at, to] = [0, 0];
  for (const header of [...common, undefined]) {
    const end = header === undefined ? old.length : old.indexOf(header, at);
    const until = header === undefined ? fresh.length : fresh.indexOf(header, to);
    // Sections that changed places belong to one part.
    if (end < at || until < to) continue;
    for (const { added, removed, value } of diffArrays(old.slice(at, end), fresh.slice(to, until))) {
      const sign = added ? "+" : removed ? "-" : " ";
      changes.push(...value.map((line) => ({ sign, line }) as const));
    }
    [at, to] = [end, until];
  }
  return changes;
}

function onlyOnce(lines: readonly string[]): Set<string> {
  const seen = new Map<string, number>();
  for (const line of lines) seen.set(line, (seen.get(line) ?? 0) + 1);
  return new Set(lines.filter((line) => seen.get(line) === 1));
}

const context = 2;

/** Changes with the lines around them. */
function hunksOf(changes: readonly Change[]): StructuredPatchHunk[] {
  const shown = new Set<number>();
  for (const [index, { sign }] of changes.entries())
    for (let near = index - context; sign !== " " && near <= index + context; near += 1) shown.add(near);
  const hunks: StructuredPatchHunk[] = [];
  let [oldStart, newStart] = [1, 1];
  for (const [index, { sign, line }] of changes.entries()) {
    if (shown.has(index)) {
      if (index === 0 || !shown.has(index - 1))
        hunks.push({ oldStart, oldLines: 0, newStart, newLines: 0, lines: [] });
      const hunk = hunks.at(-1) as StructuredPatchHunk;
      if (sign !== "+") hunk.oldLines += 1;
      if (sign !== "-") hunk.newLines += 1;
      hunk.lines.push(sign + line.replace(/\n$/, ""));
      if (!line.endsWith("\n")) hunk.lines.push("\\ No newline at end of file");
    }
    if (sign !== "+") oldStart += 1;
    if (sign !== "-") newStart += 1;
  }
  return hunks;
}

function presentable(text: string): string {
  return withoutSecrets(text)
    .replace(/\r$/gm, "")
    .replace(/(?!\t|\n)\p{Cc}/gu, "?");
}

function withoutSecrets(text: string): string {
  // A value may go on over indented lines, with blank ones and comments between them.
  let within = false;
  const shown = text.split("\n").map((line) => {
    const [, before, value] = secret.exec(line) ?? [];
    if (before !== undefined) {
      within = true;
      return value?.trim() ? `${before}[secret]` : line;
    }
    if (line.trim() === "" || /^[#;]/.test(line)) return line.replace(inCommand, "$1[secret]");
    const indent = /^[ \t]+/.exec(line)?.[0];
    if (within && indent !== undefined) return `${indent}[secret]`;
    within = false;
    return line.replace(inCommand, "$1[secret]");
  });
  return shown.join("\n");
}
