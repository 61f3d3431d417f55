import type { Environment } from "../../system/environment.ts";
import type { Terminal } from "../../system/terminal.ts";
import { terminalPath } from "../../system/terminal-path.ts";
import type { Desktop } from "../desktop.ts";
import { askByDialog } from "./dialog.ts";
import { kdialog } from "./kdialog.ts";
import { osascript } from "./osascript.ts";
import { askByPinentry } from "./pinentry.ts";
import { powershell } from "./powershell.ts";
import type { AskInWindow, WindowKind } from "./window.ts";
import { zenity } from "./zenity.ts";

const dialogs = { zenity, kdialog, osascript, powershell };

/** What shows the window, and on what. */
export interface WindowPlace {
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly desktop: () => Desktop;
}

/** The way to ask by this kind of window; on the terminal too, where that is ours at the moment. */
export function windowOf(kind: WindowKind, { environment, terminal, desktop }: WindowPlace): AskInWindow {
  if (kind !== "pinentry") return askByDialog(dialogs[kind], environment);
  const program = desktop().pinentry?.program ?? "pinentry";
  const path = terminal.state() === "foreground" ? terminalPath() : undefined;
  if (path === undefined) return askByPinentry({ program }, environment);
  return (question) => {
    const restore = terminal.hold?.() ?? (() => undefined);
    return askByPinentry({ program, terminal: { path, restore } }, environment)(question);
  };
}
