import { closeSync, constants, openSync } from "node:fs";

/**
 * Keeps Node from setting the terminal, as it ends, to the modes that it found when it started. It does so for every
 * standard stream that is a terminal, also when it is somebody else's by then: a client that dies of Ctrl-C before us has
 * its shell edit the next line already, and a background job may end while an editor fills the screen. We change no modes
 * that we do not put back ourselves.
 *
 * Node leaves alone a stream that was closed (`ResetStdio` in its src/node.cc). The terminal itself stays open until we are
 * gone: if no other process has it open, its other side would hang up on us, and our exit status would be SIGHUP.
 */
export function leaveTerminalModes(process: Pick<NodeJS.Process, "on" | "platform">): void {
  if (process.platform === "win32") return;
  process.on("exit", () => {
    try {
      openSync("/dev/tty", constants.O_RDWR | constants.O_NOCTTY);
    } catch {
      // No terminal to keep.
    }
    for (const stream of [0, 1, 2]) {
      try {
        closeSync(stream);
      } catch {
        // It was closed when we came.
      }
    }
  });
}
