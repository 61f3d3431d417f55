/** How each shell is set up: the line that a person types, or puts into the file that the shell reads at its start. */
export interface Setup {
  /** The first name of the dialect. */
  readonly dialect: string;
  readonly shells: string;
  readonly file: string;
  readonly line: string;
}

export const setups: readonly Setup[] = [
  { dialect: "sh", shells: "bash", file: "~/.bashrc", line: 'eval "$(aws-as -s)"' },
  { dialect: "sh", shells: "zsh", file: "~/.zshrc", line: 'eval "$(aws-as -s)"' },
  {
    dialect: "sh",
    shells: "ksh, mksh, yash, dash, ash",
    file: "the file that ENV names",
    line: 'eval "$(aws-as -s)"',
  },
  {
    dialect: "fish",
    shells: "fish",
    file: "~/.config/fish/config.fish",
    line: "aws-as --shell fish | source",
  },
  {
    dialect: "csh",
    shells: "csh, tcsh",
    file: "~/.cshrc or ~/.tcshrc",
    line: "if ($?prompt) eval `aws-as -c`",
  },
  {
    dialect: "elvish",
    shells: "elvish",
    file: "~/.config/elvish/rc.elv",
    line: "eval (aws-as --shell elvish | slurp)",
  },
  {
    dialect: "xonsh",
    shells: "xonsh",
    file: "~/.config/xonsh/rc.xsh",
    line: "execx($(aws-as --shell xonsh))",
  },
  {
    dialect: "nu",
    shells: "nushell",
    file: "config.nu",
    line: "$env.config.hooks.pre_prompt ++= [(aws-as --shell nu)]",
  },
  {
    dialect: "powershell",
    shells: "PowerShell",
    file: "$PROFILE",
    line: "aws-as --shell powershell | Out-String | Invoke-Expression",
  },
  {
    dialect: "cmd",
    shells: "cmd.exe",
    file: "typed; in a script with %%i",
    line: "for /f \"delims=\" %i in ('aws-as --shell cmd') do @%i",
  },
];

/** The set-up of that dialect; the Bourne family's where there is none. */
export function setupFor(dialect: string): Setup {
  const [bourne] = setups;
  return setups.find((setup) => setup.dialect === dialect) ?? (bourne as Setup);
}
