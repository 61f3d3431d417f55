import { realpathSync } from "node:fs";

/** A path with all links resolved; undefined when nothing is there, or it cannot be reached. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
