# shellcheck shell=bash
# What bash does where TAB is pressed: the program reads the line up to the cursor, and prints the texts that can be put in
# there, one per line. In the syntax of bash 3.2, and without bash-completion.
function AWS_AS_PART_COMPLETE {
  \builtin local IFS='' line
  COMPREPLY=()
  while \builtin read -r line; do
    COMPREPLY+=(${line:+"$line"})
  done <<<"$(AWS_AS_PART_PROGRAM complete bash "${COMP_LINE:0:COMP_POINT}" "${COMP_WORDBREAKS-}" 2>/dev/null)"
}
\builtin complete -F AWS_AS_PART_COMPLETE aws-as aws-as-deactivate 2>/dev/null || \:
