import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { certificatesIn } from "../../aws/trust.ts";
import { isOnPath } from "../../system/children/run-child.ts";
import type { Environment } from "../../system/environment.ts";
import type { UserError } from "../../system/user-error.ts";

/** How a file or folder lies on the disk. */
export interface OnDisk {
  readonly kind: "file" | "folder";
  /** The permission bits; 0o600 on Windows, whose access lists are not looked at. */
  readonly mode: number;
}

/** Whether a program can be started by that word. */
export type ProgramState = "there" | "missing" | "not-executable";

/** What doctor looks at on the disk. Every call fails softly: what cannot be seen is not there. */
export interface Disk {
  onDisk(path: string): OnDisk | undefined;
  /** By a path, or by a name that is looked up on the PATH. */
  program(word: string): ProgramState;
  /** Whether the file can be read, for a script that Node is given. */
  canRead(path: string): boolean;
  /** Why a CA bundle cannot be used; undefined: it can. */
  caBundleTrouble(path: string): UserError | undefined;
  /** The version that the package around a program file says. */
  versionAt(script: string): string | undefined;
  /** The text of a small file that is no secret, or whose secrets are not looked at. */
  text(path: string): string | undefined;
}

/** The real disk. */
export function systemDisk(env: Environment, platform: NodeJS.Platform): Disk {
  const text = (path: string): string | undefined => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  };
  const can = (path: string, how: number): boolean => {
    try {
      accessSync(path, how);
      return !statSync(path).isDirectory();
    } catch {
      return false;
    }
  };
  return {
    text,
    onDisk: (path) => {
      try {
        const stat = statSync(path);
        const mode = platform === "win32" ? 0o600 : stat.mode & 0o7777;
        return { kind: stat.isDirectory() ? "folder" : "file", mode };
      } catch {
        return undefined;
      }
    },
    program: (word) => {
      if (!isAbsolute(word) && !/[/\\]/.test(word)) return isOnPath(word, env) ? "there" : "missing";
      if (can(word, constants.X_OK)) return "there";
      return existsSync(word) ? "not-executable" : "missing";
    },
    canRead: (path) => can(path, constants.R_OK),
    caBundleTrouble: (path) => {
      try {
        certificatesIn(path);
        return undefined;
      } catch (error) {
        return error as UserError;
      }
    },
    versionAt: (script) => {
      const description = text(join(dirname(script), "..", "package.json"));
      try {
        const { name, version } = JSON.parse(description ?? "") as { name?: unknown; version?: unknown };
        return name === "aws-as" && typeof version === "string" ? version : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
