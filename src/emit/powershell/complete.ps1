# The program prints the words that can stand where the cursor is, with a tab before the description. Only the words
# before the cursor count. A dot stands before the last one, as Windows PowerShell hands on no empty word.
Microsoft.PowerShell.Core\Register-ArgumentCompleter -Native -CommandName 'aws-as', 'aws-as-deactivate' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $status = Microsoft.PowerShell.Utility\Get-Variable -Name LASTEXITCODE -Scope Global -ValueOnly -ErrorAction Ignore
  $words = @($commandAst.CommandElements | Microsoft.PowerShell.Core\Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | Microsoft.PowerShell.Core\ForEach-Object {
    if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
  })
  $word = "$wordToComplete".Trim([char[]]"'`"")
  foreach ($line in @(& AWS_AS_PART_PROGRAM complete powershell $words ".$word" 2>$null)) {
    $found, $description = $line.Split([char[]]"`t", 2)
    if (-not $description) { $description = $found }
    # A number would arrive as another, and a name that begins with @ as variables.
    $text = if ($found -match '^[A-Za-z-][\w./:+%=-]*$') { $found } else { "'" + $found.Replace("'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($text, $found, 'ParameterValue', $description)
  }
  $global:LASTEXITCODE = $status
}
