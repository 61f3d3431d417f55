import assert from "node:assert/strict";
import test from "node:test";
import { shellOf } from "../../src/cli/which-shell.ts";
import { parentOnWindows } from "../../src/system/children/parent-program.ts";

const cases: [string, string | undefined, string[], string | undefined][] = [
  ["bash", "bash", ["-bash"], "sh"],
  ["a shell started by another name", "dash", ["sh", "-c", "x"], "sh"],
  ["zsh with its version", "zsh-5.9", ["-zsh"], "sh"],
  ["a static zsh", "zsh-static", ["-zsh"], "sh"],
  ["ksh93", "ksh93", ["ksh"], "sh"],
  ["mksh", "mksh", ["mksh"], "sh"],
  ["busybox as sh", "busybox", ["sh"], "sh"],
  ["busybox with an applet", "busybox", ["busybox", "ash"], "sh"],
  ["busybox as something else", "busybox", ["vi"], undefined],
  ["tcsh", "tcsh", ["-csh"], "csh"],
  ["BSD csh", "bsd-csh", ["csh"], "csh"],
  ["fish", "fish", ["/usr/bin/fish", "-l"], "fish"],
  ["elvish", "elvish", ["elvish"], "elvish"],
  ["nushell", "nu", ["nu"], "nu"],
  ["xonsh, a Python script", "python3.11", ["/usr/bin/python3", "-u", "/usr/bin/xonsh"], "xonsh"],
  ["another Python script", "python3.11", ["python3", "deploy.py"], undefined],
  ["PowerShell", "pwsh", ["pwsh"], "powershell"],
  ["PowerShell, a tool of .NET", "dotnet", ["dotnet", "/x/any/unix/pwsh.dll", "-NoLogo"], "powershell"],
  ["another program of .NET", "dotnet", ["dotnet", "run"], undefined],
  ["PowerShell of Windows", undefined, ["C:\\WINDOWS\\powershell.EXE"], "powershell"],
  ["a login shell on macOS", undefined, ["-zsh"], "sh"],
  ["a shell of ps with arguments", undefined, ["/opt/homebrew/bin/fish", "-i"], "fish"],
  ["xonsh on macOS", undefined, ["/usr/bin/python3", "/opt/xonsh", "-i"], "xonsh"],
  ["make", "make", ["make", "sh"], undefined],
  ["node", "node", ["node", "bash"], undefined],
  ["nothing", undefined, [], undefined],
];
for (const [name, file, words, expected] of cases) {
  test(`${name} is ${expected ?? "no shell that we know"}`, () => {
    assert.equal(shellOf({ words, ...(file === undefined ? {} : { file }) })?.names[0], expected);
  });
}

test("a system that does not tell the parent tells no shell", () => {
  assert.equal(shellOf(undefined), undefined);
});

test("on Windows a parent that is no shell counts less than the shell around it", () => {
  const bash = { MSYSTEM: "MINGW64" };
  const own = "C:\\Users\\me\\Documents\\PowerShell\\Modules";
  const powershell = {
    USERPROFILE: "C:\\Users\\Me",
    PSModulePath: `${own};C:\\Program Files\\PowerShell\\Modules`,
  };
  const machine = { ...powershell, PSModulePath: "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules" };
  const shells: [string, Record<string, string>, string][] = [
    ['"cmd.exe","4242","Console","1","5,000 K"\r\n', powershell, "cmd"],
    ['"pwsh.exe","4242","Console","1","5,000 K"\r\n', {}, "powershell"],
    ['"aws.exe","4242","Console","1","5,000 K"\r\n', powershell, "powershell"],
    ['"aws.exe","4242","Console","1","5,000 K"\r\n', machine, "cmd"],
    ["INFO: No tasks are running which match the specified criteria.\r\n", { ...powershell, ...bash }, "sh"],
    ["", {}, "cmd"],
  ];
  for (const [listing, env, expected] of shells) {
    assert.equal(shellOf(parentOnWindows(listing, env))?.names[0], expected, listing);
  }
});
