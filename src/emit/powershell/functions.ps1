# The functions for Windows PowerShell 5.1 and PowerShell 7, evaluated by Invoke-Expression. They hold under
# Set-StrictMode -Version Latest and under $ErrorActionPreference = 'Stop'. Cmdlets are named with their modules, which
# keeps aliases and functions of the same name out; environment variables go through .NET, which no preference stops.
#
# $global:__aws_as is all that we remember, and no program sees it:
#   kept: values of environment variables that a switch displaced, by name
#   memory: what the program wants to be told with the next switch
#   renew: from when the program is to be asked for new credentials, in seconds since 1970; 0: never
#   prompt: the prompt function around which ours stands
#   within: our prompt is being made
#   isCommand: what tells commands in a syntax tree

# Where it holds scripts to a few types, PowerShell calls no method of ours.
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
  Microsoft.PowerShell.Utility\Write-Error -Message "AWS_AS_PART_CONSTRAINED"
  return
}

# Who this shell acts as. Starts no process, and looks only at the environment.
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

# The end of the credentials; nothing where the environment tells none.
function global:__aws_as_until {
  $until = [DateTimeOffset]::MinValue
  $said = [string][Environment]::GetEnvironmentVariable('AWS_CREDENTIAL_EXPIRATION')
  $isTime = [DateTimeOffset]::TryParse($said, [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::AssumeUniversal, [ref]$until)
  if ($isTime) { return $until }
}

# Puts ours around the prompt, unless it is there. Ours says the prefix first, as prompts may write by themselves, and
# hands on whether the last command was a success. Other tools wrap it in turn and keep a copy: then only the outermost
# speaks, and when we are gone none does.
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
      $isRed = "$([Environment]::GetEnvironmentVariable('AWS_AS_MARKS'))".Contains(':protected=') -and -not $prefix.StartsWith('(?')
      if ($isRed -and [Environment]::GetEnvironmentVariable('NO_COLOR')) { $prefix = $prefix.Replace(') ', ' protected) ') }
      elseif ($isRed) { Microsoft.PowerShell.Utility\Write-Host -NoNewline -ForegroundColor Red -Object $prefix; $prefix = '' }
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

# Gives the prompt back around which ours stands, if ours is the prompt now.
function global:__aws_as_unwrap {
  $WhatIfPreference = $false
  $ConfirmPreference = 'None'
  $command = Microsoft.PowerShell.Core\Get-Command -Name prompt -CommandType Function -ErrorAction Ignore
  if ($null -eq $command -or -not "$($command.ScriptBlock)".Contains('__aws_as_prefix')) { return }
  $own = $global:__aws_as.prompt
  # A closure is a module with its variables, and this may be an older one of ours.
  $module = $command.ScriptBlock.Module
  if ($null -ne $module) { $own = $module.SessionState.PSVariable.GetValue('own') }
  if ($null -ne $own) { Microsoft.PowerShell.Management\Set-Item -LiteralPath Function:global:prompt -Value $own }
}

# Sets an environment variable, or takes it away where the value is $null, which as a text would be an empty one.
function global:__aws_as_set {
  [Diagnostics.DebuggerHidden()] param($name, $value)
  if ($null -eq $value) { $value = [NullString]::Value }
  [Environment]::SetEnvironmentVariable($name, $value)
}

# The words of a call as source text, each with the blank before it. PowerShell gives a program other words than a
# function, for which it drops `--`, makes a list of `a,b` and two words of `-a:b`. So what stands in the caller's source
# as constants is taken from there. The rest are literals, as PowerShell would look for files that fit a variable.
function global:__aws_as_source($call, $given) {
  $language = 'System.Management.Automation.Language'
  $literals = {
    param($values)
    foreach ($value in @($values)) {
      if ($null -ne $value) { " '" + [Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent([string]$value) + "'" }
    }
  }
  $all = @(foreach ($value in $given) { & $literals $value })
  # Behind this function and the one that was called.
  $frames = @(Microsoft.PowerShell.Utility\Get-PSCallStack)
  if ($frames.Count -lt 3) { return $all }
  # The statement that runs there, in which our call is a command. A whole script would take long to look through.
  $statement = $frames[2].Position
  $line = $call.ScriptLineNumber - $statement.StartLineNumber + 1
  $column = $call.OffsetInLine
  if ($line -eq 1) { $column -= $statement.StartColumnNumber - 1 }
  $tree = [Management.Automation.Language.Parser]::ParseInput([string]$statement.Text, [ref]$null, [ref]$null)
  # PowerShell takes longer over making a delegate of a block than over all the rest.
  if (-not $global:__aws_as['isCommand']) {
    $global:__aws_as.isCommand = [Func[Management.Automation.Language.Ast, bool]] { param($node) $node -is 'System.Management.Automation.Language.CommandAst' }
  }
  $command = $null
  foreach ($each in $tree.FindAll($global:__aws_as.isCommand, $true)) {
    if ($each.Extent.StartLineNumber -eq $line -and $each.Extent.StartColumnNumber -eq $column) { $command = $each }
  }
  if ($null -eq $command) { return $all }
  $elements = @($command.CommandElements | Microsoft.PowerShell.Utility\Select-Object -Skip 1)
  # How many words each stands for. Of a splatted variable only the others tell.
  $counts = @(foreach ($element in $elements) {
    if ($element -is "$language.VariableExpressionAst" -and $element.Splatted) { -1 }
    elseif ($element -isnot "$language.CommandParameterAst") { 1 }
    elseif ($element.ParameterName -ceq '-') { 0 }
    elseif ($null -ne $element.Argument) { 2 }
    else { 1 }
  })
  $left = $given.Count
  foreach ($count in $counts) { if ($count -gt 0) { $left -= $count } }
  $splatted = @($counts -lt 0).Count
  if ($splatted -gt 1 -or $left -lt 0 -or ($splatted -eq 0 -and $left -ne 0)) { return $all }
  $at = 0
  $end = -1
  for ($index = 0; $index -lt $elements.Count; $index++) {
    $element = $elements[$index]
    $count = if ($counts[$index] -lt 0) { $left } else { $counts[$index] }
    $parts = if ($element -is "$language.ArrayLiteralAst") { $element.Elements }
    elseif ($element -is "$language.CommandParameterAst") { $element.Argument }
    else { $element }
    $isConstant = $true
    foreach ($part in $parts) { if ($null -ne $part -and $part -isnot "$language.ConstantExpressionAst") { $isConstant = $false } }
    if ($isConstant) {
      # After `--` the two parts of `-a:b` are neighbours.
      $blank = if ($element.Extent.StartOffset -eq $end) { '' } else { ' ' }
      $blank + $element.Extent.Text
    } elseif ($element -is "$language.ArrayLiteralAst") {
      & $literals ($given[$at] -join ',')
    } elseif ($element -is "$language.CommandParameterAst") {
      & $literals ($given[$at] + $given[$at + 1])
    } else {
      for ($word = $at; $word -lt $at + $count; $word++) { & $literals $given[$word] }
    }
    $at += $count
    $end = $element.Extent.EndOffset
  }
}

# Runs the program with these words, and what precedes them, with these environment variables and without those of
# Node that a project may have set.
function global:__aws_as_run($settings, $start, $source, $lines) {
  foreach ($name in AWS_AS_PART_CLEARED) { $settings[$name] = $null }
  $before = @{}
  foreach ($name in $settings.Keys) { $before[$name] = [Environment]::GetEnvironmentVariable($name) }
  # With no mark of the encoding before what a program reads.
  $OutputEncoding = [Text.UTF8Encoding]::new($false)
  $global:LASTEXITCODE = 127
  $isStopped = $true
  try {
    foreach ($name in $before.Keys) { __aws_as_set $name $settings[$name] }
    $text = "$({ & AWS_AS_PART_PROGRAM }) $start$source"
    if ($null -eq $lines) { & ([scriptblock]::Create($text)) } else { $lines | & ([scriptblock]::Create("`$input | $text")) }
    $isStopped = $false
  } finally {
    foreach ($name in $before.Keys) { __aws_as_set $name $before[$name] }
    # Ctrl-C ends nothing else of ours. PowerShell kills a program whose output it reads, whose status tells only that.
    if ($isStopped -and $global:LASTEXITCODE -eq 137) { $global:LASTEXITCODE = 130 }
  }
}

# Asks the program for a switch. Its last line tells that it is whole; nothing comes back after a failure.
function global:__aws_as_ask {
  [Diagnostics.DebuggerHidden()] param($source)
  $answer = @(__aws_as_run @{ AWS_AS_MEMORY = $global:__aws_as.memory } 'switch powershell' $source)
  if ($global:LASTEXITCODE -eq 0 -and $answer.Count -gt 0 -and $answer[-1] -ceq 'end') { return $answer }
}

# The same for what leads to nobody. Where the program is gone, or Node, what we have set is taken back here; what was
# displaced stays away: only the program knows whether it is still in force.
function global:__aws_as_ask_back {
  [Diagnostics.DebuggerHidden()] param($word)
  $PSNativeCommandUseErrorActionPreference = $false
  try { $answer = @(__aws_as_ask " $word") } catch { $answer = @() }
  # What a missing program and a missing Node end with.
  if ($answer.Count -gt 0 -or $global:LASTEXITCODE -notin 1, 126, 127) { return $answer }
  $held = { param($name) [Environment]::GetEnvironmentVariable($name) }
  $isOurs = (& $held 'AWS_AS_IDENTITY') -and (& $held 'AWS_ACCESS_KEY_ID') -ceq (& $held 'AWS_AS_ACCESS_KEY_ID')
  $region = & $held 'AWS_AS_REGION'
  if ($isOurs) { AWS_AS_PART_CREDENTIALS | Microsoft.PowerShell.Core\ForEach-Object { "unset $_" } }
  foreach ($name in AWS_AS_PART_REGIONS) { if ($region -and (& $held $name) -ceq $region) { "unset $name" } }
  AWS_AS_PART_MARKS | Microsoft.PowerShell.Core\ForEach-Object { "unset $_" }
  [Console]::Error.WriteLine('aws-as: AWS_AS_PART_ALONE')
  $global:LASTEXITCODE = 0
}

# Before a prompt: when the credentials are about to end, the program renews them, without a question. A try in ten
# minutes is all that it costs. The program itself says why one has failed, and when to try again; where it does not run
# at all, that was the last one.
function global:__aws_as_renew {
  [Diagnostics.DebuggerHidden()] param()
  $mine = $global:__aws_as
  $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
  if ($mine.renew -eq 0 -or $now -lt $mine.renew) { return }
  $held = { param($name) [string][Environment]::GetEnvironmentVariable($name) }
  $isOurs = (& $held 'AWS_AS_IDENTITY') -and (& $held 'AWS_ACCESS_KEY_ID') -ceq (& $held 'AWS_AS_ACCESS_KEY_ID')
  $profiles = (& $held 'AWS_PROFILE') + (& $held 'AWS_DEFAULT_PROFILE')
  if (-not $isOurs -or $profiles -or (& $held 'AWS_AS_RENEW') -eq '0') { return }
  $status = Microsoft.PowerShell.Utility\Get-Variable -Name LASTEXITCODE -Scope Global -ValueOnly -ErrorAction Ignore
  $mine.renew = $now + 600
  $PSNativeCommandUseErrorActionPreference = $false
  try { $answer = @(__aws_as_ask ' --due') } catch { $answer = @() }
  if ($answer.Count -gt 0) { __aws_as_carry_out $answer } elseif ($global:LASTEXITCODE -ne 130) { $mine.renew = 0 }
  $global:LASTEXITCODE = $status
}

# Carries out what the program answered: data, which is never run.
function global:__aws_as_carry_out {
  [Diagnostics.DebuggerHidden()] param($lines)
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
      'unset' { __aws_as_set $name $null }
      'set' { __aws_as_set $name $value }
      'restore' {
        if ($kept.ContainsKey($name)) {
          __aws_as_set $name $kept[$name]
          $kept.Remove($name)
        }
      }
    }
  }
}

