import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { powershell } from "../../../src/emit/powershell/shell.ts";
import type { Shell } from "./shell.ts";

const ownCopy = resolve(import.meta.dirname, "../../../../node_modules/.cache/pwsh/pwsh");

/** The program: the one that is given, else what test/all.sh installs where there is a .NET SDK, else that of the PATH. */
export const pwshProgram = process.env["AWS_AS_TEST_PWSH"] ?? (existsSync(ownCopy) ? ownCopy : "pwsh");

/** It tells nobody of itself, asks nobody for a newer one, and has no colors. */
export const pwshEnv = {
  POWERSHELL_TELEMETRY_OPTOUT: "1",
  POWERSHELL_UPDATECHECK: "Off",
  PSModuleAnalysisCachePath: "/dev/null",
  NO_COLOR: "1",
};

/**
 * What makes the prompt `ready> `, and a function that writes down everything that a session holds. To be put into a
 * start-up file.
 */
export const pwshSettings = `
function prompt { 'ready> ' }
function write-state($file) {
  $flags = [Reflection.BindingFlags]'NonPublic,Instance'
  $context = [Management.Automation.EngineIntrinsics].GetField('_context', $flags).GetValue($ExecutionContext)
  $completers = $context.GetType().GetProperty('NativeArgumentCompleters', $flags).GetValue($context)
  $(
    "errors $($Error.Count)"
    Get-Variable -Scope Global | ForEach-Object { "variable $($_.Name)=$($_.Value)" }
    Get-ChildItem Function: | ForEach-Object { "function $($_.Name) $($_.ScriptBlock.GetHashCode()) $($_.Module)" }
    Get-Alias | ForEach-Object { "alias $($_.Name)=$($_.Definition)" }
    Get-Module | ForEach-Object { "module $($_.Name)" }
    Get-PSDrive | ForEach-Object { "drive $($_.Name)" }
    Get-EventSubscriber | ForEach-Object { "event $($_.SourceIdentifier)" }
    Get-ChildItem Env: | ForEach-Object { "exported $($_.Name)=$($_.Value)" }
    if ($completers) { $completers.Keys | ForEach-Object { "completer $_" } }
    "tracing $($context.GetType().GetProperty('PSDebugTraceLevel', $flags).GetValue($context))"
  ) -replace "\`n", '\\n' | Set-Content $file.Replace('~', $HOME)
}
`;

/** PowerShell with a start-up file that holds the settings, and with the simpler of its line editors. */
export function pwshWith(startFile: string): Shell {
  return {
    name: "powershell",
    program: pwshProgram,
    args: ["-NoLogo", "-NoProfile", "-NoExit", "-Command", `Remove-Module PSReadLine; . '${startFile}'`],
    env: pwshEnv,
    activate: powershell.setup[0].line,
    dump: (file) => [`write-state ${file}`],
    restless: /^(variable ([$?^]|StackTrace|LASTEXITCODE|MyInvocation)=|function TabExpansion2 )/,
    status: "$LASTEXITCODE",
    variables: "env -0 > ~/variables",
  };
}
