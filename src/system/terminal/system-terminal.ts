import type { Terminal } from "./terminal.ts";
import { terminalDevice } from "./terminal-device.ts";
import { windowsConsole } from "./windows-console.ts";

/** The terminal of the system that we run on. */
export function systemTerminal(): Terminal {
  return process.platform === "win32" ? windowsConsole() : terminalDevice();
}