# What makes `$?` false for what called the function in which it runs, as a program that fails does: `aws-as NAME && ...`
# must end there. A pipeline of this kind is what PowerShell has for functions that stand in for commands.
function global:__aws_as_failing {
  { Microsoft.PowerShell.Utility\Write-Error -Message failed -ErrorAction Ignore }.GetSteppablePipeline()
}

function global:aws-as {
  [Diagnostics.DebuggerHidden()] param()
  $source = @(__aws_as_source $MyInvocation $args)
  $first = ''
  if ($source.Count -gt 0) { $first = if ($source[0] -ceq ' --') { '--' } else { [string]$args[0] } }
  # Without a word it lets a person choose.
  $isOption = $first.StartsWith('-') -and $first -cnotmatch '^(--?|-p|--previous|--(region|limit|policy)(=.*)?)$'
  if ($isOption -or @(AWS_AS_PART_VERBS) -ccontains $first) {
    $lines = if ($MyInvocation.ExpectingInput) { , @($input) }
    # The program hears which version made these functions, and `doctor` tells when they are older than it is.
    __aws_as_run @{ AWS_AS_FUNCTIONS = AWS_AS_PART_VERSION } '' $source $lines
  } else {
    if ($first -cin 'use', 'renew') {
      $source = @(if ($first -ceq 'renew') { ' --renew' }; $source | Microsoft.PowerShell.Utility\Select-Object -Skip 1)
    }
    $answer = @(if ($args.Count -eq 1 -and $first -ceq '-') { __aws_as_ask_back '-' } else { __aws_as_ask $source })
    if ($answer.Count -gt 0) {
      __aws_as_carry_out $answer
      __aws_as_wrap
    }
  }
  if ($global:LASTEXITCODE -ne 0) {
    $failing = __aws_as_failing
    $failing.Begin($false)
    $failing.End()
  }
}

