# shellcheck shell=bash
# What activation does around the completion. When we leave, whatever completed our two names before comes back, unless
# somebody has put something newer in our place.
__aws_as_completed=${__aws_as_completed-$(\builtin complete -p aws-as aws-as-deactivate 2>/dev/null)} || \:
function __aws_as_uncomplete {
  __aws_as_text=$(\builtin complete -p aws-as aws-as-deactivate 2>/dev/null) || \:
  \builtin complete -r aws-as aws-as-deactivate 2>/dev/null || \:
  \eval "$__aws_as_completed"$'\n'"${__aws_as_text//complete -F __aws_as_complete/:}"
  \unset __aws_as_completed __aws_as_text
  \unset -f __aws_as_complete __aws_as_uncomplete
}
