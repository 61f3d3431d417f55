import type { Environment } from "../../system/environment.ts";
import type { Desktop } from "../desktop.ts";
import { answered, askByDialog, type Dialog, didNotWork, textOf } from "./dialog.ts";
import { askByPinentry } from "./pinentry.ts";
import type { AskInWindow, WindowKind } from "./window.ts";

/**
 * GNOME's zenity. Its label reads backslash escapes and takes `_` for the mark of a key, so both are doubled.
 * Exit status: 0 answered, 1 cancelled or closed, 5 its own time limit, others failed (no display: 1 or 255 with words).
 * https://gitlab.gnome.org/GNOME/zenity
 */
export const zenity: Dialog = {
  program: "zenity",
  command: (question) => ({
    words: [
      "--entry",
      "--title=aws-as",
      `--text=${textOf(question).map(forZenity).join("\\n")}`,
      "--width=420",
      // aws-as ends it before that; this is for the window of an aws-as that was killed.
      `--timeout=${Math.ceil(question.timeLimit / 1000) + 1}`,
      ...(question.hidden ? ["--hide-text"] : []),
    ],
  }),
  ending: (status, output, complaint) => {
    if (status === 0) return answered(output);
    if (status === 5) return { kind: "timed-out" };
    // GTK writes warnings on standard error also when all is well.
    if (status === 1 && !/cannot open display|could not open|failed to open display/i.test(complaint))
      return { kind: "cancelled" };
    return didNotWork("zenity", complaint);
  },
};

const forZenity = (line: string): string => line.replace(/[\\_]/g, (char) => char + char);

/**
 * KDE's kdialog. A text with tags is taken for rich text, and `\n` for a new line, so the characters that begin either are
 * replaced by similar ones. Exit status: 0 answered, 1 cancelled; without a display Qt aborts.
 * https://develop.kde.org/docs/administration/kdialog/
 */
export const kdialog: Dialog = {
  program: "kdialog",
  command: (question) => ({
    words: [
      "--title",
      "aws-as",
      question.hidden ? "--password" : "--inputbox",
      textOf(question).map(forKdialog).join("\n"),
    ],
  }),
  ending: (status, output, complaint) => {
    if (status === 0) return answered(output);
    return status === 1 ? { kind: "cancelled" } : didNotWork("kdialog", complaint);
  },
};

const forKdialog = (line: string): string =>
  line.replaceAll("<", "‹").replaceAll("&", "＆").replaceAll("\\", "∖");

/**
 * macOS. The texts are arguments of the script and no part of it, so that no name can become code. Written from the
 * documentation and never run yet.
 * https://developer.apple.com/library/archive/documentation/AppleScript/Conceptual/AppleScriptLangGuide/reference/ASLR_cmds.html
 */
export const osascript: Dialog = {
  program: "osascript",
  command: (question) => ({
    words: [
      ...appleScript(question.hidden).flatMap((line) => ["-e", line]),
      textOf(question).join("\n"),
      String(Math.max(1, Math.floor(question.timeLimit / 1000))),
    ],
  }),
  ending: (status, output, complaint) => {
    if (status === 0) return answered(output);
    // -128: the user cancelled. -1712: the number that the script gives for `gave up`.
    if (complaint.includes("(-128)")) return { kind: "cancelled" };
    if (complaint.includes("(-1712)")) return { kind: "timed-out" };
    return didNotWork("osascript", complaint);
  },
};

const appleScript = (hidden: boolean): string[] => [
  "on run argv",
  `set theAnswer to display dialog (item 1 of argv) with title "aws-as" default answer "" buttons {"Cancel", "OK"} default button "OK" cancel button "Cancel" giving up after ((item 2 of argv) as integer)${hidden ? " with hidden answer" : ""}`,
  'if gave up of theAnswer then error "nobody answered" number -1712',
  "return text returned of theAnswer",
  "end run",
];

/**
 * Windows, and WSL by way of it. The script is the same for every question; texts come in variables, so that no name
 * can become code. Written from the documentation and never run yet.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_powershell_exe
 */
export const powershell: Dialog = {
  program: "powershell.exe",
  command: (question) => ({
    words: ["-NoLogo", "-NoProfile", "-NonInteractive", "-STA", "-EncodedCommand", encoded(powershellScript)],
    variables: {
      AWS_AS_DIALOG_TEXT: textOf(question).join("\n"),
      AWS_AS_DIALOG_HIDDEN: question.hidden ? "1" : "",
      // Ending a Windows program from WSL may end only its proxy, so the window has a time limit of its own.
      AWS_AS_DIALOG_SECONDS: String(Math.max(1, Math.ceil(question.timeLimit / 1000))),
      // Tells WSL which variables a Windows program gets to see; Windows itself ignores it.
      WSLENV: "AWS_AS_DIALOG_TEXT:AWS_AS_DIALOG_HIDDEN:AWS_AS_DIALOG_SECONDS",
    },
  }),
  ending: (status, output, complaint) => {
    if (status === 0) return answered(output);
    if (status === timedOut) return { kind: "timed-out" };
    return status === cancelled ? { kind: "cancelled" } : didNotWork("powershell.exe", complaint);
  },
};

const cancelled = 3;
const timedOut = 4;

const powershellScript = `
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false
Add-Type -AssemblyName System.Windows.Forms
Add-Type -AssemblyName System.Drawing
$form = New-Object System.Windows.Forms.Form
$form.Text = 'aws-as'
$form.TopMost = $true
$form.StartPosition = 'CenterScreen'
$form.FormBorderStyle = 'FixedDialog'
$form.MinimizeBox = $false
$form.MaximizeBox = $false
$form.AutoSize = $true
$form.AutoSizeMode = 'GrowAndShrink'
$panel = New-Object System.Windows.Forms.FlowLayoutPanel
$panel.FlowDirection = 'TopDown'
$panel.AutoSize = $true
$panel.Padding = New-Object System.Windows.Forms.Padding 12
$label = New-Object System.Windows.Forms.Label
$label.AutoSize = $true
$label.UseMnemonic = $false
$label.Text = $env:AWS_AS_DIALOG_TEXT
$box = New-Object System.Windows.Forms.TextBox
$box.Width = 360
$box.UseSystemPasswordChar = ($env:AWS_AS_DIALOG_HIDDEN -eq '1')
$ok = New-Object System.Windows.Forms.Button
$ok.Text = 'OK'
$ok.DialogResult = 'OK'
$cancel = New-Object System.Windows.Forms.Button
$cancel.Text = 'Cancel'
$cancel.DialogResult = 'Cancel'
$panel.Controls.AddRange(@($label, $box, $ok, $cancel))
$form.Controls.Add($panel)
$form.AcceptButton = $ok
$form.CancelButton = $cancel
$form.Add_Shown({ $form.Activate(); $box.Focus() | Out-Null })
$timer = New-Object System.Windows.Forms.Timer
$timer.Interval = 1000 * [int]$env:AWS_AS_DIALOG_SECONDS
$timer.Add_Tick({ $timer.Stop(); $form.DialogResult = 'Abort' })
$timer.Start()
$result = $form.ShowDialog()
if ($result -eq 'Abort') { exit ${timedOut} }
if ($result -ne 'OK') { exit ${cancelled} }
[Console]::Out.WriteLine($box.Text)
exit 0
`;

/** Base64 of UTF-16, as -EncodedCommand wants it: no quoting of any shell applies. */
function encoded(text: string): string {
  return Buffer.from(text, "utf16le").toString("base64");
}

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