function global:aws-as-deactivate {
  [Diagnostics.DebuggerHidden()] param()
  $WhatIfPreference = $false
  $ConfirmPreference = 'None'
  $word = ''
  if ($args.Count -gt 0) { $word = [string]$args[0] }
  $answer = @()
  $global:LASTEXITCODE = 0
  if ($word -ceq '') {
    $answer = @(__aws_as_ask_back '--leave')
  } elseif ($word -cne '--keep-creds' -or $args.Count -gt 1) {
    [Console]::Error.WriteLine('usage: aws-as-deactivate [--keep-creds]')
    $global:LASTEXITCODE = 2
  }
  if ($global:LASTEXITCODE -ne 0) {
    $failing = __aws_as_failing
    $failing.Begin($false)
    $failing.End()
    return
  }
  __aws_as_carry_out $answer
  __aws_as_unwrap
  # This is how PowerShell takes a completion away. It tells nobody what was there before.
  try { Microsoft.PowerShell.Core\Register-ArgumentCompleter -Native -CommandName 'aws-as', 'aws-as-deactivate' -ScriptBlock $null } catch { }
  Microsoft.PowerShell.Utility\Remove-Variable -Name __aws_as -Scope Global -ErrorAction Ignore
  foreach ($name in '__aws_as_prefix', '__aws_as_until', '__aws_as_wrap', '__aws_as_unwrap', '__aws_as_set', '__aws_as_source', '__aws_as_run', '__aws_as_ask', '__aws_as_ask_back', '__aws_as_renew', '__aws_as_carry_out', '__aws_as_failing', 'aws-as', 'aws-as-deactivate') {
    Microsoft.PowerShell.Management\Remove-Item -LiteralPath "Function:$name" -ErrorAction Ignore
  }
}

if ($null -eq (Microsoft.PowerShell.Utility\Get-Variable -Name __aws_as -Scope Global -ErrorAction Ignore)) {
  # The time of renewal is a guess, for credentials that this shell was started with. The program, once it is asked, knows better.
  $global:__aws_as = @{ kept = @{}; renew = $(& { if ($until = __aws_as_until) { $until.ToUnixTimeSeconds() - 1200 } else { 0 } }); memory = $(if ($PID -eq AWS_AS_PART_PARENT) { 'AWS_AS_PART_MEMORY' } else { '' }); prompt = $null; within = $false }
}
__aws_as_wrap
