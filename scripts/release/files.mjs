// Files as they lie in an archive, made so that two builds give the same bytes.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Lays files into an empty folder: each a text, the path of a file, or the target of a link. */
export function lay(folder, files) {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, { text, from, link, mode = 0o644 }] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (link !== undefined) {
      symlinkSync(link, path);
      continue;
    }
    if (from === undefined) writeFileSync(path, text);
    else copyFileSync(from, path);
    // Whatever the umask is, and the modes of the sources.
    chmodSync(path, mode);
  }
  execFileSync("find", [folder, "-type", "d", "-exec", "chmod", "755", "{}", "+"]);
}

/** Packs a folder's content below a name; `seconds` is the time of every file. */
export function tar(folder, name, file, seconds) {
  execFileSync("tar", [
    ...["--create", "--file", file, "--directory", folder, "--transform", `flags=r;s,^\\.,${name},`],
    ...["--sort=name", `--mtime=@${seconds}`, "--owner=0", "--group=0", "--numeric-owner", "."],
  ]);
}

/** Without a time of its own. */
export function gzipped(text) {
  return gzipSync(text, { level: 9 });
}
