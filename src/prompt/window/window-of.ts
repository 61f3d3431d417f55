import type { Environment } from "../../system/environment.ts";
import type { Desktop } from "../desktop.ts";
import { askByDialog } from "./dialog.ts";
import { kdialog } from "./kdialog.ts";
import { osascript } from "./osascript.ts";
import { askByPinentry } from "./pinentry.ts";
import { powershell } from "./powershell.ts";
import type { AskInWindow, WindowKind } from "./window.ts";
import { zenity } from "./zenity.ts";

const dialogs = { zenity, kdialog, osascript, powershell };

export interface WindowOptions {
  readonly environment: Environment;
  readonly desktop: () => Desktop;
}

/** The way to ask in a window of this kind. */
export function windowOf(kind: WindowKind, { environment, desktop }: WindowOptions): AskInWindow {
  if (kind !== "pinentry") return askByDialog(dialogs[kind], environment);
  return askByPinentry(desktop().pinentry?.program ?? kind, environment);
}
