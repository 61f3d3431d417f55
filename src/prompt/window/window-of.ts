import type { Environment } from "../../system/environment.ts";
import type { Terminal } from "../../system/terminal/terminal.ts";
import { terminalPath } from "../../system/terminal/terminal-path.ts";
import { noTerminal } from "../choose-way.ts";
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

/** The way to ask by this kind of window; on the terminal too, where that is ours when the question is put. */
export function windowOf(kind: WindowKind, { environment, terminal, desktop }: WindowPlace): AskInWindow {
  if (kind !== "pinentry") return askByDialog(dialogs[kind], environment);
  return async (question) => {
    const { unseen, pinentry } = desktop();
    const { program, needsTerminal, drawsScreen } = pinentry ?? {
      program: "pinentry",
      needsTerminal: false,
      drawsScreen: true,
    };
    const state = terminal.state();
    // It was suspended, and brought back in the background.
    if (needsTerminal && state !== "foreground") return { kind: "cannot-ask", because: noTerminal(state) };
    const path = state === "foreground" ? terminalPath() : undefined;
    const { lend } = terminal;
    if (path === undefined || lend === undefined) return askByPinentry({ program }, environment)(question);
    // A graphical one draws on a terminal where it finds no display.
    const draws = drawsScreen && (needsTerminal || unseen !== undefined);
    return askByPinentry({ program, terminal: { path, lend: () => lend(draws) } }, environment)(question);
  };
}
