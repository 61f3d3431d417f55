/** How each shell is set up: the line that a person types, or puts into the file that the shell reads at its start. */
export interface Setup {
  readonly shells: string;
  readonly file: string;
  readonly line: string;
}

export const setups: readonly Setup[] = [
  { shells: "bash", file: "~/.bashrc", line: 'eval "$(aws-as -s)"' },
  { shells: "zsh", file: "~/.zshrc", line: 'eval "$(aws-as -s)"' },
  { shells: "ksh, mksh, yash, dash, ash", file: "the file that ENV names", line: 'eval "$(aws-as -s)"' },
  { shells: "fish", file: "~/.config/fish/config.fish", line: "aws-as --shell fish | source" },
  { shells: "csh, tcsh", file: "~/.cshrc or ~/.tcshrc", line: "eval `aws-as -c`" },
  { shells: "elvish", file: "~/.config/elvish/rc.elv", line: "eval (aws-as --shell elvish | slurp)" },
  { shells: "xonsh", file: "~/.config/xonsh/rc.xsh", line: "execx($(aws-as --shell xonsh))" },
  {
    shells: "nushell",
    file: "config.nu",
    line: "use aws-as-init.nu *   # after: aws-as --shell nu | save -f ($nu.default-config-dir | path join aws-as-init.nu)",
  },
  {
    shells: "PowerShell",
    file: "$PROFILE",
    line: "aws-as --shell powershell | Out-String | Invoke-Expression",
  },
  { shells: "cmd.exe", file: "a script", line: "for /f \"delims=\" %i in ('aws-as --shell cmd') do @%i" },
];
