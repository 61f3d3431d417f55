import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { isOnPath, placesOnPath } from "../system/children/run-child.ts";
import type { Environment } from "../system/environment.ts";
import { realPath } from "../system/files/private-files.ts";
import type { WindowKind } from "./window/window.ts";

/** What there is to ask in a window with, and whether a person would see it. */
export interface Desktop {
  /** Why a window would not be seen; absent: it would be. */
  readonly unseen?: string | undefined;
  /** Dialog programs that are there, the best one first. */
  readonly dialogs: readonly Exclude<WindowKind, "pinentry">[];
  readonly pinentry?: Pinentry | undefined;
}

export interface Pinentry {
  readonly program: string;
  /** It has no window: it draws on a terminal alone. */
  readonly needsTerminal: boolean;
}

/** Looks around. Reads a few files' names, and starts nothing. */
export function desktopOf(env: Environment, platform: NodeJS.Platform, home: string): Desktop {
  const has = (program: string) => isOnPath(program, env);
  const found = dialogsOf(env, platform).filter((kind) =>
    has(kind === "powershell" ? "powershell.exe" : kind),
  );
  const program = pinentryOf(env, platform, home, has);
  return {
    dialogs: found,
    unseen: whyUnseen(env, platform),
    pinentry: program === undefined ? undefined : { program, needsTerminal: needsTerminal(program, env) },
  };
}

function whyUnseen(env: Environment, platform: NodeJS.Platform): string | undefined {
  if (platform === "win32") return undefined;
  if (platform === "darwin") {
    return env["SSH_CONNECTION"] ? "this is an SSH session, whose windows nobody sees" : undefined;
  }
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] || isWsl(env) ? undefined : "there is no display";
}

function dialogsOf(env: Environment, platform: NodeJS.Platform): Desktop["dialogs"] {
  if (platform === "win32") return ["powershell"];
  if (platform === "darwin") return ["osascript"];
  const linux = /kde/i.test(env["XDG_CURRENT_DESKTOP"] ?? "")
    ? (["kdialog", "zenity"] as const)
    : (["zenity", "kdialog"] as const);
  const shown = env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? linux : [];
  return isWsl(env) ? [...shown, "powershell"] : linux;
}

const isWsl = (env: Environment): boolean => Boolean(env["WSL_DISTRO_NAME"]);

/** The one that the person chose for us, else for gpg, else the one on the PATH. */
function pinentryOf(
  env: Environment,
  platform: NodeJS.Platform,
  home: string,
  has: (program: string) => boolean,
): string | undefined {
  const named = env["AWS_AS_PINENTRY"] || configuredForGpg(env, home);
  if (named && (isAbsolute(named) || has(named))) return named;
  if (platform === "darwin" && has("pinentry-mac")) return "pinentry-mac";
  return has("pinentry") ? "pinentry" : undefined;
}

/** `pinentry-program` in gpg-agent.conf: on a Mac, most who have one named it there. */
function configuredForGpg(env: Environment, home: string): string | undefined {
  try {
    const text = readFileSync(join(env["GNUPGHOME"] || join(home, ".gnupg"), "gpg-agent.conf"), "utf8");
    return /^\s*pinentry-program\s+(\S.*?)\s*$/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** By its real name, since `pinentry` mostly is a link to one that was chosen for the machine. */
function needsTerminal(program: string, env: Environment): boolean {
  const path = isAbsolute(program) ? program : (placesOnPath(program, env)[0] ?? program);
  return /-(curses|tty)(\.exe)?$/.test(realPath(path) ?? path);
}
