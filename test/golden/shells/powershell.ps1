function global:__aws_as_prefix {
$identity = [Environment]::GetEnvironmentVariable('AWS_AS_IDENTITY')
$key = [Environment]::GetEnvironmentVariable('AWS_ACCESS_KEY_ID')
$profiles = [Environment]::GetEnvironmentVariable('AWS_PROFILE') + [Environment]::GetEnvironmentVariable('AWS_DEFAULT_PROFILE')
if ([Environment]::GetEnvironmentVariable('AWS_AS_DISABLE_PROMPT')) { return '' }
if (-not $identity) { return '(-) ' }
if ($profiles -or $key -cne [Environment]::GetEnvironmentVariable('AWS_AS_ACCESS_KEY_ID')) { return '(?) ' }
$name = $identity -creplace '[^A-Za-z0-9_+=.,@:/-]', '_'
$until = __aws_as_until
if ($null -ne $until -and $until -le [DateTimeOffset]::UtcNow) { return "($name expired) " }
return "($name) "
}
function global:__aws_as_until {
$until = [DateTimeOffset]::MinValue
$said = [string][Environment]::GetEnvironmentVariable('AWS_CREDENTIAL_EXPIRATION')
$isTime = [DateTimeOffset]::TryParse($said, [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::AssumeUniversal, [ref]$until)
if ($isTime) { return $until }
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
__aws_as_renew
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
function global:__aws_as_with($settings, $block) {
$before = @{}
foreach ($name in 'NODE_OPTIONS', 'NODE_PATH', 'NODE_DEBUG', 'NODE_TLS_REJECT_UNAUTHORIZED') { $settings[$name] = [NullString]::Value }
foreach ($name in $settings.Keys) {
$before[$name] = [Environment]::GetEnvironmentVariable($name)
[Environment]::SetEnvironmentVariable($name, $settings[$name])
}
try { & $block } finally {
foreach ($name in $before.Keys) {
$value = $before[$name]
if ($null -eq $value) { $value = [NullString]::Value }
[Environment]::SetEnvironmentVariable($name, $value)
}
}
}
function global:__aws_as_ask {
$words = $args
$global:LASTEXITCODE = 127
$answer = @(__aws_as_with @{ AWS_AS_MEMORY = $global:__aws_as.memory } { & ('node') ('aws-as') switch powershell @words })
if ($global:LASTEXITCODE -eq 0 -and $answer.Count -gt 0 -and $answer[-1] -ceq 'end') { return $answer }
}
function global:__aws_as_ask_back($word) {
try { $answer = @(__aws_as_ask $word) } catch { $answer = @() }
if ($answer.Count -gt 0 -or $global:LASTEXITCODE -notin 1, 126, 127) { return $answer }
$held = { param($name) [Environment]::GetEnvironmentVariable($name) }
$isOurs = (& $held 'AWS_AS_IDENTITY') -and (& $held 'AWS_ACCESS_KEY_ID') -ceq (& $held 'AWS_AS_ACCESS_KEY_ID')
$region = & $held 'AWS_AS_REGION'
if ($isOurs) { 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CREDENTIAL_EXPIRATION', 'AWS_ACCOUNT_ID' | Microsoft.PowerShell.Core\ForEach-Object { "unset $_" } }
foreach ($name in 'AWS_REGION', 'AWS_DEFAULT_REGION') { if ($region -and (& $held $name) -ceq $region) { "unset $name" } }
'AWS_AS_IDENTITY', 'AWS_AS_ACCESS_KEY_ID', 'AWS_AS_REGION', 'AWS_AS_MARKS' | Microsoft.PowerShell.Core\ForEach-Object { "unset $_" }
[Console]::Error.WriteLine('aws-as: the program does not run, so this shell took back what it had set; what was there before stays away')
}
function global:__aws_as_renew {
$mine = $global:__aws_as
$now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
if ($mine.renew -eq 0 -or $now -lt $mine.renew) { return }
$held = { param($name) [string][Environment]::GetEnvironmentVariable($name) }
$isOurs = (& $held 'AWS_AS_IDENTITY') -and (& $held 'AWS_ACCESS_KEY_ID') -ceq (& $held 'AWS_AS_ACCESS_KEY_ID')
$profiles = (& $held 'AWS_PROFILE') + (& $held 'AWS_DEFAULT_PROFILE')
if (-not $isOurs -or $profiles -or (& $held 'AWS_AS_RENEW') -eq '0') { return }
$status = Microsoft.PowerShell.Utility\Get-Variable -Name LASTEXITCODE -Scope Global -ValueOnly -ErrorAction Ignore
$mine.renew = $now + 600
try { $answer = @(__aws_as_ask '--due') } catch { $answer = @() }
if ($answer.Count -gt 0) { __aws_as_carry_out $answer } elseif ($global:LASTEXITCODE -ne 130) { $mine.renew = 0 }
$global:LASTEXITCODE = $status
}
function global:__aws_as_carry_out($lines) {
$kept = $global:__aws_as.kept
foreach ($line in $lines) {
$verb, $name, $code = $line.Split(' ')
$value = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([string]$code))
switch -CaseSensitive -Exact ($verb) {
'keep' { $kept[$name] = [Environment]::GetEnvironmentVariable($name) }
'forget' { $kept.Remove($name) }
'note' {
if ($name -ceq 'memory') { $global:__aws_as.memory = $value }
if ($name -ceq 'renew') { $global:__aws_as.renew = [long]"0$value" }
}
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
$isOption = $first.StartsWith('-') -and $first -cnotmatch '^(--?|-p|--previous|--region(=.*)?)$'
if ($isOption -or @('activate', 'allow', 'completion', 'console', 'doctor', 'env', 'explain', 'help', 'init', 'keys', 'list', 'login', 'logout', 'mfa', 'process', 'status', 'store', 'version') -ccontains $first) {
$words = $args
$lines = if ($MyInvocation.ExpectingInput) { @($input) }
__aws_as_with @{ AWS_AS_FUNCTIONS = '0.1.0' } {
if ($null -ne $lines) { $lines | & ('node') ('aws-as') @words } else { & ('node') ('aws-as') @words }
}
return
}
$words = @($args)
if ($first -ceq '--' -or $first -ceq 'use' -or $first -ceq 'renew') {
$words = @(if ($first -ceq 'renew') { '--renew' })
for ($at = 1; $at -lt $args.Count; $at++) { $words += $args[$at] }
}
$answer = if ($words.Count -eq 1 -and $first -ceq '-') { @(__aws_as_ask_back '-') } else { @(__aws_as_ask @words) }
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
$answer = @(__aws_as_ask_back '--leave')
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
foreach ($name in '__aws_as_prefix', '__aws_as_until', '__aws_as_wrap', '__aws_as_unwrap', '__aws_as_with', '__aws_as_ask', '__aws_as_ask_back', '__aws_as_renew', '__aws_as_carry_out', 'aws-as', 'aws-as-deactivate') {
Microsoft.PowerShell.Management\Remove-Item -LiteralPath "Function:$name" -ErrorAction Ignore
}
}
if ($null -eq (Microsoft.PowerShell.Utility\Get-Variable -Name __aws_as -Scope Global -ErrorAction Ignore)) {
$global:__aws_as = @{ kept = @{}; renew = $(try { (__aws_as_until).ToUnixTimeSeconds() - 1200 } catch { 0 }); memory = $(if ($PID -eq 1) { '' } else { '' }); prompt = $null; within = $false }
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
