import { childEnvironment } from "../system/children/child-environment.ts";
import { isOnPath, runChild } from "../system/children/run-child.ts";
import type { Environment } from "../system/environment.ts";

/** What shows a notification, with the text among its words, its variables, or on its standard input; never as code. */
export interface Notice {
  readonly program: string;
  readonly words: readonly string[];
  readonly input?: string | undefined;
}

/** Shows a text on the desktop, where there is one and it can; nothing depends on it. */
export async function notify(text: string, env: Environment, platform: NodeJS.Platform): Promise<void> {
  const notice = noticeOf(text, env, platform, (program) => isOnPath(program, env));
  if (notice === undefined) return;
  const timeLimit = 5000;
  const environment = childEnvironment(env);
  await runChild({ ...notice, environment, timeLimit, outputLimit: 1024, complaintLimit: 1024 });
}

/** The program for it; undefined where there is none, or nobody would see it. Pure. */
export function noticeOf(
  text: string,
  env: Environment,
  platform: NodeJS.Platform,
  has: (program: string) => boolean,
): Notice | undefined {
  if (platform === "darwin") return { program: "osascript", words: [...appleScript, text] };
  if (platform === "win32") return toast(text);
  if (env["DISPLAY"] || env["WAYLAND_DISPLAY"]) {
    // Its body is markup: https://specifications.freedesktop.org/notification-spec/latest/markup.html
    const body = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    if (has("notify-send"))
      return { program: "notify-send", words: ["--app-name=aws-as", "--", "aws-as", body] };
    if (has("kdialog"))
      return { program: "kdialog", words: ["--title", "aws-as", "--passivepopup", body, "10"] };
    if (has("zenity")) return { program: "zenity", words: ["--notification", `--text=aws-as: ${body}`] };
  }
  return env["WSL_DISTRO_NAME"] && has("powershell.exe") ? toast(text) : undefined;
}

/** Written from the documentation and never run yet, as is what follows. */
const appleScript = [
  "on run argv",
  'display notification (item 1 of argv) with title "aws-as" sound name "default"',
  "end run",
].flatMap((line) => ["-e", line]);

/**
 * Windows, and WSL by way of it. A toast needs the id of an application that the start menu knows; PowerShell's is there.
 * https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/toast-notifications-overview
 */
function toast(text: string): Notice {
  const command = Buffer.from(toastScript, "utf16le").toString("base64");
  return {
    program: "powershell.exe",
    words: ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", command],
    input: text,
  };
}

const toastScript = `
[Console]::InputEncoding = New-Object System.Text.UTF8Encoding $false
$text = [Console]::In.ReadToEnd()
$manager = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$xml = $manager::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$lines = $xml.GetElementsByTagName('text')
$null = $lines.Item(0).AppendChild($xml.CreateTextNode('aws-as'))
$null = $lines.Item(1).AppendChild($xml.CreateTextNode($text))
$app = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$manager::CreateToastNotifier($app).Show((New-Object Windows.UI.Notifications.ToastNotification $xml))
`;
