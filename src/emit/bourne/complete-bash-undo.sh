# shellcheck shell=bash
# What activation does around the completion. When we leave, whatever completed our two names before comes back, unless
# somebody has put something newer in our place.
case ${__aws_as_completed+set} in
  '') __aws_as_completed=$({ __aws_as_printed complete -p aws-as aws-as-deactivate; } 3>&1 >/dev/null) ;;
esac
function __aws_as_uncomplete {
  \builtin local line=$'\n'complete by=$'\n\\builtin complete' text
  text=$'\n'$__aws_as_completed$'\n'$({ __aws_as_printed complete -p aws-as aws-as-deactivate; } 3>&1 >/dev/null)
  \builtin complete -r aws-as aws-as-deactivate 2>/dev/null || \:
  # No alias of `complete` is meant.
  text=${text//$line/$by}
  \eval "${text//complete -F __aws_as_complete/:}"
  \unset __aws_as_completed
  \unset -f __aws_as_complete __aws_as_uncomplete
}
