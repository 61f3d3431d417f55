import { homedir, userInfo } from "node:os";

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
