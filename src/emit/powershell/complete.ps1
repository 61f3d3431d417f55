# The program prints the words that can stand where the cursor is, with a tab before the description. Only the words
# before the cursor count. A dot stands before the last one, as Windows PowerShell hands on no empty word.
Microsoft.PowerShell.Core\Register-ArgumentCompleter -Native -CommandName 'aws-as', 'aws-as-deactivate' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $status = Microsoft.PowerShell.Utility\Get-Variable -Name LASTEXITCODE -Scope Global -ValueOnly -ErrorAction Ignore
  $before = @($commandAst.CommandElements | Microsoft.PowerShell.Core\Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | Microsoft.PowerShell.Core\ForEach-Object {
    if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
  })
  # On Windows the program may be npm's aws-as.cmd, and cmd.exe would run what stands behind `&` in a word.
  $word = "$wordToComplete".Trim([char[]]"'`"")
  $words = @($before + ".$word") -replace '[^\w./:@+,=-]', '?'
  $lines = @(& AWS_AS_PART_PROGRAM complete powershell $words 2>$null)
  $global:LASTEXITCODE = $status
  # PowerShell completes names of files after no answer. This one it takes for none, without doing so, as cobra found:
  # https://github.com/spf13/cobra/blob/v1.8.0/powershell_completions.go
  if ($lines.Count -eq 0) { return '' }
  foreach ($line in $lines) {
    $found, $description = $line.Split([char[]]"`t", 2)
    if (-not $description) { $description = $found }
    # A number would arrive as another, and a name that begins with @ as variables.
    $text = if ($found -match '^[A-Za-z-][\w./:+%=-]*$') { $found } else { "'" + $found.Replace("'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($text, $found, 'ParameterValue', $description)
  }
}
