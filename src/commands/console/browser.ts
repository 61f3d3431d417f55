import { basename, join } from "node:path";
import type { BrowserCall } from "../../system/children/start-browser.ts";
import type { Environment } from "../../system/environment.ts";
import { UserError } from "../../system/user-error.ts";

/** What is known of the machine. */
export interface Desk {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** Whether a program is there: by name on the PATH, or by path. */
  has(program: string): boolean;
  /** The text of a file; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
}

/** In which browser, and where in it; nothing: where the person opens links. */
export interface BrowserWish {
  /** A container of Firefox. */
  readonly container?: string | undefined;
  /** The extension that opens it. */
  readonly extension?: ContainerExtension | undefined;
  /** A profile of Chrome or of one of its kin, by name. */
  readonly profile?: string | undefined;
  /** The command that prints the link, for where there is no browser. */
  readonly printing: string;
}

/** Extensions of Firefox that open an address in a container, with the scheme that each answers to. */
export const containerExtensions = {
  granted: "ext+granted-containers",
  "open-url-in-container": "ext+container",
} as const;

export type ContainerExtension = keyof typeof containerExtensions;

/** A browser, by the names of its program; for Chrome's kin with the folder of its profiles below the home. */
interface Browser {
  readonly linux: readonly string[];
  readonly darwin: string;
  readonly win32: string;
  readonly folders?: { readonly linux: string; readonly darwin: string; readonly win32: string };
}

const firefox: readonly Browser[] = [
  {
    linux: ["firefox", "firefox-esr", "firefox-developer-edition", "librewolf", "waterfox"],
    darwin: "/Applications/Firefox.app/Contents/MacOS/firefox",
    win32: "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
  },
];

const chromes: readonly Browser[] = [
  {
    linux: ["google-chrome", "google-chrome-stable"],
    darwin: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    win32: "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    folders: {
      linux: ".config/google-chrome",
      darwin: "Library/Application Support/Google/Chrome",
      win32: "AppData\\Local\\Google\\Chrome\\User Data",
    },
  },
  {
    linux: ["chromium", "chromium-browser"],
    darwin: "/Applications/Chromium.app/Contents/MacOS/Chromium",
    win32: "C:\\Program Files\\Chromium\\Application\\chrome.exe",
    folders: {
      linux: ".config/chromium",
      darwin: "Library/Application Support/Chromium",
      win32: "AppData\\Local\\Chromium\\User Data",
    },
  },
  {
    linux: ["brave-browser", "brave"],
    darwin: "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
    win32: "C:\\Program Files\\BraveSoftware\\Brave-Browser\\Application\\brave.exe",
    folders: {
      linux: ".config/BraveSoftware/Brave-Browser",
      darwin: "Library/Application Support/BraveSoftware/Brave-Browser",
      win32: "AppData\\Local\\BraveSoftware\\Brave-Browser\\User Data",
    },
  },
  {
    linux: ["microsoft-edge", "microsoft-edge-stable"],
    darwin: "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    win32: "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    folders: {
      linux: ".config/microsoft-edge",
      darwin: "Library/Application Support/Microsoft Edge",
      win32: "AppData\\Local\\Microsoft\\Edge\\User Data",
    },
  },
  {
    linux: ["vivaldi", "vivaldi-stable"],
    darwin: "/Applications/Vivaldi.app/Contents/MacOS/Vivaldi",
    win32: "C:\\Program Files\\Vivaldi\\Application\\vivaldi.exe",
    folders: {
      linux: ".config/vivaldi",
      darwin: "Library/Application Support/Vivaldi",
      win32: "AppData\\Local\\Vivaldi\\User Data",
    },
  },
];

/** Gives the words for an address. */
type ByAddress = (address: string) => BrowserCall;

/**
 * What shows an address to the person.
 *
 * @throws UserError where there is no browser that can
 */
export async function browserFor(wish: BrowserWish, desk: Desk): Promise<ByAddress> {
  const { container, profile, extension = "granted" } = wish;
  const found =
    container !== undefined
      ? inContainer(container, extension, desk)
      : profile !== undefined
        ? await inProfile(profile, desk)
        : opener(desk);
  if (typeof found !== "string") return found;
  throw new UserError(found, {
    hints: [`print the link, and open it where a browser is, within 15 minutes: ${wish.printing}`],
  });
}

