function global:__aws_as_prefix {
$identity = [Environment]::GetEnvironmentVariable('AWS_AS_IDENTITY')
$key = [Environment]::GetEnvironmentVariable('AWS_ACCESS_KEY_ID')
$profiles = [Environment]::GetEnvironmentVariable('AWS_PROFILE') + [Environment]::GetEnvironmentVariable('AWS_DEFAULT_PROFILE')
if ([Environment]::GetEnvironmentVariable('AWS_AS_DISABLE_PROMPT')) { return '' }
if (-not $identity) { return '(-) ' }
if ($profiles -or $key -cne [Environment]::GetEnvironmentVariable('AWS_AS_ACCESS_KEY_ID')) { return '(?) ' }
$name = $identity -creplace '[^A-Za-z0-9_+=.,@:/-]', '_'
$until = [DateTimeOffset]::MaxValue
$said = [string][Environment]::GetEnvironmentVariable('AWS_CREDENTIAL_EXPIRATION')
$isTime = [DateTimeOffset]::TryParse($said, [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::AssumeUniversal, [ref]$until)
if ($isTime -and $until -le [DateTimeOffset]::UtcNow) { return "($name expired) " }
return "($name) "
}
function global:__aws_as_wrap {
$WhatIfPreference = $false
$ConfirmPreference = 'None'
$command = Microsoft.PowerShell.Core\Get-Command -Name prompt -CommandType Function -ErrorAction Ignore
if ($null -eq $command) { return }
$own = $command.ScriptBlock
if ("$own".Contains('__aws_as_prefix')) { return }
$global:__aws_as.prompt = $own
$wrapper = {
$succeeded = $?
$mine = Microsoft.PowerShell.Utility\Get-Variable -Name __aws_as -Scope Global -ValueOnly -ErrorAction Ignore
$isOutermost = $null -ne $mine -and -not $mine.within
if ($isOutermost) {
$prefix = __aws_as_prefix
if ($prefix) { Microsoft.PowerShell.Utility\Write-Host -NoNewline -Object $prefix }
$mine.within = $true
}
try {
if (-not $succeeded) { Microsoft.PowerShell.Utility\Write-Error -Message 'failed' -ErrorAction Ignore }
& $own
} finally {
if ($isOutermost) { $mine.within = $false }
}
}.GetNewClosure()
Microsoft.PowerShell.Management\Set-Item -LiteralPath Function:global:prompt -Value $wrapper
}
function global:__aws_as_unwrap {
$WhatIfPreference = $false
$ConfirmPreference = 'None'
$command = Microsoft.PowerShell.Core\Get-Command -Name prompt -CommandType Function -ErrorAction Ignore
if ($null -eq $command -or -not "$($command.ScriptBlock)".Contains('__aws_as_prefix')) { return }
$own = $global:__aws_as.prompt
$module = $command.ScriptBlock.Module
if ($null -ne $module) { $own = $module.SessionState.PSVariable.GetValue('own') }
if ($null -ne $own) { Microsoft.PowerShell.Management\Set-Item -LiteralPath Function:global:prompt -Value $own }
}
function global:__aws_as_ask {
$answer = @(& ('node') ('aws-as') switch powershell @args)
if ($global:LASTEXITCODE -eq 0 -and $answer.Count -gt 0 -and $answer[-1] -ceq 'end') { return $answer }
}
function global:__aws_as_carry_out($lines) {
$kept = $global:__aws_as.kept
foreach ($line in $lines) {
$verb, $name, $code = $line.Split(' ')
$value = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([string]$code))
switch -CaseSensitive -Exact ($verb) {
'keep' { $kept[$name] = [Environment]::GetEnvironmentVariable($name) }
'forget' { $kept.Remove($name) }
'unset' { [Environment]::SetEnvironmentVariable($name, [NullString]::Value) }
'set' { [Environment]::SetEnvironmentVariable($name, $value) }
'restore' {
if ($kept.ContainsKey($name)) {
[Environment]::SetEnvironmentVariable($name, $kept[$name])
$kept.Remove($name)
}
}
}
}
}
function global:aws-as {
$first = ''
if ($args.Count -gt 0) { $first = [string]$args[0] }
$isOption = $first.StartsWith('-') -and $first -cne '-' -and $first -cne '--'
if ($first -ceq '' -or $isOption -or @('activate', 'completion', 'doctor', 'env', 'explain', 'init', 'keys', 'list', 'login', 'logout', 'mfa', 'process', 'status', 'store') -ccontains $first) {
[Environment]::SetEnvironmentVariable('AWS_AS_FUNCTIONS', '0.1.0')
try {
if ($MyInvocation.ExpectingInput) { $input | & ('node') ('aws-as') @args } else { & ('node') ('aws-as') @args }
} finally {
[Environment]::SetEnvironmentVariable('AWS_AS_FUNCTIONS', [NullString]::Value)
}
return
}
$words = @($args)
if ($first -ceq '--' -or $first -ceq 'use') {
$words = @()
for ($at = 1; $at -lt $args.Count; $at++) { $words += $args[$at] }
}
$answer = @(__aws_as_ask @words)
if ($answer.Count -eq 0) { return }
__aws_as_carry_out $answer
__aws_as_wrap
}
function global:aws-as-deactivate {
$WhatIfPreference = $false
$ConfirmPreference = 'None'
$word = ''
if ($args.Count -gt 0) { $word = [string]$args[0] }
if ($word -ceq '') {
$answer = @(__aws_as_ask --leave)
if ($answer.Count -eq 0) { return }
__aws_as_carry_out $answer
} elseif ($word -cne '--keep-creds') {
[Console]::Error.WriteLine('usage: aws-as-deactivate [--keep-creds]')
$global:LASTEXITCODE = 2
return
}
__aws_as_unwrap
try { Microsoft.PowerShell.Core\Register-ArgumentCompleter -Native -CommandName 'aws-as', 'aws-as-deactivate' -ScriptBlock $null } catch { }
Microsoft.PowerShell.Utility\Remove-Variable -Name __aws_as -Scope Global -ErrorAction Ignore
foreach ($name in '__aws_as_prefix', '__aws_as_wrap', '__aws_as_unwrap', '__aws_as_ask', '__aws_as_carry_out', 'aws-as', 'aws-as-deactivate') {
Microsoft.PowerShell.Management\Remove-Item -LiteralPath "Function:$name" -ErrorAction Ignore
}
}
if ($null -eq (Microsoft.PowerShell.Utility\Get-Variable -Name __aws_as -Scope Global -ErrorAction Ignore)) {
$global:__aws_as = @{ kept = @{}; prompt = $null; within = $false }
}
__aws_as_wrap
Microsoft.PowerShell.Core\Register-ArgumentCompleter -Native -CommandName 'aws-as', 'aws-as-deactivate' -ScriptBlock {
param($wordToComplete, $commandAst, $cursorPosition)
$status = Microsoft.PowerShell.Utility\Get-Variable -Name LASTEXITCODE -Scope Global -ValueOnly -ErrorAction Ignore
$words = @($commandAst.CommandElements | Microsoft.PowerShell.Core\Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | Microsoft.PowerShell.Core\ForEach-Object {
if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
})
$word = "$wordToComplete".Trim([char[]]"'`"")
foreach ($line in @(& ('node') ('aws-as') complete powershell $words ".$word" 2>$null)) {
$found, $description = $line.Split([char[]]"`t", 2)
if (-not $description) { $description = $found }
$text = if ($found -match '^[A-Za-z-][\w./:+%=-]*$') { $found } else { "'" + $found.Replace("'", "''") + "'" }
[System.Management.Automation.CompletionResult]::new($text, $found, 'ParameterValue', $description)
}
$global:LASTEXITCODE = $status
}
