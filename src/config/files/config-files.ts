import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../system/environment.ts";

/** Two paths. */
export interface ConfigFiles {
  readonly config: string;
  readonly credentials: string;
}

/** The paths of both files: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` unless empty, else in `~/.aws`. */
export function configFiles(env: Environment, home: string): ConfigFiles {
  const choose = (name: string, file: string) => {
    const chosen = env[name];
    return chosen ? expandHome(chosen, home) : join(home, ".aws", file);
  };
  return {
    config: choose("AWS_CONFIG_FILE", "config"),
    credentials: choose("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
  };
}

function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") || path.startsWith("~\\") ? join(home, path.slice(1)) : path;
}

/** A path as messages show it: with `~` for the home folder. */
export function tildePath(path: string, home: string): string {
  const root = home.replace(/[/\\]+$/, "");
  const next = path[root.length];
  return root !== "" && path.startsWith(root) && (next === "/" || next === "\\")
    ? `~${path.slice(root.length)}`
    : path;
}

/** The file's bytes, undefined where there is no file. Rejects with the system's error. */
export async function readConfigFile(path: string): Promise<Buffer | undefined> {
  try {
    // Synchronous on purpose: a trip to the thread pool costs more than reading two small files.
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