/** Firefox itself: what opens links does not know the scheme of an extension. */
function inContainer(name: string, extension: ContainerExtension, desk: Desk): ByAddress | string {
  const program = programOf(firefox, desk);
  if (program === undefined) return "there is no Firefox, which --container needs";
  const scheme = containerExtensions[extension];
  const place = `name=${encodeURIComponent(name)}&color=${colorOf(name)}&icon=fingerprint`;
  return (address: string) => ({
    program,
    words: ["--new-tab", `${scheme}:${place}&url=${encodeURIComponent(address)}`],
  });
}

/** A directory that is not there yet is made by Chrome, with a new profile of that name. */
async function inProfile(name: string, desk: Desk): Promise<ByAddress | string> {
  const program = programOf(chromes, desk);
  if (program === undefined)
    return "there is no Chrome, Chromium, Brave, Edge or Vivaldi, one of which --browser-profile needs";
  const system = systemOf(desk);
  const isIts = (browser: Browser) =>
    [browser[system]].flat().some((each) => each === program || each === basename(program));
  const folder = chromes.find(isIts)?.folders?.[system];
  const state = folder && (await desk.read(join(desk.home, folder, "Local State")));
  const directory = directoryOf(name, state) ?? name.replace(/[/\\]/g, "-");
  return (address: string) => ({
    program,
    words: [`--profile-directory=${directory}`, "--no-first-run", "--no-default-browser-check", address],
  });
}

/** The directory of the profile with that name, by Chrome's own list, which is in a file "Local State". */
function directoryOf(name: string, state: string | undefined): string | undefined {
  try {
    const known: Record<string, { name?: unknown }> = JSON.parse(state ?? "").profile.info_cache;
    return Object.keys(known).find((directory) => known[directory]?.name === name);
  } catch {
    return undefined;
  }
}

/** What opens links: `$BROWSER` before all, as xdg-open and others have it. */
function opener({ env, platform, has }: Desk): ByAddress | string {
  const wanted = (env["BROWSER"] ?? "")
    .split(platform === "win32" ? ";" : ":")
    .map((command) => command.trim().split(/\s+/))
    .find(([program]) => program && has(program));
  if (wanted !== undefined) {
    const [program = "", ...words] = wanted;
    const isPlaced = words.some((word) => word.includes("%s"));
    return (address) => ({
      program,
      words: isPlaced ? words.map((word) => word.replaceAll("%s", address)) : [...words, address],
    });
  }
  if (platform === "darwin") return (address) => ({ program: "/usr/bin/open", words: [address] });
  if (platform === "win32") return byShell("rundll32.exe");
  if (env["WSL_DISTRO_NAME"]) {
    // Windows forwards that name to what listens here.
    const atWindows =
      (open: ByAddress): ByAddress =>
      (address) =>
        open(address.replace("127.0.0.1", "localhost"));
    if (has("wslview")) return atWindows((address) => ({ program: "wslview", words: [address] }));
    if (has("rundll32.exe")) return atWindows(byShell("rundll32.exe"));
  }
  if (!env["DISPLAY"] && !env["WAYLAND_DISPLAY"]) return "there is no display, so no browser can be shown";
  const program = ["xdg-open", "x-www-browser", "sensible-browser"].find(has);
  if (program === undefined)
    return "nothing opens links here: there is no xdg-open, and BROWSER names no program";
  return (address) => ({ program, words: [address] });
}

/** Windows opens an address as a double click does, without a command line that has to be quoted. */
const byShell =
  (program: string): ByAddress =>
  (address) => ({ program, words: ["url.dll,FileProtocolHandler", address] });

function programOf(browsers: readonly Browser[], desk: Desk): string | undefined {
  const system = systemOf(desk);
  // `BROWSER=chromium` chooses among those that can.
  const named = (desk.env["BROWSER"] ?? "").split(/[:;\s]/)[0] ?? "";
  const programs = browsers.flatMap((browser) => [browser[system]].flat());
  const isWanted = (program: string) => named !== "" && named.replace(/^.*[/\\]/, "") === program;
  if (programs.some(isWanted) && desk.has(named)) return named;
  return programs.find((program) => desk.has(program));
}

function systemOf({ platform }: Desk): "linux" | "darwin" | "win32" {
  return platform === "darwin" || platform === "win32" ? platform : "linux";
}

/** The same name has the same colour every time; these are Firefox's. */
function colorOf(name: string): string {
  const colors = ["blue", "turquoise", "green", "yellow", "orange", "red", "pink", "purple"];
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return colors[sum % colors.length] ?? "blue";
}
