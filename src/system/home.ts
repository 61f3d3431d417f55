import { homedir, userInfo } from "node:os";

/**
 * Never the empty text that HOME may hold: the files of the current folder, perhaps somebody else's, would count as
 * this user's own. A number without a name and without HOME gets what containers give it.
 */
export function homeOfUser(): string {
  try {
    return homedir() || userInfo().homedir || "/";
  } catch {
    return "/";
  }
}
