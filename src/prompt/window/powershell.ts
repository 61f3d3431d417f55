import { answered, type Dialog, didNotWork, textOf } from "./dialog.ts";

/**
 * Windows, and WSL by way of it. The script is the same for every question; texts come in variables, so that no name
 * can become code. Written from the documentation and never run yet.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_powershell_exe
 */
export const powershell: Dialog = {
  program: "powershell.exe",
  command: (question) => ({
    words: ["-NoLogo", "-NoProfile", "-NonInteractive", "-STA", "-EncodedCommand", encoded(script)],
    variables: {
      AWS_AS_DIALOG_TEXT: textOf(question).join("\n"),
      AWS_AS_DIALOG_HIDDEN: question.hidden ? "1" : "",
      // Who ends a Windows program from WSL may end its stand-in only, so the window has a limit of its own.
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

const script = `
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
