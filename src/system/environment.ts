import { homedir, userInfo } from "node:os";

/** Environment variables as a value. The real ones are read in main.ts and passed down. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder, never "": with an empty HOME, files of the current folder would count as the user's own. A uid with
 * no passwd entry and no HOME gets "/", as containers do.
 */
export function homeOfUser(): string {
  try {
    return homedir() || userInfo().homedir || "/";
  } catch {
    return "/";
  }
}

/** The version of the Node.js that runs this, such as `20.19.0`. */
export function nodeVersion(): string {
  return process.versions.node;
}

/** The folder that this process was started in; empty where it is gone. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return "";
  }
}
